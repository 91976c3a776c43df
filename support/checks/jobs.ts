import type { Audited } from '../facts/audited.ts';
import { quote } from '../machines/quote.ts';
import type { BackupJob } from '../opennebula/jobs.ts';
import type { ListedVirtualMachine } from '../opennebula/pools.ts';
import { jobRejection } from '../opennebula/queue.ts';
import { lastBackups } from '../opennebula/restore-points.ts';
import type { Evidence } from '../outcome/evidence.ts';
import { expecting, firstFew, type Judgement, notApplicable, withoutStop } from '../outcome/judgement.ts';
import { inPeriods, inUtc } from '../outcome/period.ts';
import { check } from './check.ts';

/** What is wrong with a job, and what to do about it. */
interface Wrong {
  readonly found: string;
  readonly fix: string;
}

/** BDS-704: every backup job makes progress. */
export const jobsMakeProgress = check('BDS-704', ['backups', 'schedules'], (cloud): Judgement | readonly Judgement[] => {
  const { frontend, backups } = cloud;
  const { jobs, now } = backups;
  if ('fault' in jobs) return expecting(frontend.name, 'OpenNebula to list its backup jobs').unseen(jobs);
  if (jobs.value === undefined) return notApplicable('This release of OpenNebula has no backup jobs: they came with 6.8.');
  if (jobs.value.length === 0) return notApplicable('OpenNebula has no backup jobs.');
  if ('fault' in now) return expecting(frontend.name, 'the time, to tell how long a run has lasted').unseen(now);
  const known = { now: now.value, ended: endsOf(cloud), vms: new Map(machinesOf(frontend).map((vm) => [vm.id, vm])) };
  return jobs.value.map((job) => judgeJob(job, cloud, known));
});

/** Now, when the newest backup of a VM ended, by its id, and the VMs by theirs. */
interface Known {
  readonly now: number;
  readonly ended: ReadonlyMap<string, number>;
  readonly vms: ReadonlyMap<string, ListedVirtualMachine>;
}

const endsOf = ({ backups: { images } }: Audited): ReadonlyMap<string, number> => lastBackups('value' in images ? images.value : []);

function judgeJob(job: BackupJob, cloud: Audited, known: Known): Judgement {
  const { frontend, backups } = cloud;
  const subject = { kind: 'job', name: job.name, id: job.id } as const;
  const expected = expecting(`job ${job.name} (${job.id})`, 'a backup job that makes progress');
  const shown = backups.shownJobs.find(({ listed }) => listed.id === job.id);
  const run = runOf(job, cloud, known);
  const [first, ...more] = [
    ...withoutTarget(job, cloud),
    ...rejected(job, shown),
    ...overdue(job, shown, known.now, cloud),
    ...missing(job, cloud, known),
    ...run.wrong,
  ];
  const evidence: readonly Evidence[] = [
    ...backups.jobs.evidence,
    ...(shown?.evidence ?? []),
    ...frontend.virtualMachines.evidence,
    ...backups.now.evidence,
  ];
  const measured = job.lastAsked > 0 ? { measured: `last run asked for at ${inUtc(job.lastAsked)}` } : {};
  if (first)
    return expected.notMet({
      found: firstFew([first, ...more].map(({ found }) => found)),
      fix: first.fix,
      ...{ subject, evidence },
      ...measured,
    });
  if (shown && 'fault' in shown) return expected.unseen({ ...shown, fix: shown.fix ?? 'Run it again.' }, { subject, ...measured });
  const note = [...(run.waits === undefined ? [] : [run.waits]), ...idle(job)].map((each) => `${withoutStop(each)}.`).join(' ');
  return expected.met({ subject, evidence, ...measured, ...(note !== '' && { note }) });
}

/** What is wrong with no run of it, and yet worth knowing: it protects nothing, or nothing by itself. */
const idle = ({ id, name, vms, scheduled }: BackupJob): string[] => [
  ...(vms.length === 0 ? [`job ${name} (${id}) holds no VM`] : []),
  ...(scheduled.length === 0 ? [`job ${name} (${id}) has no schedule: it runs when somebody asks for it`] : []),
];

const update = ({ id }: BackupJob): string => quote(['onebackupjob', 'update', id]);

/** It goes to a datastore, and that is one for backups: OpenNebula asks neither when a job is made. */
function withoutTarget(job: BackupJob, { frontend: { datastores } }: Audited): Wrong[] {
  const target = ('value' in datastores ? datastores.value : []).find(({ id }) => id === job.datastoreId);
  if (target?.type === 'bck') return [];
  const found = target
    ? `it goes to datastore ${target.name} (${target.id}), which is no backup datastore`
    : job.datastoreId === ''
      ? 'it names no datastore'
      : `it goes to datastore ${job.datastoreId}, which is gone`;
  return [{ found, fix: `Name a backup datastore as its DATASTORE_ID: ${update(job)}` }];
}

function rejected(job: BackupJob, shown: Audited['backups']['shownJobs'][number] | undefined): Wrong[] {
  const actions = shown && 'value' in shown ? shown.value.actions : [];
  return actions
    .filter((action) => jobRejection(action) !== '')
    .map((action) => ({
      found: `its action ${action.id} is rejected: ${withoutStop(jobRejection(action))}`,
      fix: `It blocks those behind it. Correct what it says, or remove it: ${quote(['onebackupjob', 'sched-delete', job.id, action.id])}`,
    }));
}

/** OpenNebula begins a run when it is due, unless the last one is still under way. */
function overdue(job: BackupJob, shown: Audited['backups']['shownJobs'][number] | undefined, now: number, { site }: Audited): Wrong[] {
  const actions = shown && 'value' in shown && job.outdated.length + job.backingUp.length === 0 ? shown.value.actions : [];
  const isOver = ({ times, until, time }: (typeof actions)[number]) => times <= 0 || until < time;
  return actions
    .filter((action) => !action.dispatched && action.message === '' && !isOver(action) && now - action.time > site.deadlines.job)
    .map((action) => ({
      found: `its action ${action.id} is overdue by ${inPeriods(now - action.time)}, and none of its VMs waits`,
      fix: 'Look why OpenNebula does not begin it: grep SCH /var/log/one/oned.log',
    }));
}

/** At its next run OpenNebula drops from it, without a word, what does not exist. */
function missing(job: BackupJob, { frontend: { virtualMachines } }: Audited, { vms }: Known): Wrong[] {
  if ('fault' in virtualMachines) return [];
  const gone = job.vms.filter((id) => (vms.get(id)?.state ?? 'DONE') === 'DONE');
  if (gone.length === 0) return [];
  const found = `VM ${firstFew(gone)} of it ${gone.length === 1 ? 'does' : 'do'} not exist`;
  return [{ found, fix: `Take what does not exist out of its BACKUP_VMS: ${update(job)}` }];
}

/** Whether its run stands still; one that waits for a place among the backups that run does not. */
function runOf(job: BackupJob, cloud: Audited, known: Known): { readonly wrong: readonly Wrong[]; readonly waits?: string } {
  const { now } = known;
  const { job: patience } = cloud.site.deadlines;
  const open = [...job.backingUp, ...job.outdated];
  const still = now - lastProgress(job, known);
  if (open.length === 0 || still <= patience) return { wrong: [] };
  const place = placeTaken(job, cloud, known);
  if (place !== undefined) return { wrong: [], waits: `job ${job.name} (${job.id}) waits since ${inPeriods(still)}: ${place}.` };
  const state = job.backingUp.length > 0 ? `BACKING_UP ${firstFew(job.backingUp)}` : `OUTDATED ${firstFew(job.outdated)}`;
  const [running] = job.backingUp;
  const look =
    running === undefined
      ? 'Look why OpenNebula does not go on with it: grep SCH /var/log/one/oned.log.'
      : `Look whether the backup server answers: a backup of VM ${running} does not end.`;
  return {
    wrong: [
      {
        found: `none of it has finished for ${inPeriods(still)} (deadlines.job: ${inPeriods(patience)}), with ${state}`,
        fix: `${look} Then end the run, which keeps the next from beginning: ${quote(['onebackupjob', 'cancel', job.id])}. If it is well and slow, raise deadlines.job in the site file.`,
      },
    ],
  };
}

/** When it was asked for last, or one of its VMs was done since: by its own figure, or by a backup of that machine. */
function lastProgress({ vms, lastAsked, lasted, updated }: BackupJob, known: Known): number {
  const ends = vms.map((vm) => known.ended.get(vm) ?? 0);
  const begun = vms.map((vm) => known.vms.get(vm)?.backupSince || 0);
  return Math.max(lastAsked, updated.length > 0 ? lastAsked + lasted : 0, ...ends, ...begun);
}

/** Why the next of a job is not begun although nothing is wrong; undefined where nothing is in its way. Backups that hang take no place. */
function placeTaken(job: BackupJob, { site, backups: { limits } }: Audited, { now, vms }: Known): string | undefined {
  const next = job.vms.find((id) => job.outdated.includes(id));
  if (job.backingUp.length > 0 || next === undefined) return undefined;
  const isHung = ({ backupSince }: ListedVirtualMachine) => now - backupSince > site.deadlines.job;
  const running = [...vms.values()].filter((vm) => vm.inBackup && !isHung(vm));
  const host = vms.get(next)?.host;
  const beside = running.filter((vm) => vm.host === host);
  if (running.length >= limits.inAll) return `as many backups run as may (MAX_BACKUPS is ${limits.inAll})`;
  if (beside.length >= limits.onHost) return `on ${host} as many backups run as may (MAX_BACKUPS_HOST is ${limits.onHost})`;
  return undefined;
}

const machinesOf = ({ virtualMachines }: Audited['frontend']): readonly ListedVirtualMachine[] =>
  'value' in virtualMachines ? virtualMachines.value : [];
