import { basename } from 'node:path/posix';
import type { Image, Increment } from '../opennebula/images.ts';
import { directoriesIn } from '../opennebula/log.ts';
import type { ScheduledBackup, Template } from '../opennebula/pools.ts';
import { type Story, storiesIn, storyOf } from '../opennebula/stories.ts';
import { type Before, type Change, canaryNamesOf, type Journal, namesOf, type Opening, sampleNamesOf } from './journal.ts';
import { ourRequest } from './request.ts';
import type { Scene } from './scene.ts';

/** What there is of a run in OpenNebula, by its journal. */
export interface Remains {
  /** Its scheduled backups, whatever became of them. */
  readonly actions: readonly ScheduledBackup[];
  /** The VM is in BACKUP, and perhaps by our doing. */
  readonly inBackup: boolean;
  readonly templates: readonly Template[];
  readonly images: readonly Image[];
  /** Chains of others that hold an increment of ours, or may; and one of ours that the VM cannot do without, in SNAPSHOT mode. */
  readonly kept: readonly Image[];
  /** Backups that may be ours, or hold more than ours: they are left alone. */
  readonly doubtful: readonly Image[];
  /** What the VM's log tells of our backups, of those of others, and of those that may be either's. */
  readonly ours: readonly Story[];
  readonly others: readonly Story[];
  readonly perhaps: readonly Story[];
}

type Seen = Pick<Scene, 'vm' | 'images' | 'templates' | 'utcOffset' | 'from'>;

/**
 * What of a run is there. `log` is the VM's since the run's first request, undefined where it could not be read. What a backup of
 * ours made is told by when it began and ended: a VM has one backup at a time. Where the log does not tell, and no restore was
 * begun, what there is may be anybody's.
 */
export function remainsOf({ run, opening, changes }: Journal, scene: Seen, log: string | undefined): Remains {
  const existed = beforeOf(changes);
  const none = { actions: [], inBackup: false, templates: [], images: [], kept: [], doubtful: [], ours: [], others: [], perhaps: [] };
  const restoredAs = changes.flatMap((change) => {
    if (change.change === 'restore') return namesOf(run).restored;
    if (change.change === 'boot') return namesOf(run).booted;
    if (change.change === 'canary') return canaryNamesOf(run, change.host).restored;
    return change.change === 'sample' ? sampleNamesOf(run, change.vm).restored : [];
  });
  const templates = scene.templates.filter((template) => restoredAs.includes(template.name));
  const copies = scene.images.filter((image) => !image.isBackup && restoredAs.some((name) => image.name.startsWith(`${name}-disk-`)));
  if (!opening) return none;
  const canaries = canariesOf({ opening, changes });
  const ofCanaries = scene.images.filter(({ isBackup, vms }) => isBackup && vms.some((vm) => canaries.includes(vm)));
  // Of samples, and of what was started, alone nothing but their names tells.
  if (!existed) return { ...none, templates, images: [...copies, ...ofCanaries] };
  const { vm } = scene;
  const actions = actionsOf(opening, existed, changes, scene);
  const logged = storiesIn(log ?? '', scene.utcOffset);
  // The log was read last: what it says to have ended may have been under way when we looked, unless another one had begun by then.
  const isOpen = (place: number) => vm.inBackup && !logged.slice(place + 1).some(({ begun }) => begun < scene.from);
  const stories = logged.map((story, place) => (isOpen(place) ? { begun: story.begun, text: story.text } : story));
  const dispatched = actions.filter((action) => action.dispatched).map(({ done }) => ({ done, story: storyOf(stories, done) }));
  const ours = dispatched.flatMap(({ story }) => story ?? []);
  const others = stories.filter((story) => !ours.includes(story));
  const missed = withdrawalsOf(changes).filter(({ id }) => !actions.some((action) => action.id === id));
  /** Begun while ours was taken back: by us, or by somebody else who did not have to wait for ours. */
  const perhaps = others.filter(({ begun }) => missed.some(({ from, until }) => begun >= from - 1 && begun <= until + 1));

  const before = new Set(existed.images);
  const backups = scene.images.filter(
    ({ isBackup, datastoreId, vms }) => isBackup && datastoreId === opening.datastore.id && vms.includes(opening.vm),
  );
  const mayBe = backups.filter(({ id }) => !before.has(id));
  const restored = changes.find((change) => change.change === 'restore')?.image;
  const created = ours.filter(({ end }) => end === 'created');
  const [clear, unclear] = parted(created, (story) => within(story, mayBe).length === 1);
  const told = distinct([...mayBe.filter(({ id }) => id === restored), ...clear.flatMap((story) => within(story, mayBe))]);
  // More images than we asked for: what was restored, or what the log tells of, is somebody else's.
  const requested = changes.filter(({ change }) => change === 'schedule').length;
  const [made, tooMany] = told.length <= requested ? [told, []] : [[], told];
  const doubtful = [
    ...tooMany,
    ...unclear.flatMap((story) => around(story, mayBe)),
    ...dispatched.flatMap(({ done, story }) => (story?.end === undefined && restored === undefined ? since(done, mayBe) : [])),
    ...perhaps.flatMap((story) => (story.end === 'failed' ? [] : around(story, mayBe))),
    ...(log === undefined ? missed.flatMap(({ from }) => since(from, mayBe)) : []),
  ];
  // Each of our backups added one link to the chain at most, while it was under way; what has others holds somebody else's, too.
  const links = ({ increments }: Image) => Number(increments.at(-1)?.id ?? 0) + 1;
  const added = restored === undefined ? created.length : dispatched.length;
  /** A small increment may be begun and done in one second, if no other backup ended in it. */
  const madeIn = (story: Story, date: number) =>
    isWithin(story, date) || (date === story.begun && !stories.some((other) => other !== story && other.ended === date));
  const makerOf = ({ date }: Increment) =>
    dispatched.findLast(({ done, story }) => (story ? created.includes(story) && madeIn(story, date) : date >= done));
  const isOfOurs = ({ increments }: Image) => {
    const makers = increments.map(makerOf);
    return !makers.includes(undefined) && distinct(makers).length === makers.length;
  };
  const [alone, shared] = parted(made, (image) => links(image) <= added && isOfOurs(image));
  const isNeeded = ({ id }: Image) => vm.incrementMode === 'SNAPSHOT' && vm.chain === id;
  const [kept, rest] = parted(alone, isNeeded);
  // A chain of somebody else's that we added to, or may have.
  const ended = [...created, ...perhaps];
  const untold = [
    ...dispatched.flatMap(({ done, story }) => (story ? [] : done)),
    ...(log === undefined ? missed.map(({ from }) => from) : []),
  ];
  const mayHoldOurs = ({ increments }: Image) =>
    increments.some(({ date }) => ended.some((story) => isWithin(story, date)) || untold.some((time) => date >= time));
  const grown = backups.filter((image) => mayHoldOurs(image) && ![...made, ...doubtful].includes(image));
  return {
    ...{ actions, kept: [...kept, ...grown], ours, perhaps, others: others.filter((story) => !perhaps.includes(story)) },
    inBackup: vm.inBackup && (missed.length > 0 || dispatched.some(({ story }) => story?.end === undefined)),
    templates,
    images: [...copies, ...ofCanaries, ...rest],
    doubtful: distinct([...shared, ...doubtful]).filter((image) => !alone.includes(image)),
  };
}

/** The ids of VMs that a run made, as far as it is known: all that is of them is its own. */
export function canariesOf({ opening, changes }: Pick<Journal, 'opening' | 'changes'>): readonly string[] {
  const made = changes.flatMap((change) => (change.change === 'canary' ? (change.vm ?? []) : []));
  return distinct(made).filter((vm) => vm !== opening?.vm);
}

/** While a backup was under way. In the second of its beginning another one may have ended. */
const isWithin = ({ begun, ended = begun }: Story, time: number) => time > begun && time <= ended;
const within = (story: Story, images: readonly Image[]) => images.filter(({ registered }) => isWithin(story, registered));
const around = ({ begun, ended = Number.POSITIVE_INFINITY }: Story, images: readonly Image[]) =>
  images.filter(({ registered }) => registered >= begun && registered <= ended);
const since = (time: number, images: readonly Image[]) => images.filter(({ registered }) => registered >= time);

const distinct = <T>(all: readonly T[]): T[] => [...new Set(all)];

function parted<T>(all: readonly T[], isFirst: (each: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((each) => !isFirst(each))];
}

/** How it was before the run's first backup; undefined where it came to none. */
export function beforeOf(changes: readonly Change[]): Before | undefined {
  return changes.find((change) => change.change === 'begin')?.before;
}

function actionsOf(opening: Opening, existed: Before, changes: readonly Change[], { vm }: Pick<Scene, 'vm'>): ScheduledBackup[] {
  const before = new Set(existed.actions);
  return changes.flatMap((change) => (change.change === 'schedule' ? (ourRequest(vm, opening, { before, at: change.at }) ?? []) : []));
}

/** Scheduled backups that were taken back, each with the time in which they may have been begun all the same. */
function withdrawalsOf(changes: readonly Change[]): { id: string; from: number; until: number }[] {
  return changes.flatMap((change, place) => {
    if (change.change !== 'withdraw') return [];
    const { id, from } = change;
    // What is not taken back at once is tried again.
    const over = changes.slice(place).find((later) => later.change === 'withdrawn' && later.id === id) as { until: number } | undefined;
    return { id, from, until: over?.until ?? Number.POSITIVE_INFINITY };
  });
}

/** What to do with directories on the backup server that were not there before, and that no image names. By their path from the datastore's own. */
export interface Directories {
  /** What a backup of ours left, to be removed with all in it. */
  readonly debris: readonly string[];
  /** Nobody says whose they are: to be removed when empty, deepest first. */
  readonly empty: readonly string[];
  /** Ours or somebody else's: to be left alone. */
  readonly doubtful: readonly string[];
}

/**
 * Directories that appeared since the run began and belong to no image. `images` are all there are, and `gone` those of ours that were deleted.
 * While the VM is in BACKUP any of them may be in use.
 */
export function directoriesOf(
  { opening, changes }: Pick<Journal, 'opening' | 'changes'>,
  found: readonly string[],
  {
    images,
    ours,
    others,
    perhaps,
    gone,
  }: Pick<Remains, 'ours' | 'others' | 'perhaps'> & { images: readonly Image[]; gone: readonly Image[] },
): Directories {
  const existed = beforeOf(changes);
  if (!opening || !existed) return { debris: [], empty: [], doubtful: [] };
  const before = new Set(existed.directories);
  const named = (stories: readonly Story[]) => stories.flatMap(({ text }) => directoriesIn(text, opening.vm));
  const used = new Set([...images.flatMap(sourcesOf), ...named(others)]);
  const left = new Set([...gone.flatMap(sourcesOf), ...named(ours)]);
  const either = new Set(named(perhaps));
  const [below, whole] = parted(found, (path) => path.includes('/'));
  const isNew = (path: string) => isCalledAsBackup(path) && !before.has(path) && !used.has(basename(path));
  const [debris, rest] = parted(below.filter(isNew), (path) => left.has(basename(path)));
  const [doubtful, unknown] = parted(rest, (path) => either.has(basename(path)));
  // The VM's own is made by the first backup of it. With one below it that stays it is in use.
  const [first] = [...ours, ...others, ...perhaps].toSorted((a, b) => a.begun - b.begun);
  const isTheirs = first !== undefined && !ours.includes(first);
  const isFree = (path: string) => !before.has(path) && !isTheirs && below.every((each) => debris.includes(each) || unknown.includes(each));
  return { debris, empty: [...unknown, ...whole.filter(isFree)], doubtful };
}

/** What is called otherwise was not made by a backup. */
const isCalledAsBackup = (path: string): boolean => /^[0-9a-f]{6}$/.test(basename(path));

/** Directories below that of a canary: its own, which are among the `named`; those that nobody says whose they are; and those of no backup. */
export function newOfCanary(
  found: readonly string[],
  named: ReadonlySet<string>,
): { readonly own: readonly string[]; readonly unknown: readonly string[]; readonly others: readonly string[] } {
  const below = found.filter((path) => path.includes('/'));
  const [backups, others] = parted(below, isCalledAsBackup);
  const [own, unknown] = parted(backups, (path) => named.has(basename(path)));
  return { own, unknown, others };
}

export const sourcesOf = ({ source, increments }: Image): string[] => [source, ...increments.map((link) => link.source)];
