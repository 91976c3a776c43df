/** Backups of production: whether a sample of them restores, and how long the largest would take. */
import type { Audited } from '../facts/audited.ts';
import { declaredDatastore } from '../facts/frontend.ts';
import type { Restoration, SampleRestored, Sampling } from '../facts/gate.ts';
import { type Protected, scopeOf } from '../facts/scope.ts';
import { MiB } from '../machines/shell.ts';
import type { Image } from '../opennebula/images.ts';
import type { ListedVirtualMachine } from '../opennebula/pools.ts';
import { isUsable } from '../opennebula/restore-points.ts';
import { expecting, firstFew, type Judgement, notApplicable } from '../outcome/judgement.ts';
import { inPeriods } from '../outcome/period.ts';
import type { Subject } from '../outcome/subject.ts';
import type { Site } from '../site/schema.ts';
import { check } from './check.ts';
import { judgeFilesOf, judgeRestored, notBegun, notCounted, notTried } from './restored.ts';

const nameOf = ({ name, id }: ListedVirtualMachine): string => `${name} (${id})`;
const subjectOf = ({ name, id }: ListedVirtualMachine): Subject => ({ kind: 'vm', name, id });

/** BDS-605: the newest backups of a sample of production restore, and come out as they lie on the backup server. */
export const sampleRestores = check('BDS-605', ['server', 'stored', 'backups', 'sample'], (cloud) => {
  const { site, gate } = cloud;
  if (!site.restore.sample)
    return notApplicable('The site file declares no restore.sample: production is never restored unasked. Declare one to have it checked.');
  const expected = expecting(`datastore “${site.datastore.name}”`, 'a VM of production whose newest backup can be restored');
  if (!gate.sample) return expected.undetermined(notTried);
  if ('fault' in gate.sample) return expected.undetermined(notBegun(gate.sample));
  const { restored, leftOut } = gate.sample.value;
  if (restored.length === 0)
    return expected.undetermined({
      found: leftOut.length === 0 ? 'no VM of production' : `none: ${othersIn(gate.sample.value)}`,
      fix: 'Run the gate again when one can be restored, or correct restore.sample or protect in the site file.',
    });
  const judged = restored.map((sample): Judgement => {
    const { vm, ended } = sample;
    return { ...judgeSample(cloud, sample), subject: subjectOf(vm), ...(ended !== undefined && { tried: ended }) };
  });
  const met = restored.filter((_sample, index) => judged[index]?.outcome === 'met');
  const note = coverageOf(gate.sample.value, met);
  // Said once: of the requirement as a whole.
  return judged.map((judgement, index) => (index === 0 ? { ...judgement, note } : judgement));
});

function judgeSample(cloud: Audited, { vm, image, files, restore }: SampleRestored): Judgement {
  const { site } = cloud;
  const what = `image ${image.id} to be restored into the datastore “${site.restore.datastore}”, equal to its files`;
  const expected = expecting(nameOf(vm), what);
  const fix = 'Make a new full backup of it, then run the gate again.';
  const sound = files && judgeFilesOf(vm, files, expected, { fix, ifEmpty: 'there is nothing to restore: name it in protect.except.' });
  // What is not sound is found before it is restored, and says more.
  if (sound?.outcome === 'not-met' && restore.stage !== 'unseen') return sound;
  const judged = judgeRestored(expected, cloud, { restore, vm, disks: image.disks });
  return judged.outcome === 'met' && sound && sound.outcome !== 'met' ? sound : judged;
}

/** How much of production is proven, and which of it cannot be. */
function coverageOf(sampling: Sampling, met: readonly SampleRestored[]): string {
  const all = sampling.proven + met.filter(({ proven, failed }) => proven === undefined || failed).length;
  const again = (sampling.failed ?? []).filter(({ id }) => !met.some(({ vm }) => vm.id === id)).map(nameOf);
  const left = othersIn(sampling);
  return [
    `This run restored ${met.length} of ${sampling.production} VMs of production. This run and the earlier ones in the reports folder restored ${all}.`,
    ...(again.length > 0 ? [`Restored once, and failed since: ${firstFew(again, ', ')}.`] : []),
    ...(left ? [`Not restored: ${left}.`] : []),
    ...notCounted(sampling.uncounted),
  ].join(' ');
}

const othersIn = ({ leftOut }: Sampling): string => firstFew(leftOut.map(({ vm, why }) => `${nameOf(vm)}: ${why}`));

/** MiB of a backup on the backup server, by OpenNebula. */
export const backupSize = ({ increments, sizeMb }: Image): number =>
  increments.length === 0 ? sizeMb : increments.reduce((sum, link) => sum + link.sizeMb, 0);

/** Images that hold restore points, or that OpenNebula is at work on: they do when that has ended well. */
export const isOrWillBeUsable = (image: Image): boolean => isUsable(image) || image.state === 'locked';

/** The newest backup of each VM in a datastore, or in any, by the id of the VM; of those that count. */
export function newestBackups(
  images: readonly Image[],
  datastore: string | undefined,
  counts: (image: Image) => boolean = () => true,
): ReadonlyMap<string, Image> {
  const newest = new Map<string, Image>();
  for (const image of images) {
    if (!image.isBackup || image.datastoreId !== (datastore ?? image.datastoreId) || !counts(image)) continue;
    for (const vm of image.vms) if (!((newest.get(vm)?.newest ?? Number.NEGATIVE_INFINITY) >= image.newest)) newest.set(vm, image);
  }
  return newest;
}

/** A restore of less measures how long it takes to begin. MiB. */
const LEAST = 1024;

/** Whether any VM is owed a restore within a time. */
export const asksForRto = ({ protect }: Site): boolean => [protect, ...(protect?.classes ?? [])].some((each) => each?.rto !== undefined);

/** BDS-606: the largest VM of each class would restore within its RTO. */
export const largestRestoresInTime = check('BDS-606', ['server', 'stored', 'backups', 'backup', 'chain', 'restore', 'sample'], (cloud) => {
  const { frontend, backups, site } = cloud;
  const scope = scopeOf(cloud);
  const owed = scope?.vms.filter(({ terms }) => terms.rto !== undefined) ?? [];
  const asksNone = [site.protect, ...(site.protect?.classes ?? [])].every((each) => each?.rto === undefined);
  if (asksNone) return notApplicable('The site file declares no rto under protect: nobody has said how long a restore may take.');
  const expected = expecting(frontend.name, 'a VM of production that is owed an RTO');
  if (owed.length === 0)
    return expected.undetermined({ found: 'none', fix: 'Correct protect in the site file.', evidence: frontend.virtualMachines.evidence });
  if ('fault' in backups.images) return expected.unseen(backups.images);
  const { value: images } = backups.images;
  const newestBy = (counts?: (image: Image) => boolean) => {
    const [declared, anywhere] = [declaredDatastore(cloud)?.id ?? '', undefined].map((id) => newestBackups(images, id, counts));
    return ({ vm, terms }: Protected) => (terms.datastores === 'any' ? anywhere : declared)?.get(vm.id);
  };
  // Nothing is restored from an image in ERROR, which may be of any size.
  const [usable, locked, any] = [newestBy(isUsable), newestBy(isOrWillBeUsable), newestBy()];
  const newest = (of: Protected) => usable(of) ?? locked(of);
  const slowest = slowestOf(cloud);
  return [...Map.groupBy(owed, ({ terms }) => terms.of)].map(([of, members]) => judgeClass(of, members, { newest, any, slowest }));
});

interface Known {
  /** The newest backup of a VM that it can be restored from, in the datastores that count for it. */
  readonly newest: (owed: Protected) => Image | undefined;
  /** Its newest backup, whatever state that is in. */
  readonly any: (owed: Protected) => Image | undefined;
  readonly slowest: Measured | undefined;
}

function judgeClass(of: string | undefined, members: readonly Protected[], { newest, any, slowest }: Known): Judgement {
  const sized = members.flatMap((each) => {
    const { vm, terms } = each;
    const image = newest(each);
    return image ? [{ vm, rto: terms.rto ?? 0, image, mb: backupSize(image) }] : [];
  });
  // One whose size is not told may be the largest.
  const [largest] = sized.toSorted((a, b) => (Number.isNaN(a.mb) ? -1 : b.mb - a.mb));
  const group = of === undefined ? 'production' : `the class ${of}`;
  if (!largest) {
    const broken = members.flatMap((each) => {
      const image = any(each);
      return image ? [`the newest of ${nameOf(each.vm)}, image ${image.id}, is not READY`] : [];
    });
    return expecting(group, 'a backup, of which to tell how long its restore takes').undetermined({
      found: [`none of its ${members.length} VMs`, ...(broken.length > 0 ? [firstFew(broken)] : [])].join(': '),
      fix: 'See BDS-701.',
    });
  }
  const { vm, rto, image, mb } = largest;
  const subject = subjectOf(vm);
  const expected = expecting(
    nameOf(vm),
    `its backup of ${mb} MiB (image ${image.id}), the largest of ${group}, to restore within ${inPeriods(rto)}`,
  );
  if (Number.isNaN(mb))
    return expecting(nameOf(vm), `the size of its backup, image ${image.id}`).undetermined({ found: 'none', fix: 'See BDS-706.', subject });
  if (!slowest)
    return expected.undetermined({
      found: `no restore of ${LEAST} MiB or more in this run, by which to tell how fast restores are`,
      fix: whatToSample(sized.map((each) => each.mb)),
      subject,
    });
  const seconds = Math.ceil(mb / slowest.rate);
  const how = `${slowest.rate.toFixed(1)} MiB/s, as measured on ${slowest.what}: ${slowest.mb} MiB in ${slowest.seconds} s`;
  if (!(seconds <= rto))
    return expected.notMet({
      found: `that it takes ${inPeriods(seconds)}, at ${how}`,
      fix: 'Look what slows restores down: the network, the disks of the backup server, those of the image datastore. Or declare an rto that can be kept.',
      subject,
    });
  const note = `Measured from the request until the restored image was READY; starting the VM comes on top.`;
  return expected.met({ measured: `${mb} MiB in ${inPeriods(seconds)} (limit ${inPeriods(rto)}) at ${how}`, note, subject });
}

function whatToSample(sizes: readonly number[]): string {
  if (!sizes.some((mb) => mb >= LEAST))
    return `Have a larger backup restored: a test_vm whose backup has ${LEAST} MiB or more, since none of this class has.`;
  return `Have one restored: restore.sample with a max_size of at least ${Math.ceil(Math.min(...sizes.filter((mb) => mb >= LEAST)) / 1024)} GiB, or a test_vm whose backup has ${LEAST} MiB or more.`;
}

/** How fast a restore was, and of what. */
interface Measured {
  readonly what: string;
  readonly mb: number;
  readonly seconds: number;
  /** MiB/s. */
  readonly rate: number;
}

/** The slowest restore of this run that is large enough. */
function slowestOf({ gate: { restore, sample } }: Audited): Measured | undefined {
  const samples = sample && 'value' in sample ? sample.value.restored : [];
  const all = [
    ...(restore ? [measured('the test backup', restore)] : []),
    ...samples.map((one) => measured(`the restore of ${nameOf(one.vm)}`, one.restore)),
  ];
  return all.filter(({ mb }) => mb >= LEAST).toSorted((a, b) => a.rate - b.rate)[0];
}

function measured(what: string, { stage, comparisons, seconds = 0 }: Restoration): Measured {
  const bytes = stage === 'ready' ? comparisons.reduce((sum, one) => sum + one.bytes, 0) : 0;
  // Whole seconds are known of it.
  const lasted = Math.max(seconds, 1);
  return { what, mb: Math.floor(bytes / MiB), seconds: lasted, rate: bytes / MiB / lasted };
}
