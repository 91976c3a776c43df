import { posix } from 'node:path';
import type { Audited } from '../facts/audited.ts';
import { registeredDatastore } from '../facts/frontend.ts';
import { isBusy, MOST_AGAIN, vmsOf } from '../facts/missing.ts';
import { type Lacks, lacksOf, partsOf, shelfOf } from '../facts/parts.ts';
import type { Stored } from '../facts/stored.ts';
import { quote } from '../machines/quote.ts';
import { MiB } from '../machines/shell.ts';
import type { Image } from '../opennebula/images.ts';
import type { Datastore } from '../opennebula/pools.ts';
import { isUsable } from '../opennebula/restore-points.ts';
import { copiesNothing } from '../opennebula/rsync-args.ts';
import { savedOf } from '../opennebula/template.ts';
import type { Evidence } from '../outcome/evidence.ts';
import { count } from '../outcome/figures.ts';
import { blockedBy, comesFirst, expecting, firstFew, type Judgement, notApplicable, withoutStop } from '../outcome/judgement.ts';
import { inPeriods, inUtc } from '../outcome/period.ts';
import { backUp, backUpAnew } from './advice.ts';
import { check } from './check.ts';
import { astray, storedElsewhere } from './datastore.ts';

/** What both requirements rest on: the declared datastore, and the backup images in it. */
interface Found {
  readonly datastore: Datastore;
  readonly images: readonly Image[];
  readonly evidence: readonly Evidence[];
}

/** A requirement of every backup image in the declared datastore; of no image nothing is asked. */
const ofImages = (id: string, asks: Parameters<typeof check>[1], judge: (found: Found, cloud: Audited) => readonly Judgement[]) =>
  check(id, asks, (cloud) => {
    const datastore = registeredDatastore(cloud);
    if (!datastore) return blockedBy('BDS-402', `finds no rsync backup datastore “${cloud.site.datastore.name}”`);
    const { images } = cloud.backups;
    if ('fault' in images) return expecting(cloud.frontend.name, 'OpenNebula to list its images').unseen(images);
    return judge(
      { datastore, images: images.value.filter(({ datastoreId }) => datastoreId === datastore.id), evidence: images.evidence },
      cloud,
    );
  });

const subjectOf = ({ id, name }: Image) => ({ kind: 'image', name, id }) as const;
const inWords = ({ id, name }: Image) => `image ${id} (${name})`;
const dayOf = (seconds: number) => (Number.isFinite(seconds) ? new Date(seconds * 1000).toISOString().slice(0, 10) : 'unknown');

/** BDS-706: OpenNebula holds every backup image sound. */
export const everyImageIsSound = ofImages('BDS-706', ['backups'], ({ datastore, images, evidence }, cloud) => {
  const others = elsewhere(cloud, datastore.id);
  if (images.length + others.length === 0) return [notApplicable(`Datastore ${datastore.id} holds no backup image.`)];
  const orphans = orphansIn(images, cloud.frontend);
  const whole = expecting(`datastore ${datastore.id}`, 'sound backup images').met({
    subject: { kind: 'datastore', name: datastore.name, id: datastore.id },
    measured: `${count(images.length, 'backup image')}, ${mibOf(images)} MiB`,
    evidence,
    ...(orphans && { note: orphans }),
  });
  return [whole, ...[...images, ...others].map((image) => judgeImage(image, evidence, cloud))];
});

/** Backup images of other datastores, where restore points in any count. */
function elsewhere({ site: { protect }, backups: { images } }: Audited, declared: string): readonly Image[] {
  const countsAny = protect && [protect, ...protect.classes].some(({ datastores }) => datastores === 'any');
  return countsAny && 'value' in images ? images.value.filter(({ datastoreId }) => datastoreId !== declared) : [];
}

const mibOf = (images: readonly Image[]) => images.reduce((sum, { sizeMb }) => sum + (sizeMb || 0), 0);

/** Backups outlive their VMs, and nothing deletes them then. */
function orphansIn(images: readonly Image[], frontend: Audited['frontend']): string | undefined {
  if ('fault' in frontend.virtualMachines) return 'Which of the images are of VMs that are gone could not be checked.';
  const alive = new Set(vmsOf(frontend).flatMap(({ id, state }) => (state === 'DONE' ? [] : [id])));
  const orphans = images.filter(({ vms }) => !vms.some((vm) => alive.has(vm)));
  if (orphans.length === 0) return undefined;
  const oldest = orphans.reduce((least, { registered }) => Math.min(least, registered), Number.POSITIVE_INFINITY);
  return `Of VMs that are gone: ${count(orphans.length, 'image')}, ${mibOf(orphans)} MiB, the oldest of ${dayOf(oldest)}.`;
}

function judgeImage(image: Image, evidence: readonly Evidence[], cloud: Audited): Judgement {
  const { id, state, error, increments } = image;
  const subject = subjectOf(image);
  const expected = expecting(inWords(image), 'neither state ERROR nor an error in its template, and increments linked one to the next');
  const said = error === '' ? '' : `“${withoutStop(error)}”`;
  const broken = brokenLink(image);
  const hung = hungFlatten(image, cloud);
  const wrong = [
    ...(state === 'error' ? [`state ERROR${said && `: ${said}`}`] : said ? [`an error, though its state is not ERROR: ${said}`] : []),
    ...(broken === undefined ? [] : [broken]),
    ...hung,
  ];
  if (wrong.length > 0) {
    const look = `Look at it: oneimage show ${id}.`;
    if (wrong.length === 1 && hung.length === 1) return expected.notMet({ found: hung.join(), fix: HUNG, evidence, subject });
    const isLost = broken !== undefined || /flatten/i.test(error);
    const next = isLost ? `${look} ${renewal(image, cloud)}` : look;
    const fix = /removing image/i.test(error) ? `It could not be deleted. Try again: oneimage delete ${id}` : next;
    return expected.notMet({ found: wrong.join('; '), fix, evidence, subject });
  }
  const measured = increments.length === 0 ? 'a full backup' : `a chain of ${increments.length}`;
  return expected.met({ subject, measured, ...(!isUsable(image) && { note: unusable(image) }) });
}

/** Why it is no restore point, though nothing is wrong with it. */
function unusable({ id, state }: Image): string {
  if (state === 'locked') return `Image ${id} is LOCKED: a backup, flatten or restore of it is under way, or stuck.`;
  if (state === 'delete') return `Image ${id} is being deleted.`;
  const enable = state === 'disabled' ? ` Enable it: oneimage enable ${id}.` : '';
  return `Image ${id} is in state ${state.toUpperCase()}: it does not count as a restore point.${enable}`;
}

/** How to have a good backup again. In SNAPSHOT mode no second full backup can be made, and all later ones fail. */
function renewal({ vms: [id = ''], datastoreId }: Image, cloud: Audited): string {
  const { frontend, site } = cloud;
  const vm = vmsOf(frontend).find((each) => each.id === id && each.state !== 'DONE');
  if (!vm) return 'Its VM is gone: no other backup of it can be made.';
  const registered = registeredDatastore({ frontend, site });
  if (registered && copiesNothing(savedOf(registered, 'RSYNC_ARGS')[0]))
    return 'Correct the datastore first (BDS-404): a backup made now is empty, and KEEP_LAST may delete a good one for it.';
  const first = vm.incrementMode === 'SNAPSHOT' ? `set INCREMENT_MODE to CBT (onevm updateconf ${id}), then ` : '';
  return `Make a new full backup: ${vm.keepsIncrements ? backUpAnew(vm, datastoreId, first) : backUp(vm, datastoreId)}`;
}

const HUNG =
  'Look whether the backup server answers, and what /var/log/one/oned.log says of the flatten: until it ends, no other backup of that VM begins. If it is well and slow, raise deadlines.job in the site file.';

/** A flatten begins when an increment has ended. While it lasts, OpenNebula neither adds to the chain nor restores from it. */
function hungFlatten({ id, state, newest }: Image, { frontend, backups: { now }, site: { deadlines } }: Audited): string[] {
  const lasts = 'value' in now ? now.value - newest : Number.NaN;
  const isFlattened = state === 'locked' && vmsOf(frontend).some(({ chain, flattens }) => flattens && chain === id);
  if (!isFlattened || !(lasts > deadlines.job)) return [];
  return [`LOCKED by a flatten for ${inPeriods(lasts)} (deadlines.job: ${inPeriods(deadlines.job)})`];
}

/** Where a chain does not hold together. A flatten leaves the numbers of those that are left as they were. */
function brokenLink({ increments }: Image): string | undefined {
  for (const [at, { id, parent, isFull, source }] of increments.entries()) {
    const before = increments[at - 1];
    if (source === '') return `increment ${id} without a SOURCE`;
    if (!before) {
      if (!isFull || parent !== '-1') return `a chain that begins with increment ${id}, which is no full backup`;
    } else if (isFull) return `increment ${id} of type FULL in the middle of its chain`;
    else if (parent !== before.id) return `increment ${id}, which rests on ${parent}, after increment ${before.id}`;
    else if (Number(id) !== Number(before.id) + 1) return `increment ${id} after increment ${before.id}`;
  }
  return undefined;
}

/** BDS-707: the files of every backup are on the backup server. */
export const everyBackupHasItsFiles = ofImages(
  'BDS-707',
  ['stored', 'backups', 'missing', 'hosts'],
  ({ datastore, images, evidence }, cloud) => {
    const { frontend, server } = cloud;
    const { own } = server.storage;
    const expected = expecting(server.name, `a list of what lies below the directory of datastore ${datastore.id}`);
    const { stored = { fault: 'that nobody asked for it', evidence: own.evidence } } = server;
    if ('fault' in stored) return [expected.unseen(stored)];
    const unknown = storedElsewhere(cloud);
    if (unknown) return [unknown];
    const strays = leftOver(images, stored.value);
    if (images.length === 0)
      return [notApplicable(`Datastore ${datastore.id} holds no backup image.`, strays === '' ? {} : { note: strays })];
    const shelf = shelfOf(stored.value, vmsOf(frontend));
    const rests = [...evidence, ...stored.evidence];
    const judged = images.flatMap((image) => judgeFiles(image, lacksOf(image, shelf), cloud, rests));
    const notes = [...notJudged(judged), ...changedSince(images, stored.value), ...(strays === '' ? [] : [strays])].join(' ');
    const whole = expecting(server.name, 'the files of every backup').met({
      subject: { kind: 'datastore', name: datastore.name, id: datastore.id },
      measured: `${count(images.length, 'backup image')}, ${count(stored.value.files.filter(({ type }) => type === 'f').length, 'file')}`,
      evidence: rests,
      ...(notes !== '' && { note: notes }),
    });
    return [whole, ...judged];
  },
);

/** Images that lack files while OpenNebula is at work on them: they are no finding, and listed nowhere else. */
function notJudged(judged: readonly Judgement[]): string[] {
  const busy = judged.flatMap(({ outcome, subject }) =>
    outcome === 'not-applicable' && subject ? `image ${subject.id} (${subject.name})` : [],
  );
  if (busy.length === 0) return [];
  return [`Files are missing, or could not be checked, of ${count(busy.length, 'image')} LOCKED or being deleted: ${firstFew(busy)}.`];
}

function judgeFiles(image: Image, first: Lacks, cloud: Audited, evidence: readonly Evidence[]): readonly Judgement[] {
  const { missing } = cloud;
  const subject = subjectOf(image);
  const expected = expecting(inWords(image), 'all its files on the backup server, none of them empty or barred to RSYNC_USER');
  const met = () => [expected.met({ subject, measured: count(partsOf(image).length, 'backup') })];
  const busy = ({ id, state }: Image) => [
    notApplicable(`Image ${id} is ${state === 'locked' ? 'LOCKED' : 'being deleted'}: its files may be changing.`, { subject }),
  ];
  const again = `Run the audit again: OpenNebula may have been at work on it.`;
  const unsure = (lacks: Lacks, rests = evidence) =>
    lacks.untold.length === 0
      ? met()
      : [expected.undetermined({ found: `that it cannot be told ${firstFew(lacks.untold)}`, fix: LOOK, evidence: rests, subject })];
  if (first.wrong.length + first.untold.length === 0) return met();
  if (isBusy(image)) return busy(image);
  if (first.wrong.length === 0) return unsure(first);
  const look = missing.get(image.id);
  if (!look) {
    const found = `${firstFew(first.wrong)}, at a first look; no more than ${MOST_AGAIN} images are checked twice`;
    return [expected.undetermined({ found: `that ${found}`, fix: again, evidence, subject })];
  }
  const rests = [...evidence, ...look.evidence];
  if ('fault' in look) {
    const found = `that ${firstFew(first.wrong)}, at a first look; a second failed: ${look.fault}`;
    return [expected.undetermined({ found, fix: look.fix ?? again, evidence: rests, subject })];
  }
  const { is, image: now, lacks } = look.value;
  if (is === 'gone') return [];
  if (isBusy(now)) return busy(now);
  if (is === 'changing')
    return [expected.undetermined({ found: 'its backups changing whenever one looks', fix: again, evidence: rests, subject })];
  if (lacks.wrong.length === 0) return unsure(lacks, rests);
  const strays = astray(cloud, image.vms[0] ?? '');
  const { barred = 0 } = lacks;
  const lost = strays
    ? comesFirst(strays.id, `The backups of ${strays.names} may go to another server: look for the files there.`)
    : `${LOST} ${renewal(image, cloud)}`;
  const fix = [...(barred > 0 ? [giveBack(image, cloud)] : []), ...(lacks.wrong.length > barred ? [lost] : [])].join('. ');
  return [expected.notMet({ found: `that ${firstFew(lacks.wrong)}`, fix, evidence: rests, subject })];
}

const LOOK = 'Look on the backup server, as the account of the driver: ls -lR';
const LOST = 'Bring the files back from a copy of the backup volume, if there is one: no restore of this backup succeeds without them.';

/** How RSYNC_USER may use the files of that VM's backups again. */
function giveBack({ vms: [vm = ''], datastoreId }: Image, { server, site }: Audited): string {
  // A link to the folder is followed so.
  const place = quote([`${posix.join(server.storage.path, datastoreId, vm)}/`]);
  return `As root on ${server.name}: chown -R ${site.datastore.rsync_user} ${place} && chmod -R u+rwX ${place}`;
}

/** Seconds by which the clock that a file's time is of may be ahead of the front-end's. */
const AHEAD = 600;

/** Files of full backups that somebody has changed: nothing of OpenNebula's does. A restore rebases increments, so those of chains are left out. */
function changedSince(images: readonly Image[], { files }: Stored): string[] {
  const full = images.filter((image) => image.increments.length === 0 && isUsable(image));
  const ended = new Map(full.flatMap((image) => partsOf(image).map(({ folder }) => [folder, image.registered])));
  const later = files.filter(({ path, type, changed }) => {
    const time = ended.get(path.slice(0, Math.max(path.lastIndexOf('/'), 0))) || Number.POSITIVE_INFINITY;
    return type === 'f' && changed > time + AHEAD;
  });
  if (later.length === 0) return [];
  const named = firstFew(later.map(({ path, changed }) => `${path} (${inUtc(changed)})`));
  return [`Changed more than ${inPeriods(AHEAD)} after its full backup had ended: ${count(later.length, 'file')}: ${named}.`];
}

/** What belongs to no image: another's, what a failed backup has left, or one that is under way. */
function leftOver(images: readonly Image[], { files, unread, odd }: Stored): string {
  const folders = new Set(images.flatMap((image) => partsOf(image).map(({ folder }) => folder)));
  const strays = files.filter(({ path, type }) => type === 'f' && !folders.has(path.slice(0, Math.max(path.lastIndexOf('/'), 0))));
  const bytes = strays.reduce((sum, file) => sum + file.bytes, 0);
  const oldest = strays.reduce((least, { changed }) => Math.min(least, changed), Number.POSITIVE_INFINITY);
  return [
    ...(strays.length > 0
      ? [
          `${count(strays.length, 'file')} of no backup that OpenNebula knows (one under way, one that failed, or another's): ${Math.round(bytes / MiB)} MiB, the oldest of ${dayOf(oldest)}.`,
        ]
      : []),
    ...(unread.size > 0 ? [`Could not be checked: ${firstFew([...unread].map(([path, why]) => `${path} (${why})`))}.`] : []),
    ...(odd > 0 ? [`${count(odd, 'name')} of other than printable characters, not looked into.`] : []),
  ].join(' ');
}
