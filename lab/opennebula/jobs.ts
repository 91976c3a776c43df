/** Backup jobs: what they are, and which of their virtual machines are backed up, wait, or failed. Source: BackupJob.cc. */
import { type Call, type Cloud, checkName, requireAdminOf, requireManage } from './cloud.ts';
import { longTime, now } from './format.ts';
import { ownership } from './state.ts';
import { parseTemplate, withAttributes } from './template.ts';
import { find, idList, ids, int, OneError, type Tree, text, trees } from './tree.ts';

/** The lists in which a job has its virtual machines. */
export type List = 'UPDATED_VMS' | 'OUTDATED_VMS' | 'BACKING_UP_VMS' | 'ERROR_VMS';
const LISTS: readonly List[] = ['UPDATED_VMS', 'OUTDATED_VMS', 'BACKING_UP_VMS', 'ERROR_VMS'];

const numbers = (list: string): string[] => [...new Set(list.split(',').map((id) => id.trim()))].filter(Boolean);

/** The virtual machines of a job, in the order in which they are to be backed up. */
export const membersOf = (job: Tree): string[] => numbers(text(job, 'TEMPLATE/BACKUP_VMS'));

/** Takes a virtual machine out of a job's lists, and puts it into one, lowest id first. */
function move(job: Tree, vmId: string, to?: List): void {
  for (const list of LISTS) {
    const others = ids(job, list).filter((id) => id !== vmId);
    job[list] = idList(list === to ? [...others, vmId].sort((one, other) => Number(one) - Number(other)) : others);
  }
}

const attribute = (job: Tree, changes: Tree): void => {
  job.TEMPLATE = withAttributes(job.TEMPLATE as Tree, changes);
};

function clearError(job: Tree): void {
  const { ERROR: _error, ...template } = job.TEMPLATE as Tree;
  job.TEMPLATE = template;
}

/** A job's template with what is not said, and without what it is not. */
function settings(given: Tree): Tree {
  const { NAME: _name, PRIORITY: _priority, SCHED_ACTION: _actions, ...template } = given;
  const one = (name: string, words: string[]) => words.find((word) => word === text(given, name).toUpperCase()) ?? words[0] ?? '';
  return withAttributes(template, {
    BACKUP_VMS: numbers(text(given, 'BACKUP_VMS')).join(','),
    BACKUP_VOLATILE: ['YES', 'TRUE'].includes(text(given, 'BACKUP_VOLATILE').toUpperCase()) ? 'YES' : 'NO',
    EXECUTION: one('EXECUTION', ['SEQUENTIAL', 'PARALLEL']),
    FS_FREEZE: one('FS_FREEZE', ['NONE', 'AGENT', 'SUSPEND']),
    INCREMENT_MODE: one('INCREMENT_MODE', ['CBT', 'SNAPSHOT']),
    KEEP_LAST: String(Math.max(0, int(given, 'KEEP_LAST'))),
    MODE: one('MODE', ['FULL', 'INCREMENT']),
  });
}

/** Its state is all that is needed of a cloud. */
type Known = Pick<Cloud, 'state'>;

const vmsOf = (cloud: Known, list: readonly string[]): Tree[] => cloud.state.vms.filter((vm) => list.includes(text(vm, 'ID')));

/** Tells virtual machines that they are in a job: all of them, or none where one is in another. Those that do not exist are not asked. */
export function join(cloud: Known, id: string, list: readonly string[]): void {
  const vms = vmsOf(cloud, list);
  for (const vm of vms) {
    const other = find(vm, 'BACKUPS/BACKUP_CONFIG/BACKUP_JOB_ID') ?? id;
    if (other !== id) throw new OneError(`Unable to add VM ${text(vm, 'ID')} to Backup Job ${id}. It's already in Backup Job ${other}`);
  }
  for (const vm of vms) {
    const backups = vm.BACKUPS as Tree;
    backups.BACKUP_CONFIG = withAttributes(backups.BACKUP_CONFIG as Tree, { BACKUP_JOB_ID: id });
  }
}

/** Virtual machines leave a job; how it had them backed up stays with them, but for the chain. */
export function leave(cloud: Known, id: string, list: readonly string[]): void {
  for (const vm of vmsOf(cloud, list)) {
    const backups = vm.BACKUPS as Tree;
    const { BACKUP_JOB_ID, ...config } = backups.BACKUP_CONFIG as Tree;
    if (BACKUP_JOB_ID !== id) continue;
    const forgotten = config.MODE === 'INCREMENT' ? { INCREMENTAL_BACKUP_ID: '-1', LAST_INCREMENT_ID: '-1' } : {};
    backups.BACKUP_CONFIG = withAttributes(config, forgotten);
  }
}

/** Makes a job, and returns its id. Whether its datastore is one for backups, or there at all, is not asked, nor whether its machines are. */
export function allocateJob({ cloud, user }: Call, source: string): number {
  const given = parseTemplate(source);
  const own = cloud.state.jobs.filter((job) => int(job, 'UID') === user.id);
  const name = checkName(text(given, 'NAME'), { kind: 'BACKUPJOB', objects: own });
  const template = settings(given);
  join(cloud, String(cloud.state.nextId.jobs), numbers(text(template, 'BACKUP_VMS')));
  const id = cloud.newId('jobs');
  const priority = Number(find(given, 'PRIORITY') ?? 50);
  cloud.state.jobs.push({
    ...ownership(id, name, { user }),
    PRIORITY: String(priority >= 0 && priority <= 99 ? priority : 50),
    ...{ LAST_BACKUP_TIME: '0', LAST_BACKUP_DURATION: '0', SCHED_ACTIONS: {} },
    ...Object.fromEntries(LISTS.map((list) => [list, {}])),
    TEMPLATE: template,
  });
  return id;
}

/** Changes a job's attributes; machines that it no longer has are free of it. */
export function updateJob({ cloud, user }: Call, id: number, source: string, append: boolean): void {
  const job = cloud.get('jobs', id);
  requireManage(user, 'BACKUPJOB', job);
  const { SCHED_ACTION, ...old } = job.TEMPLATE as Tree;
  const template = settings({ ...(append ? old : {}), ...parseTemplate(source) });
  const members = numbers(text(template, 'BACKUP_VMS'));
  join(cloud, String(id), members);
  const gone = membersOf(job).filter((vmId) => !members.includes(vmId));
  leave(cloud, String(id), gone);
  for (const vmId of gone) move(job, vmId);
  job.TEMPLATE = { ...template, ...(SCHED_ACTION && { SCHED_ACTION }) };
}

export function deleteJob({ cloud, user }: Call, id: number): void {
  const job = cloud.get('jobs', id);
  requireManage(user, 'BACKUPJOB', job);
  leave(cloud, String(id), membersOf(job));
  cloud.state.jobs = cloud.state.jobs.filter((other) => other !== job);
}

/** Begins a run: all of a job's virtual machines are to be backed up, when it is their turn. */
export function runJob({ cloud, user }: Call, id: number): void {
  const job = cloud.get('jobs', id);
  requireManage(user, 'BACKUPJOB', job);
  if (ids(job, 'OUTDATED_VMS').length + ids(job, 'BACKING_UP_VMS').length > 0)
    throw new OneError('Unable to execute Backup Job, pending backups in progress');
  const members = membersOf(job).sort((one, other) => Number(one) - Number(other));
  Object.assign(job, { UPDATED_VMS: {}, ERROR_VMS: {}, OUTDATED_VMS: idList(members), LAST_BACKUP_TIME: String(now()) });
  clearError(job);
}

/** What failed is to be backed up again. */
export function retryJob({ cloud, user }: Call, id: number): void {
  const job = cloud.get('jobs', id);
  requireManage(user, 'BACKUPJOB', job);
  for (const vmId of ids(job, 'ERROR_VMS')) move(job, vmId, 'OUTDATED_VMS');
  clearError(job);
}

/** Ends a run; returns the virtual machines that are being backed up. */
export function emptyJob({ cloud, user }: Call, id: number): string[] {
  const job = cloud.get('jobs', id);
  requireManage(user, 'BACKUPJOB', job);
  const running = ids(job, 'BACKING_UP_VMS');
  Object.assign(job, { OUTDATED_VMS: {}, BACKING_UP_VMS: {} });
  return running;
}

/** The highest priority that is not for administrators alone. */
const USERS_PRIORITY = 49;

export function setPriority({ cloud, user }: Call, id: number, priority: number): void {
  if (!(priority >= 0 && priority <= 99)) throw new OneError('Wrong priority value');
  const job = cloud.get('jobs', id);
  (priority > USERS_PRIORITY ? requireAdminOf : requireManage)(user, 'BACKUPJOB', job);
  job.PRIORITY = String(priority);
}

/** A virtual machine's backup has begun for a job. */
export const backupStarted = (job: Tree, vmId: string): void => move(job, vmId, 'BACKING_UP_VMS');

/** A virtual machine's backup has ended: the job that it is in is told, whoever asked for the backup. */
export function backupEnded(cloud: Cloud, vm: Tree, success: boolean): void {
  const job = cloud.state.jobs.find((one) => text(one, 'ID') === find(vm, 'BACKUPS/BACKUP_CONFIG/BACKUP_JOB_ID'));
  if (!job) return;
  move(job, text(vm, 'ID'), success ? 'UPDATED_VMS' : 'ERROR_VMS');
  job.LAST_BACKUP_DURATION = String(now() - int(job, 'LAST_BACKUP_TIME'));
}

/** A virtual machine's backup could not begin: the job keeps the reason. */
export function refused(job: Tree, vmId: string, reason: string): void {
  move(job, vmId, 'ERROR_VMS');
  attribute(job, { ERROR: `${longTime(now())} : [backup] ${reason}` });
}

/** A virtual machine that is gone is taken out of a job. */
export function dropMember(job: Tree, vmId: string): void {
  move(job, vmId);
  attribute(job, {
    BACKUP_VMS: membersOf(job)
      .filter((id) => id !== vmId)
      .join(','),
  });
}

/** A job as lists have it: of its scheduled actions the ids alone. */
export function shortJob(job: Tree): Tree {
  const { SCHED_ACTION: _actions, ...template } = trees(job, 'TEMPLATE')[0] ?? {};
  return { ...job, TEMPLATE: template };
}
