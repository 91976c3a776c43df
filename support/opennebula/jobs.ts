import { identified, ids, list, members, whole } from './members.ts';
import { type ScheduledAction, scheduledAction } from './pools.ts';
import { children, type Element, parseRoot, text } from './xml.ts';

/** A backup job as `onebackupjob list -x` shows it; since OpenNebula 6.8. Its settings override those of its VMs. */
export interface BackupJob {
  readonly id: string;
  readonly name: string;
  /** The ids of its VMs; some may be gone. */
  readonly vms: readonly string[];
  readonly datastoreId: string;
  readonly mode: string;
  /** RESET: each of its runs begins new chains. */
  readonly reset: boolean;
  /** How many are kept; 0: all of them. */
  readonly keepLast: number;
  /** FS_FREEZE: NONE, AGENT or SUSPEND. */
  readonly freeze: string;
  /** When a run was last asked for, whatever became of it, seconds since the epoch; 0 where none was. */
  readonly lastAsked: number;
  /** Seconds from there to the end of the last VM that was backed up; of the run before, until the first one is. */
  readonly lasted: number;
  /** The ids of VMs whose turn has come, that are being backed up, that are done, and of which the backup failed. */
  readonly outdated: readonly string[];
  readonly backingUp: readonly string[];
  readonly updated: readonly string[];
  readonly failed: readonly string[];
  /** TEMPLATE/ERROR: why the last run failed, with its time; a run without an error takes it away. */
  readonly error: string;
  /** The ids of its scheduled actions, which the list does not show. */
  readonly scheduled: readonly string[];
}

/** The same as `onebackupjob show -x` shows it, with what is scheduled. */
export interface ShownJob extends BackupJob {
  readonly actions: readonly ScheduledAction[];
}

/** @throws Error when the text is not a pool of backup jobs. */
export function parseJobs(xml: string): BackupJob[] {
  return members(xml, 'BACKUPJOB_POOL', 'BACKUPJOB', job);
}

/** @throws Error when the text is not one backup job. */
export function parseJob(xml: string): ShownJob {
  const element = identified(parseRoot(xml, 'BACKUPJOB'));
  const actions = children(children(element, 'TEMPLATE')[0], 'SCHED_ACTION');
  return { ...job(element), actions: actions.map((action) => scheduledAction(action, element)) };
}

function job(element: Element): BackupJob {
  return {
    id: text(element, 'ID'),
    name: text(element, 'NAME'),
    vms: list(text(element, 'TEMPLATE', 'BACKUP_VMS')),
    datastoreId: text(element, 'TEMPLATE', 'DATASTORE_ID'),
    mode: text(element, 'TEMPLATE', 'MODE'),
    // Source: Template::get of a bool, which knows this word alone; no recording has the attribute.
    reset: text(element, 'TEMPLATE', 'RESET').toUpperCase() === 'YES',
    keepLast: Number(text(element, 'TEMPLATE', 'KEEP_LAST')) || 0,
    freeze: text(element, 'TEMPLATE', 'FS_FREEZE').toUpperCase() || 'NONE',
    lastAsked: whole(text(element, 'LAST_BACKUP_TIME')) || 0,
    lasted: whole(text(element, 'LAST_BACKUP_DURATION')) || 0,
    outdated: ids(element, 'OUTDATED_VMS'),
    backingUp: ids(element, 'BACKING_UP_VMS'),
    updated: ids(element, 'UPDATED_VMS'),
    failed: ids(element, 'ERROR_VMS'),
    error: text(element, 'TEMPLATE', 'ERROR'),
    scheduled: ids(element, 'SCHED_ACTIONS'),
  };
}
