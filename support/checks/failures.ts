import type { Audited } from '../facts/audited.ts';
import { declaredDatastore } from '../facts/frontend.ts';
import { quote } from '../machines/quote.ts';
import { shortened } from '../machines/words.ts';
import { causeIn, causeOf } from '../opennebula/causes.ts';
import { offsetAt } from '../opennebula/clock.ts';
import { type BackupFailure, failuresOf, otherErrorAt, otherErrorOf } from '../opennebula/failures.ts';
import type { BackupJob } from '../opennebula/jobs.ts';
import type { ListedVirtualMachine } from '../opennebula/pools.ts';
import { isStuck, type Story, storiesIn } from '../opennebula/stories.ts';
import { expecting, type Judgement, notApplicable, withoutStop } from '../outcome/judgement.ts';
import { inUtc } from '../outcome/period.ts';
import { backUp, bringUp } from './advice.ts';
import { afterRefusal, remedyFor } from './causes.ts';
import { check } from './check.ts';
import { dated, newestLocked, type Owned, owned, restInWords, unborn } from './production.ts';

/** BDS-703: the last backup of every VM of production succeeded. */
export const lastBackupSucceeded = check('BDS-703', ['backups'], (cloud): Judgement | readonly Judgement[] => {
  const { frontend, backups } = cloud;
  if ('fault' in backups.images) return expecting(frontend.name, 'OpenNebula to list its images').unseen(backups.images);
  if ('fault' in backups.now) return expecting(frontend.name, 'the time, to tell the age of restore points').unseen(backups.now);
  const now = backups.now.value;
  return owned(cloud).map((each) => judgeLast(each, cloud, now));
});

/** When clocks are put back, an hour comes twice, and the later one counts. */
const HOUR = 3600;

function judgeLast(each: Owned, cloud: Audited, now: number): Judgement {
  const { vm } = each;
  const { backups, frontend } = cloud;
  const { jobs, zone, images } = backups;
  const name = `${vm.name} (${vm.id})`;
  const subject = { kind: 'vm', name: vm.name, id: vm.id } as const;
  const expected = expecting(name, 'its last backup to have succeeded');
  const evidence = [...frontend.virtualMachines.evidence, ...images.evidence, ...jobs.evidence];
  const known = 'value' in jobs ? (jobs.value ?? []) : [];
  const failures = failuresOf(vm, known, 'value' in zone ? zone.value : 'UTC');
  const usable = dated(each, now).points[0]?.time ?? Number.NEGATIVE_INFINITY;
  // A backup that succeeded, whatever becomes of its chain, which is being flattened.
  const link = newestLocked(each, now);
  const newest = link?.time ?? usable;
  if (failures.length > 0 && 'fault' in zone) return expected.unseen(zone, { subject });
  const idle = failures.filter((failure) => isIdle(vm, failure, newest));
  const real = failures.filter((failure) => !idle.includes(failure));
  const lastSince = (success: number) => lastOf(real, success) ?? hiddenFailure(vm, cloud, success);
  const last = lastSince(newest);
  const measured = last?.at === undefined ? {} : { measured: `last error ${inUtc(last.at)}` };
  if (last?.at !== undefined && last.at > now + HOUR)
    return expected.undetermined({
      found: `an error of a backup dated ${inUtc(last.at)}, which lies in the future: “${shortened(last.said, 120)}”`,
      fix: `Set the clock of ${frontend.name} right, and look whether OpenNebula was restarted since its time zone was changed. Then look when that was: ${quote(['onevm', 'show', vm.id])}`,
      ...{ subject, evidence },
    });
  if (last?.at !== undefined) {
    const { found, fix, more } = causeFor(each, { ...last, at: last.at }, cloud);
    return expected.notMet({ found, fix, subject, evidence: [...evidence, ...more], ...measured });
  }
  if (last)
    return expected.undetermined({
      found: `an error of a backup without a time that can be read: “${shortened(last.said, 120)}”`,
      fix: `See when that was: ${quote(['onevm', 'show', vm.id])}`,
      ...{ subject, evidence },
    });
  // A job may keep a failure that its VM does not show.
  if ('fault' in jobs && vm.job !== '') return expected.unseen(jobs, { subject });
  const other = otherErrorOf(vm);
  const log = backups.logs.get(vm.id);
  const isHidden = 'value' in zone && (otherErrorAt(vm, zone.value) ?? Number.NEGATIVE_INFINITY) > newest;
  if (isHidden && log && 'fault' in log && log.unread)
    return expected.undetermined({
      found: `an error that may have taken the place of that of a backup, “${shortened(other, 120)}”, and ${log.fault}`,
      fix: `Look how its last backup ended: ${quote(['grep', '-i', 'backup', `/var/log/one/${vm.id}.log`])} on ${frontend.name}`,
      ...{ subject, evidence: [...evidence, ...log.evidence] },
    });
  const asYet = lastOf(idle, newest) && unborn(each);
  if (asYet) return { ...asYet, subject };
  const decides = link && (usable === Number.NEGATIVE_INFINITY || lastSince(usable));
  const notes = [
    ...(vm.restsSince !== undefined && lastOf(idle, newest)
      ? [`${name} ${restInWords(each)}, in which OpenNebula refuses backups; its newest restore point is newer.`]
      : []),
    ...(decides ? [`${name}: image ${link.image.id}, which holds its last backup, is LOCKED.`] : []),
    ...(other === '' ? [] : [`${name} shows an error that is not of a backup: ${shortened(other, 200)}`]),
  ];
  const note = notes.length === 0 ? {} : { note: notes.join(' ') };
  if (newest === Number.NEGATIVE_INFINITY)
    return notApplicable(`No backup of ${name} has succeeded or failed so far: BDS-701 says whether one is due.`, { subject, ...note });
  const [old] = failures.flatMap(({ at }) => at ?? []).toSorted((a, b) => b - a);
  return expected.met({
    ...{ subject, evidence },
    measured: `${old === undefined ? 'no error' : `last error ${inUtc(old)}`}, newest restore point ${inUtc(newest)}`,
    ...note,
  });
}

/** The failure that is newer than the newest restore point, the latest of several; else one of which that cannot be told. */
function lastOf(failures: readonly BackupFailure[], newest: number): BackupFailure | undefined {
  const later = failures.filter(({ at }) => at === undefined || at > newest);
  return later.toSorted((a, b) => (b.at ?? Number.NEGATIVE_INFINITY) - (a.at ?? Number.NEGATIVE_INFINITY))[0];
}

/** States in which OpenNebula refuses each backup of a VM, and nothing of it changes. */
const AT_REST = ['UNDEPLOYED', 'STOPPED', 'SUSPENDED'];
const REFUSED_AT_REST = new RegExp(`\\bwrong state (?:${[...AT_REST, 'HOLD', 'PENDING'].join('|')})\\b`);

/** Whether nothing is lost by it: OpenNebula refused a backup of a VM that has not begun to run, or that rests since before its newest one. */
function isIdle({ unborn: isUnborn, host, state, restsSince }: ListedVirtualMachine, { at, said }: BackupFailure, newest: number): boolean {
  const isTold = REFUSED_AT_REST.test(said);
  if (said !== '' && !isTold) return false;
  if (isUnborn && host === '') return true;
  if (restsSince === undefined || restsSince >= newest) return false;
  // A job keeps one refusal for all its VMs: of one that rested then it cannot have been another.
  return isTold || ((AT_REST.includes(state) || isUnborn) && at !== undefined);
}

/** The failure of its last backup by its log alone: an error of another kind has taken the place of that of the backup. */
function hiddenFailure(vm: ListedVirtualMachine, { backups: { zone, logs, now } }: Audited, newest: number): BackupFailure | undefined {
  const log = logs.get(vm.id);
  if (otherErrorOf(vm) === '' || !log || 'fault' in log || 'fault' in zone || 'fault' in now) return undefined;
  const last = storiesIn(log.value, offsetAt(now.value, zone.value)).at(-1);
  if (last?.end !== 'failed' || last.ended === undefined || last.ended <= newest) return undefined;
  return { at: last.ended, said: '' };
}

/** Seconds that OpenNebula may take from its books to the log. */
const LAG = 5;

/** Why a backup failed, by the VM's log where that tells, and what to do. */
function causeFor({ vm }: Owned, { at, said, job }: BackupFailure & { readonly at: number }, cloud: Audited) {
  const { frontend, site, backups } = cloud;
  const log = backups.logs.get(vm.id);
  const zone = 'value' in backups.zone ? backups.zone.value : 'UTC';
  const story = log && 'value' in log ? storyAt(storiesIn(log.value, offsetAt(at, zone)), at) : undefined;
  const cause = (story && causeOf(story.text)) ?? (said === '' ? undefined : causeIn(said));
  const { rsync_host: server, rsync_user: user } = site.datastore;
  const remedy = cause === undefined ? undefined : remedyFor(cause, { frontend: frontend.name, server, user, host: vm.host, vm: vm.id });
  const stuck =
    story && isStuck(story.text) ? '. Its increments are kept in SNAPSHOT mode, in which no second full backup can be made' : '';
  const unread = log && 'fault' in log ? ` (${log.fault})` : '';
  const again = job ? quote(['onebackupjob', 'retry', job.id]) : backUp(vm, declaredDatastore(cloud)?.id);
  const fix = [
    remedy?.fix ?? adviceOn(said, vm) ?? `The whole story stands in /var/log/one/${vm.id}.log on ${frontend.name}${unread}.`,
    `Then back it up again: ${again}.`,
    remedy?.recheck,
  ];
  return {
    found: `that the one of ${inUtc(at)} failed${whose(job)}: “${cause ?? 'no word why'}”${stuck}`,
    fix: fix.filter(Boolean).join(' '),
    more: log?.evidence ?? [],
  };
}

const whose = (job: BackupJob | undefined): string => (job ? `, by job ${job.name} (${job.id})` : '');

/** The last backup that failed at that time or after it. */
const storyAt = (stories: readonly Story[], at: number): Story | undefined =>
  stories.findLast(({ end, ended }) => end === 'failed' && ended !== undefined && ended >= at - LAG);

/** What to do about a backup that OpenNebula itself refused. */
function adviceOn(said: string, vm: ListedVirtualMachine): string | undefined {
  if (REFUSED_AT_REST.test(said) && !vm.ready) return `${bringUp(vm)}.`;
  if (/needs to be of type BACKUP|Error getting datastore/.test(said)) return 'Name a backup datastore in the job: BDS-704 says more.';
  const advice = afterRefusal(said, vm.id);
  return advice && `${withoutStop(advice)}.`;
}
