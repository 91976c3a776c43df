import type { Audited } from '../facts/audited.ts';
import { declaredDatastore } from '../facts/frontend.ts';
import { quote } from '../machines/quote.ts';
import type { Image } from '../opennebula/pools.ts';
import { isUsable, type RestorePoint, restorePoints } from '../opennebula/restore-points.ts';
import { expecting, type Judgement, notApplicable } from '../outcome/judgement.ts';
import { inPeriods, inUtc } from '../outcome/period.ts';
import { check } from './check.ts';
import { type Protected, scopeOf } from './scope.ts';

/** A virtual machine of production, and what it can be restored from. */
export interface Owned extends Protected {
  /** Those that count, newest first. */
  readonly points: readonly RestorePoint[];
  /** Those in datastores that do not count, newest first. */
  readonly elsewhere: readonly RestorePoint[];
  /** Its backup images from which OpenNebula restores nothing, in datastores that count. */
  readonly unusable: readonly Image[];
}

/** Production with its restore points; none where it is not declared, or they could not be listed. */
export function owned(cloud: Audited): readonly Owned[] {
  const { images } = cloud.backups;
  if ('fault' in images) return [];
  const declared = declaredDatastore(cloud)?.id;
  const points = restorePoints(images.value);
  const unusable = images.value.filter((image) => image.isBackup && !isUsable(image));
  return (scopeOf(cloud)?.vms ?? []).map(({ vm, terms }) => {
    const counts = ({ datastoreId }: Image) => terms.datastores === 'any' || datastoreId === declared;
    const all = points.get(vm.id) ?? [];
    return {
      ...{ vm, terms },
      points: all.filter(({ image }) => counts(image)),
      elsewhere: all.filter(({ image }) => !counts(image)),
      unusable: unusable.filter((image) => counts(image) && image.vms.includes(vm.id)),
    };
  });
}

/** A restore point may be made while they are listed, which takes some seconds of a large cloud. */
const LISTING = 120;

/** Of the restore points of a virtual machine: those whose age is known; and what is odd about the others, a sentence each, with one of their images. */
export function dated({ points }: Pick<Owned, 'points'>, now: number) {
  const isAhead = ({ time }: RestorePoint) => time > now + LISTING;
  const oddity = (says: string, some: readonly RestorePoint[]) =>
    some[0] ? [{ says: `Image ${some[0].image.id} ${says}.`, image: some[0].image.id }] : [];
  return {
    points: points.filter((point) => !Number.isNaN(point.time) && !isAhead(point)),
    odd: [
      ...oddity("is dated later than the front-end's clock", points.filter(isAhead)),
      ...oddity(
        'has no time',
        points.filter(({ time }) => Number.isNaN(time)),
      ),
    ],
  };
}

export const ageOf = ({ time }: RestorePoint, now: number): number => Math.max(now - time, 0);

/** A requirement of each virtual machine of production. */
const ofProduction = (id: string, judge: (vm: Owned, now: number, cloud: Audited) => Omit<Judgement, 'subject' | 'evidence'>) =>
  check(id, ['backups'], (cloud): Judgement | readonly Judgement[] => {
    const { frontend, backups } = cloud;
    if ('fault' in backups.images) return expecting(frontend.name, 'OpenNebula to list its images').unseen(backups.images);
    if ('fault' in backups.now) return expecting(frontend.name, 'the time, to tell the age of restore points').unseen(backups.now);
    const now = backups.now.value;
    const evidence = [...frontend.virtualMachines.evidence, ...backups.images.evidence, ...backups.now.evidence];
    return owned(cloud).map((each) => {
      const { vm } = each;
      return { ...judge(each, now, cloud), subject: { kind: 'vm', name: vm.name, id: vm.id }, evidence };
    });
  });

const nameOf = ({ vm }: Protected): string => `${vm.name} (${vm.id})`;

/** BDS-701: the newest restore point of every virtual machine of production is no older than its RPO. */
export const restorePointIsRecent = ofProduction('BDS-701', (each, now, cloud) => {
  const { vm, terms, elsewhere, unusable } = each;
  const { rpo } = terms;
  const { points, odd } = dated(each, now);
  const [newest] = points;
  const limit = `RPO ${inPeriods(rpo)}`;
  const measured = newest && `${inPeriods(ageOf(newest, now))} (${limit})`;
  const running = vm.inBackup ? [`${nameOf(each)}: a backup is running, which is no restore point yet.`] : [];
  const noted = (...more: readonly string[]) => {
    const notes = [...more, ...running, ...odd.map(({ says }) => `${nameOf(each)}: ${says}`)];
    return { ...(measured !== undefined && { measured }), ...(notes.length > 0 && { note: notes.join(' ') }) };
  };
  const expected = expecting(nameOf(each), `a restore point at most ${inPeriods(rpo)} old`);
  if (newest && ageOf(newest, now) <= rpo) return expected.met(noted());
  if (vm.unborn) {
    const before = vm.host === '' ? {} : { note: `${nameOf(each)} ran on ${vm.host} before.` };
    return notApplicable(`${nameOf(each)} has not begun to run: it is in state ${vm.state}.`, before);
  }
  const age = now - vm.made;
  if (age < rpo && age >= -LISTING)
    return notApplicable(`${nameOf(each)} is ${inPeriods(age)} old, younger than its RPO of ${inPeriods(rpo)}.`);
  if (newest && vm.restsSince !== undefined && newest.time > vm.restsSince)
    return expected.met(noted(`${nameOf(each)} is in state ${vm.state} since ${inUtc(vm.restsSince)}; its newest restore point is newer.`));
  const known = newest ? `its newest is ${inPeriods(ageOf(newest, now))} old, of ${inUtc(newest.time)}` : 'none';
  if (odd[0])
    return expected.undetermined({
      found: `${known}. ${odd.map(({ says }) => says).join(' ')}`,
      fix: `Set the front-end's clock right, and look at the image: ${quote(['oneimage', 'show', odd[0].image])}`,
      ...noted(),
    });
  const [abroad] = elsewhere;
  const besides = [
    ...(abroad ? [`one of ${inUtc(abroad.time)} in datastore ${abroad.image.datastoreId}, which does not count (protect.datastores)`] : []),
    ...(unusable.length > 0
      ? [
          `image ${unusable
            .map(({ id, state }) => `${id} in state ${state.toUpperCase()}`)
            .slice(0, 5)
            .join(', ')}`,
        ]
      : []),
  ];
  const datastore = declaredDatastore(cloud)?.id ?? '';
  const next = vm.ready
    ? `Back it up now: ${quote(['onevm', 'backup', '-d', datastore, vm.id])}.`
    : `OpenNebula backs up what is RUNNING or POWEROFF, and it is ${vm.state}. Look at it: ${quote(['onevm', 'show', vm.id])}.`;
  return expected.notMet({
    found: [known, ...besides].join('; '),
    fix: `${vm.inBackup ? 'Wait for the backup that is running.' : next} Then look at its schedule, and why its last backup failed: BDS-702, BDS-703.`,
    ...noted(),
  });
});
