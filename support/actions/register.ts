import { driftOf, watched } from '../checks/datastore.ts';
import type { Cloud } from '../facts/cloud.ts';
import { quote } from '../machines/quote.ts';
import { type Looked, look, unheard, waitUntil } from '../opennebula/ask.ts';
import { type Datastore, parseDatastores } from '../opennebula/pools.ts';
import { templateAttributes, templateDrift, templateText } from '../opennebula/template.ts';
import type { Action, Evidence } from '../outcome/outcome.ts';
import type { Site } from '../site/schema.ts';

/** What stands on the front-end: the template file, and the datastore as OpenNebula has it. */
export interface Standing {
  /** Where the template file is, or is to be; absolute. */
  readonly file: string;
  /** Undefined where there is no file of that name. */
  readonly template: Looked<string | undefined>;
  /** Undefined where OpenNebula lists none of the declared name. */
  readonly datastore: Looked<Datastore | undefined>;
}

/** What setup found, did, and found then. */
export interface Registration {
  readonly before: Standing;
  /** What exists but differs, in words; then nothing was changed. */
  readonly drift: readonly string[];
  readonly steps: readonly Step[];
  /** What was done of the steps. */
  readonly done: readonly Action[];
  /** Why a step was not done, in the words of who refused it. */
  readonly refused?: string;
  /** Why it is not known whether a step was done: no answer came, or OpenNebula was not reached. */
  readonly unheard?: string;
  /** How OpenNebula has it saved in the end; where nothing was in the way. */
  readonly after?: Looked<Datastore | undefined>;
  readonly evidence: readonly Evidence[];
}

/** One thing to bring about: in the past, in the conditional, and how. */
export interface Step {
  readonly done: string;
  readonly planned: string;
  /** What would stand there. */
  readonly shows?: string;
  readonly argv: readonly [string, ...string[]];
  /** How a person would do it, when that is shorter than the argv. */
  readonly typed?: string;
}

/** Looks, and changes nothing. */
export async function standing({ onFrontend, site }: Cloud): Promise<Standing> {
  const { command: deadline } = site.deadlines;
  const { template_file: name } = site.datastore;
  // The home is the front-end's to know; a file that is not there is no fault.
  const script =
    'file=$1; case $file in "~/"*) file=$HOME/${file#"~/"} ;; esac; printf "%s\\n" "$file"; if [ -e "$file" ]; then echo there; cat -- "$file"; fi';
  const [read, datastore] = await Promise.all([
    look(onFrontend, ['sh', '-c', script, 'sh', name], (output) => output, deadline),
    findDatastore(onFrontend, site),
  ]);
  const [file = name, there, ...lines] = 'value' in read ? read.value.split('\n') : [];
  const template = 'value' in read ? { ...read, value: there === 'there' ? lines.join('\n') : undefined } : read;
  return { file, template, datastore };
}

async function findDatastore(
  onFrontend: Cloud['onFrontend'],
  { datastore: { name }, deadlines }: Site,
): Promise<Looked<Datastore | undefined>> {
  const named = (xml: string) => parseDatastores(xml).find((datastore) => datastore.name === name);
  return look(onFrontend, ['onedatastore', 'list', '-x'], named, deadlines.command);
}

/** What exists but differs from what is declared, in words. */
export function driftIn({ file, template, datastore }: Standing, site: Site): string[] {
  const ofFile = 'value' in template && template.value !== undefined ? templateDrift(template.value, site) : [];
  const found = 'value' in datastore ? datastore.value : undefined;
  return [
    ...ofFile.map((difference) => `${file}: ${difference}`),
    ...(found ? datastoreDrift(found, site).map((difference) => `datastore ${found.id}: ${difference}`) : []),
  ];
}

/** How OpenNebula has the datastore saved, against what is declared; nothing where it is the same. */
export function datastoreDrift(datastore: Datastore, site: Site): string[] {
  const { NAME: _name, TYPE: _type, DS_MAD: _driver, ...wanted } = templateAttributes(site);
  const kind = [
    ...(datastore.type === 'bck' ? [] : [`TYPE is “${datastore.type}”, expected “bck”`]),
    ...(datastore.dsMad === 'rsync' ? [] : [`DS_MAD is “${datastore.dsMad}”, expected “rsync”`]),
  ];
  return [...kind, ...driftOf(datastore, { ...watched, ...wanted })];
}

/** What is missing of the declared datastore, in the order it is brought about. */
export function stepsTo({ file, template, datastore }: Standing, site: Site): Step[] {
  const { name, rsync_user: user, rsync_host: host } = site.datastore;
  const write: Step = {
    done: `wrote the template of the datastore to ${file}, readable by its owner alone`,
    planned: `would write the template of the datastore to ${file}, readable by its owner alone`,
    shows: templateText(site),
    argv: ['bash', '-c', WRITE, 'bash', file, templateText(site)],
    typed: `install -m 600 /dev/stdin ${quote([file])}`,
  };
  const create: Step = {
    done: `created the datastore “${name}” for ${user}@${host}`,
    planned: `would create the datastore “${name}” for ${user}@${host}`,
    argv: ['onedatastore', 'create', file],
  };
  return [
    ...('value' in template && template.value === undefined ? [write] : []),
    ...('value' in datastore && datastore.value === undefined ? [create] : []),
  ];
}

/**
 * Writes a file in one go, unless there is one: whoever finds it finds all of it. Two at once wait for each other by a lock on the
 * directory, which a dead one does not hold; what a dead one left half written is written anew.
 */
const WRITE = `
umask 077
exec 9<"$(dirname -- "$1")" && flock -w 10 9 || exit
[ ! -e "$1" ] || { echo 'it is there meanwhile'; exit 0; }
new=$1.backup-compliance
printf '%s' "$2" > "$new" && sync "$new" && mv -n -- "$new" "$1"
`;

const TAKEN = /NAME is already taken by DATASTORE/;

/** Registers the declared datastore from its template file, unless it is; where something differs, nothing is changed. */
export async function register(cloud: Cloud): Promise<Registration> {
  const { onFrontend, site } = cloud;
  const before = await standing(cloud);
  const evidence: Evidence[] = [before.template.evidence, before.datastore.evidence];
  const drift = driftIn(before, site);
  const steps = stepsTo(before, site);
  const base = { before, drift, steps };
  if (drift.length > 0 || 'fault' in before.template || 'fault' in before.datastore) return { ...base, done: [], evidence };

  const done: Action[] = [];
  for (const { argv, typed, done: what } of steps) {
    const answered = await onFrontend.run({ argv, deadline: site.deadlines.command, ...(typed !== undefined && { typed }) });
    const { failure, ...answer } = answered;
    evidence.push(answer);
    // Somebody else registered it meanwhile: it is looked at like one that was there.
    if (TAKEN.test(answer.stderr) || answer.stdout.startsWith('it is there meanwhile')) continue;
    const missed = failure || argv[0] === 'onedatastore' ? unheard(answered) : undefined;
    if (missed !== undefined) return { ...base, done, unheard: missed, evidence };
    if (answer.exitCode !== 0)
      return { ...base, done, refused: `${answer.command}: ${answer.stderr.trim() || `exit ${answer.exitCode}`}`, evidence };
    const id = /^ID: (\d+)$/m.exec(answer.stdout)?.[1];
    done.push({ what: id === undefined ? what : `${what}: datastore ${id}`, state: 'changed' });
  }
  const monitored = (datastore: Datastore | undefined) => datastore !== undefined && datastore.totalMb > 0;
  const after = await waitUntil(() => findDatastore(onFrontend, site), monitored, { deadline: site.deadlines.command });
  evidence.push(after.evidence);
  return { ...base, done, after, evidence };
}
