import type { Audited } from '../facts/audited.ts';
import { declaredDatastore } from '../facts/frontend.ts';
import { type Protected, scopeOf } from '../facts/scope.ts';
import { quote } from '../machines/quote.ts';
import { asDate, shownAt } from '../opennebula/clock.ts';
import type { BackupJob, ShownJob } from '../opennebula/jobs.ts';
import type { Datastore, ScheduledAction, VirtualMachine } from '../opennebula/pools.ts';
import { jobRejection, queueOf, rejectionOf, saidOf, targetOf } from '../opennebula/queue.ts';
import { type Clock, inWords, longestGap, recurs } from '../opennebula/recurrence.ts';
import type { Evidence, Looked } from '../outcome/evidence.ts';
import { expecting, firstFew, type Judgement, withoutStop } from '../outcome/judgement.ts';
import { inPeriods } from '../outcome/period.ts';
import { bringUp } from './advice.ts';
import { check } from './check.ts';

type Unread = Extract<Looked<unknown>, { readonly fault: string }>;

/** A scheduled backup of a VM that counts: it goes where it should, and is not rejected. */
interface Planned {
  readonly action: ScheduledAction;
  /** The job that it is of. */
  readonly job?: BackupJob;
}

/** One that repeats, and does not count: which, and why; what takes it out of the way, where it blocks others, or brings its VM to where it is not. */
interface Idle {
  readonly why: string;
  readonly remove?: string;
  readonly wake?: string;
}

/** When a VM of production is backed up, by its own schedule and that of its job. */
export interface Plan extends Protected {
  readonly counted: readonly Planned[];
  readonly idle: readonly Idle[];
  /** What it is locked for; empty where it is not. */
  readonly lock: string;
  /** The jobs that hold it. */
  readonly jobs: readonly BackupJob[];
  /** What could not be checked. */
  readonly hidden: readonly Unread[];
  readonly evidence: readonly Evidence[];
}

/** What is scheduled for each VM of production. */
export function plansOf(cloud: Audited): readonly Plan[] {
  const { frontend, backups, schedules } = cloud;
  const shownVms = new Map(schedules.machines.map((machine) => [machine.listed.id, machine]));
  const shownJobs = new Map(backups.shownJobs.map((job) => [job.listed.id, job]));
  const jobs = 'value' in backups.jobs ? (backups.jobs.value ?? []) : [];
  const holding = Map.groupBy(
    jobs.flatMap((job) => job.vms.map((id) => ({ id, job }))),
    ({ id }) => id,
  );
  return (scopeOf(cloud)?.vms ?? []).map(({ vm, terms }): Plan => {
    const own = shownVms.get(vm.id);
    const ofJobs = (holding.get(vm.id) ?? []).map(({ job }) => job);
    const looked = ofJobs.flatMap(({ id }) => shownJobs.get(id) ?? []);
    const judge = wayOf(cloud, terms.datastores);
    const actions = [
      ...(own && 'value' in own ? judge.own(own.value) : []),
      ...looked.flatMap((job) => ('value' in job ? judge.ofJob(job.value, vm) : [])),
    ];
    return {
      ...{ vm, terms, jobs: ofJobs },
      lock: (own && 'value' in own ? own.value : vm).lock,
      counted: actions.flatMap((each) => each.counted ?? []),
      idle: actions.flatMap((each) => each.idle ?? []),
      hidden: [own, ...looked, backups.jobs].flatMap((each) => (each && 'fault' in each ? each : [])),
      evidence: [...(own?.evidence ?? frontend.virtualMachines.evidence), ...looked.flatMap(({ evidence }) => evidence)],
    };
  });
}

/** How an action is looked at: whether it counts, or, of one that repeats, why it does not. */
function wayOf(cloud: Audited, wanted: 'declared' | 'any') {
  const { frontend, backups } = cloud;
  const datastores = 'value' in frontend.datastores ? frontend.datastores.value : [];
  const declared = declaredDatastore(cloud)?.id;
  const clock = clockOf(backups);
  const elsewhere = (target: Datastore | undefined, id: string): string | undefined => {
    if (!target) return `goes to datastore ${id}, which is gone`;
    if (target.type !== 'bck') return `goes to datastore ${target.id}, which is no backup datastore`;
    return wanted === 'any' || target.id === declared
      ? undefined
      : `goes to datastore ${target.id}, which does not count (protect.datastores)`;
  };
  const hasEnded = (action: ScheduledAction) => clock !== undefined && !recurs(action, clock);
  const judged = (
    planned: Planned,
    which: string,
    why: string | undefined,
    way: Omit<Idle, 'why'> = {},
  ): { counted?: Planned; idle?: Idle } => {
    const { action } = planned;
    const reason = why ?? (hasEnded(action) ? 'has ended' : undefined);
    if (!action.repeats) return {};
    return reason === undefined ? { counted: planned } : { idle: { why: `${which} ${reason}`, ...way } };
  };
  const rejected = (said: string) => `is rejected (${withoutStop(said)})`;
  /** The same of one that OpenNebula will never come to. */
  const behind = ({ id }: ScheduledAction) => `waits behind action ${id}, which is rejected`;
  return {
    own: (vm: VirtualMachine) => {
      const stays = (action: ScheduledAction) => rejectionOf(action, vm) === 'stays';
      // One that is rejected for the state of the VM is taken up when that is over.
      const wayPast = (action: ScheduledAction): Omit<Idle, 'why'> =>
        /\bwrong state\b/.test(saidOf(action)) && !vm.ready
          ? { wake: bringUp(vm) }
          : { remove: quote(['onevm', 'sched-delete', vm.id, action.id]) };
      const first = queueOf(vm, clock?.now ?? 0).find(stays);
      return vm.backupActions.map((action) => {
        const own = stays(action) ? rejected(saidOf(action)) : elsewhere(targetOf(action, vm, datastores), action.datastoreId);
        const why = own ?? (first && behind(first));
        const blocking = stays(action) ? action : first;
        return judged({ action }, `action ${action.id}`, why, blocking && wayPast(blocking));
      });
    },
    ofJob: (job: ShownJob, vm: Protected['vm']) => {
      const stays = (action: ScheduledAction) => jobRejection(action) !== '';
      const wayPast = ({ id }: ScheduledAction) => ({ remove: quote(['onebackupjob', 'sched-delete', job.id, id]) });
      const first = job.actions.find(stays);
      return job.actions.map((action) => {
        const asOwn = { ...action, datastoreId: job.datastoreId, reset: job.reset };
        // The job's mode is the VM's from its next run on.
        const target = targetOf(asOwn, { ...vm, keepsIncrements: vm.keepsIncrements && job.mode === 'INCREMENT' }, datastores);
        const own = stays(action) ? rejected(jobRejection(action)) : elsewhere(target, job.datastoreId);
        const why = own ?? (first && behind(first));
        const blocking = stays(action) ? action : first;
        return judged({ action, job }, `action ${action.id} of job ${job.name} (${job.id})`, why, blocking && wayPast(blocking));
      });
    },
  };
}

const clockOf = ({ now, zone }: Audited['backups']): Clock | undefined =>
  'value' in now && 'value' in zone ? { now: now.value, zone: zone.value } : undefined;

/** What is scheduled, as people say it: daily 02:00 (job nightly); every 6 h. Empty where nothing recurs. */
export const planInWords = ({ counted }: Pick<Plan, 'counted'>, zone: string): string =>
  counted.map(({ action, job }) => `${inWords(action, zone)}${job ? ` (job ${job.name})` : ''}`).join('; ');

/** The part of an RPO that should be left for the backup itself. */
const LEFT = 0.05;

/** BDS-702: every VM of production is scheduled at least as often as its RPO asks. */
export const scheduledOftenEnough = check('BDS-702', ['backups', 'schedules'], (cloud): Judgement | readonly Judgement[] => {
  const { frontend, backups } = cloud;
  const { now, zone } = backups;
  const expected = expecting(frontend.name, 'its clock and time zone, by which OpenNebula schedules');
  if ('fault' in now) return expected.unseen(now);
  if ('fault' in zone) return expected.unseen(zone);
  const clock = { now: now.value, zone: zone.value };
  return plansOf(cloud).map((plan) => judgePlan(plan, clock, declaredDatastore(cloud)?.id));
});

/** A lock for USE: the recordings have every backup of such a VM refused, by itself and in a job. Of the others they have none. */
const LOCKED = '1';
const LEVELS: Readonly<Record<string, string>> = { [LOCKED]: 'USE', 2: 'MANAGE', 3: 'ADMIN' };

function judgePlan(plan: Plan, clock: Clock, declared: string | undefined): Judgement {
  const { vm, terms, counted, idle, hidden, lock, evidence } = plan;
  const { rpo } = terms;
  const limit = inPeriods(rpo);
  const subject = { kind: 'vm', name: vm.name, id: vm.id } as const;
  const expected = expecting(`${vm.name} (${vm.id})`, `a backup at least every ${limit}`);
  const gap = longestGap(
    counted.map(({ action }) => action),
    clock,
  );
  const measured = gap === undefined ? {} : { measured: `longest gap ${inPeriods(gap)} (RPO ${limit})` };
  const isOften = gap !== undefined && gap <= rpo;
  const level = `locked for ${LEVELS[lock] ?? lock} (LOCKED ${lock})`;
  const unlock = `Unlock it: ${quote(['onevm', 'unlock', vm.id])}`;
  if (lock === LOCKED) {
    const found = `that it is ${level}: OpenNebula refuses every backup of it`;
    const fix = isOften || hidden.length > 0 ? unlock : `${unlock}. ${adviceFor(plan, clock, declared)}`;
    return expected.notMet({ found, fix, subject, evidence, ...measured });
  }
  if (isOften && lock !== '') {
    const found = `that it is ${level}, and whether OpenNebula refuses backups of it then is unknown`;
    return expected.undetermined({ found, fix: unlock, subject, evidence, ...measured });
  }
  if (isOften) {
    const notes = [...closeTo(gap, rpo), ...endOf(counted, rpo, clock), ...besideJob(plan, clock)].map(
      (note) => `${vm.name} (${vm.id}): ${note}`,
    );
    return expected.met({ subject, evidence, ...measured, ...(notes.length > 0 && { note: notes.join(' ') }) });
  }
  const [unseen] = hidden;
  if (unseen) return expected.unseen({ ...unseen, fix: unseen.fix ?? 'Run it again.' }, { subject, ...measured });
  const aside = idle.length > 0 ? `; ${firstFew(idle.map(({ why }) => why))}` : '';
  const unscheduled = plan.jobs.length > 0 ? `, and none of job ${plan.jobs.map(({ name, id }) => `${name} (${id})`).join(', ')}` : '';
  const found =
    gap === undefined
      ? `no backup of it that repeats and counts${unscheduled}${aside}`
      : `up to ${inPeriods(gap)} between two: ${planInWords(plan, clock.zone)}${begins(counted, rpo, clock)}${aside}`;
  return expected.notMet({ found, fix: adviceFor(plan, clock, declared), subject, evidence, ...measured });
}

const closeTo = (gap: number, rpo: number): string[] =>
  gap > rpo * (1 - LEFT)
    ? [`the longest gap is ${inPeriods(gap)} of ${inPeriods(rpo)}, so that nothing is left for the backup itself.`]
    : [];

/**
 * What is met by its own schedule although it is in a job. OpenNebula 7 refuses a backup of it alone.
 * Source: VirtualMachineAPI::backup; nobody has recorded the refusal.
 */
function besideJob({ vm, jobs, counted, hidden, terms: { rpo } }: Plan, clock: Clock): string[] {
  const [job = vm.job] = jobs.map(({ name, id }) => `${name} (${id})`);
  if (job === '') return [];
  const own = counted.filter((planned) => !planned.job);
  const gap = longestGap(
    counted.filter((planned) => planned.job).map(({ action }) => action),
    clock,
  );
  const due = Math.min(...own.map(({ action }) => action.time));
  if (own.length === 0 || (gap !== undefined && gap <= rpo)) return [];
  return [
    `its own schedule counts, ${hidden.length > 0 ? `and that of its job ${job} is not known` : `without which that of its job ${job} is too rare`}. Newer releases of OpenNebula refuse single backups of a VM in a job: look whether it has a new restore point after ${asDate(shownAt(due, clock.zone))}, when its own is due next.`,
  ];
}

/** What is met as long as a schedule has not ended. */
function endOf(counted: readonly Planned[], rpo: number, clock: Clock): string[] {
  const isEndless = ({ action: { times, until } }: Planned) => Math.min(times, until) === Number.POSITIVE_INFINITY;
  const lasting = longestGap(
    counted.filter(isEndless).map(({ action }) => action),
    clock,
  );
  if (lasting !== undefined && lasting <= rpo) return [];
  return counted
    .filter((planned) => !isEndless(planned))
    .map(({ action: { id, times, until } }) =>
      until === Number.POSITIVE_INFINITY
        ? `action ${id} ends after ${times} more runs.`
        : `action ${id} ends at ${asDate(shownAt(until, clock.zone))}.`,
    );
}

/** When the first is due, where that is later than it should be. */
function begins(counted: readonly Planned[], rpo: number, { now, zone }: Clock): string {
  const first = Math.min(...counted.map(({ action }) => action.time));
  return first - now > rpo ? `, first at ${asDate(shownAt(first, zone))}` : '';
}

/** Hours between two backups, of which the largest that an RPO allows is advised. */
const HOURS = [24, 12, 8, 6, 4, 3, 2, 1];

/** The very command that schedules it as often as its RPO asks: by its job, if it is in one. */
function adviceFor({ vm, terms: { rpo }, idle, jobs }: Plan, { now, zone }: Clock, declared: string | undefined): string {
  const [asleep] = idle.flatMap(({ wake }) => wake ?? []);
  if (asleep !== undefined) return asleep;
  const hours = HOURS.find((each) => each * 3600 <= rpo * (1 - LEFT));
  if (hours === undefined) return 'OpenNebula repeats a backup once an hour at most: declare a longer RPO.';
  const [blocking] = idle.flatMap(({ remove }) => remove ?? []);
  const next = Math.ceil(shownAt(now, zone) / 3600 + 0.25) * 3600;
  const [job] = jobs;
  const what = job ? ['onebackupjob', 'backup', job.id] : ['onevm', 'backup', '-d', declared ?? 'DATASTORE', vm.id];
  const command = quote([...what, '--schedule', asDate(next), '--hourly', String(hours)]);
  return `${blocking === undefined ? '' : `Remove what is rejected, it blocks those behind it: ${blocking}. `}Schedule it: ${command}`;
}
