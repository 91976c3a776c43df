import type { Audited } from '../facts/audited.ts';
import { declaredDatastore } from '../facts/frontend.ts';
import { quote } from '../machines/quote.ts';
import type { Image } from '../opennebula/images.ts';
import type { BackupJob } from '../opennebula/jobs.ts';
import type { Disk, ListedVirtualMachine } from '../opennebula/pools.ts';
import type { RestorePoint } from '../opennebula/restore-points.ts';
import { count } from '../outcome/figures.ts';
import { blockedBy, expecting, firstFew, notApplicable, withoutStop } from '../outcome/judgement.ts';
import { inPeriods, inUtc } from '../outcome/period.ts';
import { backUp, bringUp } from './advice.ts';
import { ageOf, dated, LISTING, nameOf, newestLocked, type Owned, ofProduction, restInWords, unborn, youngerThan } from './production.ts';

/** What there is besides, and is no restore point that counts. */
function notCounted({ elsewhere, unusable }: Owned): string[] {
  const [abroad] = elsewhere;
  const states = unusable.map(({ id, state }) => `image ${id} in state ${state.toUpperCase()}`);
  return [
    ...(abroad ? [`one of ${inUtc(abroad.time)} in datastore ${abroad.image.datastoreId}, which does not count (protect.datastores)`] : []),
    ...(states.length > 0 ? [firstFew(states)] : []),
  ];
}

/** What to do where restore points have times that prove no age. */
const setClock = (image: string) => `Set the front-end's clock right, and look at the image: ${quote(['oneimage', 'show', image])}`;

/** What it is found to be where a chain that OpenNebula works on would be enough, which it flattens at times. */
const whileLocked = (known: string, [newest]: readonly RestorePoint[]) => ({
  found: `${known}. Image ${newest?.image.id} is LOCKED: OpenNebula works on its chain, and what that leaves is not known yet`,
  fix: `Run it again when it is READY: ${quote(['oneimage', 'show', newest?.image.id ?? ''])}`,
});

/** BDS-701: the newest restore point of every VM of production is no older than its RPO. */
export const restorePointIsRecent = ofProduction('BDS-701', (each, now, cloud) => {
  const { vm, terms } = each;
  const { rpo } = terms;
  const { points, odd } = dated(each, now);
  const [newest] = points;
  const limit = `RPO ${inPeriods(rpo)}`;
  const measured = newest && `newest ${inPeriods(ageOf(newest, now))} old (${limit})`;
  const running = vm.inBackup ? [`${nameOf(each)}: a backup is running, which is no restore point yet.`] : [];
  const noted = (...more: readonly string[]) => {
    const notes = [...more, ...running, ...odd.map(({ says }) => `${nameOf(each)}: ${says}`)];
    return { ...(measured !== undefined && { measured }), ...(notes.length > 0 && { note: notes.join(' ') }) };
  };
  const expected = expecting(nameOf(each), `a restore point at most ${inPeriods(rpo)} old`);
  const elsewhere = newest && newest.image.datastoreId !== declaredDatastore(cloud)?.id;
  const unlooked = elsewhere
    ? [`${nameOf(each)}: its newest restore point lies in datastore ${newest.image.datastoreId}, whose files nobody checked.`]
    : [];
  if (newest && ageOf(newest, now) <= rpo) return expected.met(noted(...unlooked));
  const asYet = unborn(each);
  if (asYet) return asYet;
  const young = youngerThan(each, rpo, now);
  if (young !== undefined) return notApplicable(`${nameOf(each)} is ${inPeriods(young)} old, younger than its RPO of ${inPeriods(rpo)}.`);
  if (newest && vm.restsSince !== undefined && newest.time > vm.restsSince)
    return expected.met(noted(`${nameOf(each)} ${restInWords(each)}; its newest restore point is newer.`));
  const known = newest ? `the newest restore point ${inPeriods(ageOf(newest, now))} old, of ${inUtc(newest.time)}` : 'no restore point';
  if (odd[0])
    return expected.undetermined({
      found: `${known}. ${odd.map(({ says }) => says).join(' ')}`,
      fix: setClock(odd[0].image),
      ...noted(),
    });
  if (each.locked[0] && ageOf(each.locked[0], now) <= rpo) return expected.undetermined({ ...whileLocked(known, each.locked), ...noted() });
  // Of a list, which has the last record alone.
  if (newest && vm.restsSince !== undefined && vm.wasBackedUp)
    return expected.undetermined({
      found: `${known}. It is in state ${vm.state}, and its last record is that of a backup: whether it has run since the restore point is not told`,
      fix: `Look at its history: ${quote(['onevm', 'show', vm.id])}. If it has not, back it up once more: ${backUp(vm, declaredDatastore(cloud)?.id)}.`,
      ...noted(),
    });
  const next = vm.ready ? `Back it up now: ${backUp(vm, declaredDatastore(cloud)?.id)}.` : `${bringUp(vm)}.`;
  return expected.notMet({
    found: [known, ...notCounted(each)].join('; '),
    fix: `${vm.inBackup ? 'Wait for the backup that is running.' : next} Then look at its schedule, whether its last backup failed, and whether its job hangs: BDS-702, BDS-703, BDS-704.`,
    ...noted(),
  });
});

/** BDS-705: every VM of production has as many restore points as declared, and they reach back as far. */
export const restorePointsAreKept = ofProduction('BDS-705', (each, now, cloud) => {
  const { restore_points: wanted, keep_for: period } = each.terms;
  const known = dated(each, now);
  const { points } = known;
  // One that is older than its VM proves no age.
  const isEarly = ({ time }: RestorePoint) => time < each.vm.made - LISTING;
  const early = points.filter(isEarly).map(({ image: { id } }) => ({ says: `Image ${id} is dated before its VM was made.`, image: id }));
  const odd = [...known.odd, ...early.slice(0, 1)];
  const oldest = points.findLast((point) => !isEarly(point));
  const reach = oldest ? ageOf(oldest, now) : 0;
  const owed = `${count(wanted, 'restore point')}, the oldest at least ${inPeriods(period)} old`;
  const gap = longestGap(points, now - period);
  const measured = [
    count(points.length, 'restore point'),
    ...(oldest ? [`the oldest ${inPeriods(reach)} old`] : []),
    ...(gap === undefined ? [] : [`longest gap ${inPeriods(gap)}`]),
  ].join(', ');
  const { keepLast, unknown, fix } = keeping(each, cloud);
  const expected = expecting(nameOf(each), owed);
  const isEnough = points.length >= wanted;
  const tooFew = keepLast > 0 && keepLast < wanted ? [`KEEP_LAST=${keepLast} keeps fewer than ${wanted}`] : [];
  const told = (...notes: readonly string[]) => {
    const all = [...notes, ...tooFew, ...odd.map(({ says }) => says.slice(0, -1))].map((note) => `${nameOf(each)}: ${note}.`);
    return {
      measured: `${measured} (declared: ${count(wanted, 'restore point')}, ${inPeriods(period)})`,
      ...(all.length > 0 && { note: all.join(' ') }),
    };
  };
  if (isEnough && reach >= period) return expected.met(told());
  const asYet = unborn(each);
  if (asYet) return asYet;
  const young = youngerThan(each, period, now);
  // What KEEP_LAST has deleted was there: the datastore is not new.
  const isNew = (keepLast === 0 || points.length < keepLast) && odd.length === 0 && each.oldestOfAll > now - period;
  const excuse =
    young !== undefined
      ? `it is ${inPeriods(young)} old, younger than its restore points are to be (${inPeriods(period)})`
      : isNew && `nothing in the datastore is ${inPeriods(period)} old: it is new, or somebody deletes backups sooner than that`;
  if (excuse) return isEnough ? expected.met(told(excuse)) : notApplicable(`${nameOf(each)} has ${measured}: ${excuse}.`);
  if (odd[0])
    return expected.undetermined({
      found: `${measured}. ${odd.map(({ says }) => says).join(' ')}`,
      fix: setClock(odd[0].image),
      ...told(),
    });
  const all = [...points, ...each.locked].toSorted((a, b) => b.time - a.time);
  const [last] = all.slice(-1);
  if (each.locked.length > 0 && all.length >= wanted && last && ageOf(last, now) >= period)
    return expected.undetermined({ ...whileLocked(measured, each.locked), ...told() });
  const cannot = keepLast > 0 && points.length >= keepLast && tooFew.length === 0 ? [`KEEP_LAST=${keepLast} keeps no more`] : [];
  return expected.notMet({
    found: [measured, ...tooFew, ...cannot, ...notCounted(each)].join('; '),
    fix: `${unknown || tooFew.length + cannot.length > 0 ? fix : 'Look when its backups began, and who deletes them: nothing in its own settings does.'} If fewer are owed, say so in “protect” of the site file.`,
    measured: told().measured,
  });
});

/** How many restore points of it OpenNebula keeps, 0 for all; by its backup job, which overrides its own settings. */
function keeping({ vm }: Owned, cloud: Audited): { keepLast: number; unknown: boolean; fix: string } {
  const job = jobOf(vm, cloud);
  if (isUnlisted(vm, cloud)) return { keepLast: 0, unknown: true, fix: `Look at KEEP_LAST of its backup job: ${showJob(vm)}.` };
  const update = job ? ['onebackupjob', 'update', job.id] : ['onevm', 'updateconf', vm.id];
  return { keepLast: job?.keepLast ?? vm.keepLast, unknown: false, fix: `Raise KEEP_LAST: ${quote(update)}.` };
}

/** The backup job that holds it, whose settings override its own; undefined where none does, or OpenNebula did not list it. */
const jobOf = ({ job }: ListedVirtualMachine, { backups: { jobs } }: Audited): BackupJob | undefined =>
  'value' in jobs ? jobs.value?.find(({ id }) => id === job) : undefined;

/** Whether a backup job holds it whose settings are not known: its own count for nothing then. */
const isUnlisted = (vm: ListedVirtualMachine, cloud: Audited): boolean => vm.job !== '' && jobOf(vm, cloud) === undefined;

const showJob = ({ job }: ListedVirtualMachine): string => quote(['onebackupjob', 'show', job]);

/** Seconds between two restore points since a moment that lie next to each other, newest first; undefined where there are no two. */
export function longestGap(points: readonly RestorePoint[], since: number): number | undefined {
  const times = points.map(({ time }) => time).filter((time) => time >= since);
  const gaps = times.slice(1).map((time, at) => (times[at] ?? time) - time);
  return gaps.length === 0 ? undefined : Math.max(...gaps);
}

/** BDS-708: the newest backup of every VM of production holds all its disks. */
export const backupHoldsAllDisks = ofProduction('BDS-708', (each, now, cloud) => {
  const { vm, terms } = each;
  const [newest] = dated(each, now).points;
  const expected = expecting(nameOf(each), 'its newest backup to hold all its disks');
  const working = newestLocked(each, now);
  const locked = working && expected.undetermined(whileLocked(`a newer backup, of ${inUtc(working.time)}`, [working]));
  if (!newest) {
    const young = youngerThan(each, terms.rpo, now);
    const isYoung = young === undefined ? undefined : notApplicable(`${nameOf(each)} is ${inPeriods(young)} old, younger than its RPO.`);
    return unborn(each) ?? isYoung ?? locked ?? blockedBy('BDS-701', `found no restore point of ${nameOf(each)}`);
  }
  const { image } = newest;
  const all = owedDisks(vm, false);
  const configure = quote(['onevm', 'updateconf', vm.id]);
  const overrides =
    vm.job === '' ? '' : `. Its backup job ${vm.job} overrides its own settings: ${quote(['onebackupjob', 'update', vm.job])}`;
  if (all.length > 0 && all.every((disk) => isLeftOut(vm, disk)))
    return expected.notMet({
      found: `that DISK_IDS (${vm.chosenDisks.join(', ')}) selects none of them: ${firstFew(all.map((disk) => `disk ${inWords(disk)}`))}`,
      fix: `Take DISK_IDS out of its backup settings, or name one of its disks: ${configure}${overrides}`,
    });
  const owed = owedDisks(vm, terms.disks === 'selected');
  if (owed.length === 0)
    return notApplicable(`${nameOf(each)} has no disk that is to be backed up.`, {
      note: `${nameOf(each)}: its backups hold no disk: all are volatile (BACKUP_VOLATILE is not set), swap, CD-ROMs or read-only.`,
    });
  // What an older one holds says nothing of it.
  if (locked) return locked;
  const notes = owed.flatMap((disk) => {
    const why = [...(disk.isEncrypted ? ['is encrypted'] : []), ...(CARRIED.has(disk.tmMad) ? [] : [`lies on ${disk.tmMad}`])];
    return why.length === 0 ? [] : [`disk ${disk.id} ${why.join(' and ')}`];
  });
  const lost = vm.disks.filter((disk) => !vm.backsUpVolatile && disk.isVolatile && isData(disk));
  const aside = [
    ...(notes.length > 0 ? [`not covered by restore tests: ${notes.join(', ')}`] : []),
    ...(lost.length > 0 ? [`in no backup, as BACKUP_VOLATILE is not set: ${firstFew(lost.map(volatileInWords), ', ')}`] : []),
  ];
  const told = {
    measured: `${owed.filter(({ id }) => image.disks.includes(id)).length} of ${count(owed.length, 'disk')}, in image ${image.id} of ${inUtc(newest.time)}`,
    ...(aside.length > 0 && { note: aside.map((note) => `${nameOf(each)}: ${note}.`).join(' ') }),
  };
  const show = `Look at it: ${quote(['oneimage', 'show', image.id])}`;
  if (image.disks.length === 0)
    return expected.undetermined({ found: `that image ${image.id} does not say which it holds`, fix: show, ...told });
  const missing = disksMissing(owed, vm, image);
  const job = jobOf(vm, cloud);
  const freeze = job?.freeze ?? vm.freeze;
  const isUnknown = terms.quiesced && isUnlisted(vm, cloud);
  if (missing.length === 0 && isUnknown) return expected.undetermined({ ...freezeUnknown(vm, cloud), ...told });
  const frozen = !terms.quiesced || isUnknown || ['AGENT', 'SUSPEND'].includes(freeze);
  if (missing.length === 0 && frozen) return expected.met(told);
  const [first] = missing;
  const again = `Back it up again: ${backUp(vm, declaredDatastore(cloud)?.id)}.`;
  return expected.notMet({
    found: [
      ...(first ? [`that image ${image.id} of ${inUtc(newest.time)} lacks ${firstFew(missing.map(({ says }) => says))}`] : []),
      ...(frozen
        ? []
        : [`FS_FREEZE ${freeze}${job ? ` of its backup job ${job.name} (${job.id})` : ''}, where AGENT or SUSPEND is declared (quiesced)`]),
    ].join('; '),
    fix:
      first && !first.isLeftOut
        ? again
        : first
          ? `Take DISK_IDS out of its backup settings: ${configure}${overrides}. ${again} Or declare disks: selected for it.`
          : `Set FS_FREEZE: ${configure}${overrides}`,
    ...told,
  });
});

/** What it is found to be where FS_FREEZE is that of a backup job that OpenNebula did not list. */
function freezeUnknown(vm: ListedVirtualMachine, { backups: { jobs } }: Audited) {
  const [why, fix] = 'fault' in jobs ? [jobs.fault, jobs.fix] : ['OpenNebula did not list it'];
  return {
    found: `that FS_FREEZE of its backup job ${vm.job} is not known: ${withoutStop(why)}`,
    fix: fix ?? `Look at it: ${showJob(vm)}`,
    evidence: jobs.evidence,
  };
}

const inWords = ({ id, image }: Disk): string => (image === '' ? id : `${id} (${image})`);

const volatileInWords = ({ id, sizeMb }: Disk): string => `volatile disk ${id}${Number.isNaN(sizeMb) ? '' : ` (${sizeMb} MiB)`}`;

/** TM_MAD of storage of files, which the driver's transfer carries as they are. */
const CARRIED: ReadonlySet<string> = new Set(['', 'local', 'ssh', 'shared', 'qcow2']);

/** Of the disks that a backup is to hold those that it lacks, and why, in words. */
export function disksMissing(owed: readonly Disk[], vm: ListedVirtualMachine, { disks, increments }: Image) {
  const isNewer = ({ id }: Disk) => disks.every((held) => Number(held) < Number(id));
  const why = (disk: Disk) => (isLeftOut(vm, disk) ? 'left out by DISK_IDS' : isNewer(disk) ? 'attached after that backup' : 'not in it');
  // A chain names the disks of its first link; what DISK_IDS leaves out since is in none of the later ones.
  return owed
    .filter((disk) => !disks.includes(disk.id) || (increments.length > 1 && isLeftOut(vm, disk)))
    .map((disk) => ({ says: `disk ${inWords(disk)}, ${why(disk)}`, isLeftOut: isLeftOut(vm, disk) }));
}

const isLeftOut = ({ chosenDisks }: ListedVirtualMachine, { id }: Disk): boolean => chosenDisks.length > 0 && !chosenDisks.includes(id);

const isData = ({ type, isReadOnly }: Disk): boolean => !['SWAP', 'CDROM'].includes(type.toUpperCase()) && !isReadOnly;

/** The disks that a backup is to hold: neither swap nor CD-ROMs nor what is only read; of volatile ones those that are to be backed up. */
export const owedDisks = (vm: ListedVirtualMachine, onlyChosen: boolean): readonly Disk[] =>
  vm.disks.filter((disk) => isData(disk) && (vm.backsUpVolatile || !disk.isVolatile) && !(onlyChosen && isLeftOut(vm, disk)));
