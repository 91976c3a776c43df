import type { Image, ScheduledBackup, Template, VirtualMachine } from '../opennebula/pools.ts';
import { oursAmong } from './backup.ts';
import { type Before, type Change, type Journal, namesOf, type Opening } from './journal.ts';
import { endOf } from './log.ts';
import type { Scene } from './scene.ts';

/** What there is of a run in OpenNebula, by its journal. */
export interface Remains {
  /** Its scheduled backups, whatever became of them. */
  readonly actions: readonly ScheduledBackup[];
  /** The virtual machine is in BACKUP, and by our doing: nothing can be removed yet. */
  readonly inBackup: boolean;
  readonly templates: readonly Template[];
  readonly images: readonly Image[];
  /** Backups of the time of the run that are not ours, or not ours alone, as far as we can tell: they are left alone. */
  readonly doubtful: readonly Image[];
}

/** Seconds from a request being written down to OpenNebula's having it: a call of its command line, on a busy front-end. */
const REQUEST = 15;

/**
 * What of a run is there. A run makes one backup image at most, of the first of its backups; where there are more of its time, somebody
 * else backed the virtual machine up as well. `log` is the virtual machine's since the run's first request; where it does not tell how the
 * first backup ended, and no restore was begun, what there is may be anybody's.
 */
export function remainsOf(
  { run, opening, changes }: Journal,
  scene: Pick<Scene, 'vm' | 'images' | 'templates' | 'utcOffset'>,
  log: string,
): Remains {
  const existed = beforeOf(changes);
  if (!opening || !existed) return { actions: [], inBackup: false, templates: [], images: [], doubtful: [] };
  const { restored } = namesOf(run);
  const actions = actionsOf(opening, existed, changes, scene.vm);
  const dispatched = actions.filter((action) => action.dispatched);
  const begun = Math.min(...dispatched.map(({ done }) => done));
  const before = new Set(existed.images);
  const candidates = scene.images
    .filter(({ id, isBackup, datastoreId, vms, registered }) => {
      const isNew = !before.has(id) && registered >= begun;
      return isNew && isBackup && datastoreId === opening.datastore.id && vms.includes(opening.vm);
    })
    .toSorted((a, b) => a.registered - b.registered || Number(a.id) - Number(b.id));
  const known = changes.find((change) => change.change === 'restore')?.image;
  const end = endOf(log, { begun, utcOffset: scene.utcOffset });
  const backups =
    known === undefined
      ? { created: candidates.slice(0, 1), failed: [], unknown: candidates }[end ?? 'unknown']
      : scene.images.filter(({ id, isBackup }) => isBackup && id === known);
  // Each of our backups adds one link to the chain at most; what is longer holds somebody else's, too.
  const linksOf = ({ increments }: Image) => Number(increments.at(-1)?.id ?? 0) + 1;
  const isTold = known !== undefined || end === 'created';
  const isOurs = isTold && backups.length === 1 && backups.every((image) => linksOf(image) <= Math.max(dispatched.length, 1));
  return {
    actions,
    inBackup: scene.vm.inBackup && begun < Number.POSITIVE_INFINITY,
    templates: scene.templates.filter(({ name }) => name === restored),
    images: [...scene.images.filter(({ name }) => name.startsWith(`${restored}-disk-`)), ...(isOurs ? backups : [])],
    doubtful: isOurs ? [] : backups,
  };
}

/** How it was before the run's first backup; undefined where it came to none. */
export function beforeOf(changes: readonly Change[]): Before | undefined {
  return changes.find((change) => change.change === 'begin')?.before;
}

function actionsOf(opening: Opening, existed: Before, changes: readonly Change[], vm: VirtualMachine): ScheduledBackup[] {
  const taken = new Set(existed.actions);
  return changes.flatMap((change) => {
    if (change.change !== 'schedule') return [];
    // One request makes one action: the first there is of its time.
    const [first] = oursAmong(vm, opening, { before: taken, from: change.at, until: change.at + REQUEST });
    if (first) taken.add(first.id);
    return first ?? [];
  });
}

/** What to do with directories on the backup server that were not there before. */
export interface Directories {
  /** To be removed when empty, deepest first. */
  readonly empty: readonly string[];
  /** What a failed backup of ours left, to be removed with all in it. */
  readonly debris: readonly string[];
}

/** Directories that appeared since the run began and belong to no image; those of failed backups are known by the log's naming them. */
export function directoriesOf(existed: Before, found: readonly string[], images: readonly Image[], named: readonly string[]): Directories {
  const before = new Set(existed.directories);
  const used = new Set(images.flatMap(({ source, increments }) => [source, ...increments.map((link) => link.source)]));
  const name = (path: string) => path.split('/').at(-1) ?? '';
  const ours = found.filter((path) => !before.has(path) && !used.has(name(path)));
  const debris = ours.filter((path) => path.includes('/') && named.includes(name(path)));
  const empty = ours.filter((path) => !debris.includes(path)).toSorted((a, b) => b.length - a.length);
  return { empty, debris };
}
