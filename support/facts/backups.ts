import { MiB, type Shell } from '../machines/shell.ts';
import { answerTo, type Probe, type Survey, survey } from '../machines/survey.ts';
import { IN_TIME, isNotFound } from '../machines/timeout.ts';
import { firstLine } from '../machines/words.ts';
import { readAnswer } from '../opennebula/ask.ts';
import { failuresOf, otherErrorAt } from '../opennebula/failures.ts';
import { type Image, parseImages } from '../opennebula/images.ts';
import { type BackupJob, parseJob, parseJobs, type ShownJob } from '../opennebula/jobs.ts';
import { keptOf } from '../opennebula/kept.ts';
import { judgedLines } from '../opennebula/log.ts';
import { hasManyImages, lookAtImages, SLOW } from '../opennebula/pages.ts';
import type { ListedVirtualMachine } from '../opennebula/pools.ts';
import { type Limits, readLimits } from '../opennebula/queue.ts';
import { lastBackups } from '../opennebula/restore-points.ts';
import { type Kind, lookAtMany, MANY } from '../opennebula/xmlrpc.ts';
import type { Looked } from '../outcome/evidence.ts';
import type { Site } from '../site/schema.ts';
import type { FrontendFacts } from './frontend.ts';
import { limitsProbe } from './schedules.ts';
import { scopeOf } from './scope.ts';
import { zoneIn, zoneProbe } from './zone.ts';

/** What OpenNebula knows of the backups there are, and of its backup jobs. */
export interface Backups {
  /** Backup images alone, of all datastores. */
  readonly images: Looked<readonly Image[]>;
  /** The front-end's clock right before they were listed, seconds since the epoch. */
  readonly now: Looked<number>;
  /** The time zone of OpenNebula's clock, as IANA names it: Europe/Berlin. Its times that name no zone are in it. */
  readonly zone: Looked<string>;
  /** Undefined where this OpenNebula has no backup jobs (before 6.8). */
  readonly jobs: Looked<readonly BackupJob[] | undefined>;
  /** Those of them that have scheduled actions, one by one as OpenNebula shows them, or why it does not. */
  readonly shownJobs: readonly (Looked<ShownJob> & { readonly listed: BackupJob })[];
  /** How many backups OpenNebula makes at a time. */
  readonly limits: Limits;
  /** What is judged of the logs of those VMs of production whose last backup failed, or may have, by their id. */
  readonly logs: ReadonlyMap<string, Log>;
}

/** `unread` where nobody has looked: there are too many, or it was too late. */
export type Log = Looked<string> & { readonly unread?: true };

/** A pool of 40,000 images is 100 MB of XML. */
const poolCap = 256 * MiB;

/** Asks the front-end for its backups and its jobs; then for those jobs that have a schedule, which no list shows, and for the logs of what failed. */
export async function surveyBackups(shell: Shell, site: Site, frontend: FrontendFacts): Promise<Backups> {
  const { datastores } = frontend;
  const { command: deadline } = site.deadlines;
  const slow = Math.max(deadline, SLOW);
  const areMany = hasManyImages(datastores);
  const probes: Probe[] = [
    zoneProbe(deadline),
    { name: 'now', argv: ['date', '+%s'], deadline },
    limitsProbe(deadline),
    ...(areMany ? [] : [{ name: 'images', argv: ['oneimage', 'list', '-x'], deadline: slow } as const]),
    { name: 'jobs', argv: ['onebackupjob', 'list', '-x'], deadline, when: IN_TIME },
  ];
  const told = await survey(shell, probes, { deadline: 2 * slow + 2 * deadline, cap: poolCap });
  const images = areMany ? await lookAtImages(shell, datastores, slow) : pool(told, 'images', parseImages);
  const jobs = listedJobs(told);
  const scheduled = 'value' in jobs ? (jobs.value ?? []).filter((job) => job.scheduled.length > 0) : [];
  const now = answerTo(told, 'now', ({ stdout }) => (/^\d{1,11}$/.test(stdout) ? Number(stdout) : undefined));
  const known = {
    images: 'value' in images ? { ...images, value: images.value.filter(({ isBackup }) => isBackup) } : images,
    ...{ now, zone: 'value' in now ? zoneIn(told, now.value) : now },
    jobs,
    limits: readLimits(told.answers.get('limits')?.stdout ?? ''),
  };
  const failed = lastFailed(
    (scopeOf({ site, frontend })?.vms ?? []).map(({ vm }) => vm),
    known,
  );
  return {
    ...known,
    shownJobs: scheduled.length === 0 ? [] : await showJobs(shell, scheduled, deadline),
    logs: failed.length === 0 ? new Map() : await readLogs(shell, failed, deadline),
  };
}

/** The logs of no more VMs are read, and no more bytes of each. */
const [LOGS, BYTES] = [20, MiB];

/** The VMs whose last backup failed, or may have: first those of which the log alone tells whether it did; of each the latest first. */
function lastFailed(vms: readonly ListedVirtualMachine[], { images, jobs, zone }: Pick<Backups, 'images' | 'jobs' | 'zone'>): string[] {
  if ('fault' in images || 'fault' in zone) return [];
  const known = 'value' in jobs ? (jobs.value ?? []) : [];
  const newest = lastBackups(images.value);
  const since = (vms: readonly { readonly id: string; readonly at: number }[]) =>
    vms.filter(({ id, at }) => at > (newest.get(id) ?? 0)).toSorted((a, b) => b.at - a.at);
  const failed = since(vms.map((vm) => ({ id: vm.id, at: Math.max(...failuresOf(vm, known, zone.value).map(({ at = 0 }) => at)) })));
  // An error of another kind may have taken the place of that of a backup.
  const others = since(vms.map((vm) => ({ id: vm.id, at: otherErrorAt(vm, zone.value) ?? 0 })));
  return [...new Set([...others, ...failed].map(({ id }) => id))];
}

async function readLogs(shell: Shell, all: readonly string[], deadline: number): Promise<Backups['logs']> {
  const [vms, others] = [all.slice(0, LOGS), all.slice(LOGS)];
  const file = (vm: string) => `/var/log/one/${vm}.log`;
  const probes = vms.map((vm): Probe => ({ name: `log-${vm}`, argv: ['tail', '-c', String(BYTES), '--', file(vm)], deadline }));
  const told = await survey(shell, probes, { deadline: deadline + vms.length, cap: 2 * LOGS * BYTES });
  const none: Log = { fault: `its log was not read: ${LOGS} at most`, evidence: [], unread: true };
  return new Map([...vms.map((vm) => [vm, logOf(told, `log-${vm}`)] as const), ...others.map((vm) => [vm, none] as const)]);
}

/** What is judged of a log, and no more of it: a step that fails writes the whole VM down. */
function logOf({ answers, asked, failure }: Survey, question: string): Log {
  const answer = answers.get(question);
  if (!answer) return { fault: failure?.message ?? 'its log was not read in time', evidence: [{ ...asked, stdout: '' }], unread: true };
  const { exitCode, stderr } = answer;
  const kept = { ...answer, stdout: judgedLines(answer.stdout) };
  if (exitCode === 0) return { value: kept.stdout, evidence: [kept] };
  return { fault: `its log could not be read: ${firstLine(stderr) || `exit ${exitCode}`}`, evidence: [kept] };
}

function pool<T>(told: Survey, question: string, parse: (xml: string) => T): Looked<T> {
  const answer = told.answers.get(question);
  if (answer) return { ...readAnswer(answer, parse), evidence: [keptOf(answer)] };
  return { fault: told.failure?.message ?? 'the front-end did not get as far as this question', evidence: [keptOf(told.asked)] };
}

function listedJobs(told: Survey): Backups['jobs'] {
  const answer = told.answers.get('jobs');
  return answer && isNotFound(answer) ? { value: undefined, evidence: [answer] } : pool(told, 'jobs', parseJobs);
}

const JOBS: Kind = { method: 'backupjob.info', argv: ['onebackupjob', 'show', '-x'], called: 'job' };

async function showJobs(shell: Shell, jobs: readonly BackupJob[], deadline: number): Promise<Backups['shownJobs']> {
  const listed = (id: string) => jobs.find((job) => job.id === id) as BackupJob;
  const read = (xml: string, id: string) => whole(parseJob(xml), listed(id));
  const ids = jobs.map(({ id }) => id);
  const together = (looked: readonly Looked<ShownJob>[]) => jobs.map((job, at) => ({ listed: job, ...(looked[at] as Looked<ShownJob>) }));
  if (jobs.length > MANY) return together(await lookAtMany(shell, JOBS, ids, read, deadline));
  const probes = ids.map((id): Probe => ({ name: `job-${id}`, argv: [...JOBS.argv, id], deadline }));
  const told = await survey(shell, probes, { deadline: deadline + 3 * jobs.length, cap: poolCap });
  return together(ids.map((id) => pool(told, `job-${id}`, (xml) => read(xml, id))));
}

/** @throws Error when it is another job, or does not show all that is scheduled. */
function whole(job: ShownJob, listed: BackupJob): ShownJob {
  if (job.id !== listed.id) throw new Error(`found backup job ${job.id}, not ${listed.id}`);
  const missing = job.scheduled.filter((id) => !job.actions.some((action) => action.id === id));
  if (missing.length > 0) throw new Error(`found nothing of its scheduled action ${missing.join(', ')}`);
  return job;
}
