/** What checks share that judge each VM of production by its restore points. */
import type { Audited } from '../facts/audited.ts';
import { declaredDatastore } from '../facts/frontend.ts';
import { type Protected, scopeOf } from '../facts/scope.ts';
import type { Image } from '../opennebula/images.ts';
import { imagesByVm, isUsable, lockedPoints, type RestorePoint, restorePoints } from '../opennebula/restore-points.ts';
import { expecting, type Judgement, notApplicable } from '../outcome/judgement.ts';
import { inUtc } from '../outcome/period.ts';
import { check } from './check.ts';

/** A VM of production, and what it can be restored from. */
export interface Owned extends Protected {
  /** Those that count, newest first. */
  readonly points: readonly RestorePoint[];
  /** Those in datastores that do not count, newest first. */
  readonly elsewhere: readonly RestorePoint[];
  /** Its backup images from which OpenNebula restores nothing, in datastores that count. */
  readonly unusable: readonly Image[];
  /** The links of its chains that OpenNebula works on at this moment, newest first. */
  readonly locked: readonly RestorePoint[];
  /** When the oldest backup of anyone in datastores that count was registered, seconds since the epoch; Infinity where there is none. */
  readonly oldestOfAll: number;
}

/** Production with its restore points; none where it is not declared, or they could not be listed. */
export function owned(cloud: Audited): readonly Owned[] {
  const { images } = cloud.backups;
  if ('fault' in images) return [];
  const declared = declaredDatastore(cloud)?.id;
  const points = restorePoints(images.value);
  const backups = images.value.filter(({ isBackup }) => isBackup);
  const unusable = imagesByVm(backups.filter((image) => !isUsable(image)));
  const oldest = (some: readonly Image[]) =>
    some.reduce((least, { registered }) => Math.min(least, registered || least), Number.POSITIVE_INFINITY);
  const ofAll = { any: oldest(backups), declared: oldest(backups.filter(({ datastoreId }) => datastoreId === declared)) };
  return (scopeOf(cloud)?.vms ?? []).map(({ vm, terms }) => {
    const counts = ({ datastoreId }: Image) => terms.datastores === 'any' || datastoreId === declared;
    const all = points.get(vm.id) ?? [];
    const out = (unusable.get(vm.id) ?? []).filter(counts);
    return {
      ...{ vm, terms },
      points: all.filter(({ image }) => counts(image)),
      elsewhere: all.filter(({ image }) => !counts(image)),
      oldestOfAll: ofAll[terms.datastores],
      unusable: out,
      locked: lockedPoints(out),
    };
  });
}

/** Seconds: a restore point may be made while they are listed, which takes some seconds of a large cloud. */
export const LISTING = 120;

/** Of the restore points of a VM: those whose age is known; and what is odd about the others, a sentence each, with one of their images. */
export function dated({ points }: Pick<Owned, 'points'>, now: number) {
  const isAhead = ({ time }: RestorePoint) => time > now + LISTING;
  // OpenNebula's clock began at 0: that is none.
  const isTold = ({ time }: RestorePoint) => time > 0;
  const oddity = (says: string, some: readonly RestorePoint[]) =>
    some[0] ? [{ says: `Image ${some[0].image.id} ${says}.`, image: some[0].image.id }] : [];
  return {
    points: points.filter((point) => isTold(point) && !isAhead(point)),
    odd: [
      ...oddity("is dated later than the front-end's clock", points.filter(isAhead)),
      ...oddity(
        'has no time',
        points.filter((point) => !isTold(point)),
      ),
    ],
  };
}

/** The newest link of its chains that OpenNebula works on at this moment, where no restore point is as new: what that leaves is not known yet. */
export function newestLocked({ points, locked }: Pick<Owned, 'points' | 'locked'>, now: number): RestorePoint | undefined {
  const [newest] = dated({ points }, now).points;
  const [link] = dated({ points: locked }, now).points;
  return link && link.time > (newest?.time ?? Number.NEGATIVE_INFINITY) ? link : undefined;
}

export const ageOf = ({ time }: RestorePoint, now: number): number => Math.max(now - time, 0);

/** A requirement of each VM of production; `judge` is called where its restore points and the time are known. */
export const ofProduction = (id: string, judge: (vm: Owned, now: number, cloud: Audited) => Omit<Judgement, 'subject'>) =>
  check(id, ['backups'], (cloud): Judgement | readonly Judgement[] => {
    const { frontend, backups } = cloud;
    if ('fault' in backups.images) return expecting(frontend.name, 'OpenNebula to list its images').unseen(backups.images);
    if ('fault' in backups.now) return expecting(frontend.name, 'the time, to tell the age of restore points').unseen(backups.now);
    const now = backups.now.value;
    const evidence = [...frontend.virtualMachines.evidence, ...backups.images.evidence, ...backups.now.evidence];
    return owned(cloud).map((each) => {
      const { vm } = each;
      const { evidence: more, ...judged } = judge(each, now, cloud);
      return {
        ...judged,
        subject: { kind: 'vm', name: vm.name, id: vm.id },
        evidence: more.length === 0 ? evidence : [...evidence, ...more],
      };
    });
  });

/** As people name it: files01 (1). */
export const nameOf = ({ vm }: Protected): string => `${vm.name} (${vm.id})`;

/** Whether nothing of it can be lost yet: it has never run. One that was on a host before has data, and rests. */
export function unborn(each: Owned): Pick<Judgement, 'outcome' | 'reason' | 'note' | 'evidence'> | undefined {
  const { vm } = each;
  if (!vm.unborn || vm.host !== '') return undefined;
  return notApplicable(`${nameOf(each)} has not begun to run: it is in state ${vm.state}.`);
}

/** Since when it has not run, where it rests, as a clause. One that was undeployed and resumed waits for a host, and has rested for longer. */
export const restInWords = ({ vm: { state, unborn: isWaiting, restsSince = Number.NaN } }: Protected): string =>
  isWaiting ? `has not run since ${inUtc(restsSince)}, and is in state ${state}` : `is in state ${state} since ${inUtc(restsSince)}`;

/** Its age in seconds where it is younger than a period; undefined where it is not, or that cannot be told. */
export function youngerThan({ vm }: Owned, period: number, now: number): number | undefined {
  const age = now - vm.made;
  return age < period && age >= -LISTING ? Math.max(age, 0) : undefined;
}
