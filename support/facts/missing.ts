import type { Shell } from '../machines/shell.ts';
import { MiB } from '../machines/shell.ts';
import { type Probe, survey } from '../machines/survey.ts';
import { IN_TIME } from '../machines/timeout.ts';
import { readAnswer } from '../opennebula/ask.ts';
import { type Image, parseImage } from '../opennebula/images.ts';
import { keptOf } from '../opennebula/kept.ts';
import type { ListedVirtualMachine } from '../opennebula/pools.ts';
import type { Evidence, Looked } from '../outcome/evidence.ts';
import type { Site } from '../site/schema.ts';
import type { Backups } from './backups.ts';
import { type FrontendFacts, registeredDatastore } from './frontend.ts';
import { type Lacks, lacksOf, partsOf, shelfOf } from './parts.ts';
import { readStored, type Stored, storedAgainProbe } from './stored.ts';

/** What a second look at an image came to whose files were not as they should be. */
export type SecondLook = {
  /** gone: OpenNebula has deleted the image. there: it is as it was. changing: its backups are others than a moment ago, each time one looked. */
  readonly is: 'gone' | 'there' | 'changing';
  readonly image: Image;
  readonly lacks: Lacks;
};

/** Second looks, by the id of the image. There is none of images whose files were all there, or that were too many. */
export type Missing = ReadonlyMap<string, Looked<SecondLook>>;

/** So many images are looked at again: each costs a call of 0.3 to 0.9 s. */
export const MOST_AGAIN = 30;
/** Seconds after which no more of them are asked for. */
const SPAN = 60;
/** An image that has changed meanwhile, by a backup or a flatten, is looked at once more. */
const ROUNDS = 2;

interface Known {
  readonly frontend: FrontendFacts;
  readonly backups: Backups;
  readonly stored: Looked<Stored> | undefined;
}

/** The images of the declared datastore whose files are not as they should be, and that nobody is at work on. */
function lacking({ frontend, backups: { images }, stored }: Known, site: Site): Image[] {
  const datastore = registeredDatastore({ frontend, site });
  if (!datastore || 'fault' in images || !stored || 'fault' in stored) return [];
  const shelf = shelfOf(stored.value, vmsOf(frontend));
  return images.value.filter((image) => image.datastoreId === datastore.id && !isBusy(image) && lacksOf(image, shelf).wrong.length > 0);
}

/** Something is being done to it. */
export const isBusy = ({ state }: Image): boolean => state === 'locked' || state === 'delete';

export const vmsOf = ({ virtualMachines }: FrontendFacts): readonly ListedVirtualMachine[] =>
  'value' in virtualMachines ? virtualMachines.value : [];

/** Where to look, and how. */
interface Ways {
  readonly frontend: Shell;
  readonly server: Shell;
  /** The datastore's directory. */
  readonly own: string;
}

/** Looks again for the files of those that lack some, and then whether OpenNebula still has them so: meanwhile it may have deleted, flattened or added to one. */
export async function lookAgain(ways: Ways, known: Known, site: Site): Promise<Missing> {
  const vms = vmsOf(known.frontend);
  const all = known.stored && 'value' in known.stored ? known.stored.value : undefined;
  const found = new Map<string, Looked<SecondLook>>();
  let images = lacking(known, site).slice(0, MOST_AGAIN);
  for (let round = 1; round <= ROUNDS && images.length > 0; round += 1) {
    const stored = await listFiles(ways, images, site);
    const shown = await showImages(ways, images, site);
    const seen = images.map((image): [Image, Looked<SecondLook>] => {
      const now = shown.get(image.id);
      if (!now || 'fault' in now) return [image, now ?? { fault: 'there was no time to ask for it', evidence: [] }];
      if ('fault' in stored) return [image, stored];
      const evidence = [...now.evidence, ...stored.evidence];
      if (now.value === undefined) return [image, { value: { is: 'gone', image, lacks: none }, evidence }];
      const lacks = lacksOf(now.value, shelfOf(stored.value, vms, all));
      const isSame = JSON.stringify(partsOf(now.value)) === JSON.stringify(partsOf(image));
      return [image, { value: { is: isSame ? 'there' : 'changing', image: now.value, lacks }, evidence }];
    });
    for (const [{ id }, look] of seen) found.set(id, look);
    images = seen.flatMap(([, look]) => ('value' in look && look.value.is === 'changing' ? [look.value.image] : []));
  }
  return found;
}

const none: Lacks = { wrong: [], untold: [] };

/** A name that OpenNebula gives a backup's folder; another is not looked for. */
const isFolder = (folder: string): boolean => /^\d+\/\w+$/.test(folder);

async function listFiles({ server, own }: Ways, images: readonly Image[], site: Site): Promise<Looked<Stored>> {
  const { command: deadline } = site.deadlines;
  const folders = images.flatMap((image) => partsOf(image).map(({ folder }) => folder)).filter(isFolder);
  const told = await survey(server, [storedAgainProbe(own, folders, deadline)], { deadline: deadline + 5, cap: 64 * MiB });
  return readStored(told, own);
}

/** What OpenNebula has of them now: nothing where it has deleted one. */
async function showImages(
  { frontend }: Ways,
  images: readonly Image[],
  site: Site,
): Promise<ReadonlyMap<string, Looked<Image | undefined>>> {
  const { command: deadline } = site.deadlines;
  const probes = images.map(
    ({ id }): Probe => ({
      ...{ name: `image-${id}`, argv: ['oneimage', 'show', '-x', id], deadline },
      when: `[ $SECONDS -lt ${SPAN} ] && ${IN_TIME}`,
    }),
  );
  const told = await survey(frontend, probes, { deadline: SPAN + 2 * deadline, cap: 64 * MiB, setup: 'code=0' });
  return new Map([...told.answers].map(([name, answer]) => [name.replace('image-', ''), shown(answer)]));
}

function shown(answer: Evidence): Looked<Image | undefined> {
  const evidence = [keptOf(answer)];
  const id = answer.command.split(' ').at(-1);
  if (answer.exitCode === 255 && answer.stderr.includes(`Error getting image [${id}]`)) return { value: undefined, evidence };
  return { ...readAnswer(answer, parseImage), evidence };
}
