/** Runs of backup jobs: whose turn it is, by oned's rounds. Source: ScheduledActionManager::backup_jobs. */
import { cancelBackup, startBackup } from './backup.ts';
import { type Call, type Cloud, log, oneadmin } from './cloud.ts';
import { backupStarted, dropMember, emptyJob, membersOf, refused } from './jobs.ts';
import { isFull } from './scheduler.ts';
import { ids, int, OneError, type Tree, text } from './tree.ts';
import { backupConfig } from './vms.ts';

/** How a job has its virtual machines backed up. */
const SETTINGS = ['BACKUP_VOLATILE', 'FS_FREEZE', 'INCREMENT_MODE', 'KEEP_LAST', 'MODE'];

/** Starts one backup of a job, as the job has it made; what it was told of its own before is gone from then on. */
function startFor(cloud: Cloud, job: Tree, vm: Tree): void {
  const [vmId, jobId] = [text(vm, 'ID'), text(job, 'ID')];
  const template = job.TEMPLATE as Tree;
  const wanted = Object.fromEntries(SETTINGS.map((name) => [name, text(template, name)]));
  (vm.BACKUPS as Tree).BACKUP_CONFIG = backupConfig(vm, { BACKUP_CONFIG: wanted }, true);
  log('SCH', 'I', `Backup Job ${jobId} executing backup for VM ${vmId}`);
  try {
    startBackup(oneadmin(cloud), Number(vmId), Number(template.DATASTORE_ID ?? -1), text(template, 'RESET') === 'YES');
    backupStarted(job, vmId);
  } catch (error) {
    if (!(error instanceof OneError)) throw error;
    refused(job, vmId, error.message);
    log('SCH', 'E', `[backup] ${error.message}`);
  }
}

/** A round of one job: the machines whose turn it is, until one has to wait. Those that are gone are taken out without a word to anybody. */
function advance(cloud: Cloud, job: Tree): void {
  for (const vmId of membersOf(job).filter((id) => ids(job, 'OUTDATED_VMS').includes(id))) {
    if (text(job, 'TEMPLATE/EXECUTION') === 'SEQUENTIAL' && ids(job, 'BACKING_UP_VMS').length > 0) return;
    const vm = cloud.state.vms.find((one) => text(one, 'ID') === vmId);
    if (!vm || text(vm, 'STATE') === '6') {
      dropMember(job, vmId);
      log('SCH', 'D', `Backup Job ${text(job, 'ID')}: ${vm ? 'Removing done' : 'Remove non-exist'} VM ${vmId}`);
    } else if (isFull(cloud, vm)) return;
    else startFor(cloud, job, vm);
  }
}

/** One round of all jobs that have backups to begin, those of the highest priority first. */
export function advanceJobs(cloud: Cloud): void {
  const pending = cloud.state.jobs.filter((job) => ids(job, 'OUTDATED_VMS').length > 0);
  for (const job of pending.toSorted((one, other) => int(other, 'PRIORITY') - int(one, 'PRIORITY'))) advance(cloud, job);
  if (pending.length > 0) cloud.save();
}

/** Ends a run: what waits is forgotten, what is being backed up is cancelled. */
export function cancelJob(call: Call, id: number): void {
  for (const vmId of emptyJob(call, id)) {
    try {
      cancelBackup(call, Number(vmId));
    } catch (error) {
      if (!(error instanceof OneError)) throw error;
    }
  }
}
