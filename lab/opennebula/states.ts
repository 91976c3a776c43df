/** The numbers in OpenNebula's objects and the words its command line has for them (7.4). */

/** An id's word, or nothing for a number outside the list. */
export function word(words: readonly string[], id: number): string {
  return words[id] ?? '';
}

export const DATASTORE_TYPES = ['IMAGE', 'SYSTEM', 'FILE', 'BACKUP'];
export const SHORT_DATASTORE_TYPES = ['img', 'sys', 'fil', 'bck'];
export const DATASTORE_STATES = ['READY', 'DISABLED'];
export const SHORT_DATASTORE_STATES = ['on', 'off'];

export const DISK_TYPES = [
  'FILE',
  'CD_ROM',
  'BLOCK',
  'RBD',
  'RBD_CDROM',
  'GLUSTER',
  'GLUSTER_CDROM',
  'SHEEPDOG',
  'SHEEPDOG_CDROM',
  'ISCSI',
];

export const HOST_STATES = [
  'INIT',
  'MONITORING_MONITORED',
  'MONITORED',
  'ERROR',
  'DISABLED',
  'MONITORING_ERROR',
  'MONITORING_INIT',
  'MONITORING_DISABLED',
  'OFFLINE',
];
export const SHORT_HOST_STATES = ['init', 'update', 'on', 'err', 'dsbl', 'retry', 'init', 'dsbl', 'off'];

export const IMAGE_TYPES = ['OS', 'CDROM', 'DATABLOCK', 'KERNEL', 'RAMDISK', 'CONTEXT', 'BACKUP', 'FILESYSTEM'];
export const SHORT_IMAGE_TYPES = ['OS', 'CD', 'DB', 'KL', 'RD', 'CX', 'BK', 'FS'];
export const SHORT_IMAGE_STATES = ['init', 'rdy', 'used', 'disa', 'lock', 'err', 'clon', 'dele', 'used', 'lock', 'lock'];

export const VM_STATES = [
  'INIT',
  'PENDING',
  'HOLD',
  'ACTIVE',
  'STOPPED',
  'SUSPENDED',
  'DONE',
  'FAILED',
  'POWEROFF',
  'UNDEPLOYED',
  'CLONING',
  'CLONING_FAILURE',
];
export const SHORT_VM_STATES = ['init', 'pend', 'hold', 'actv', 'stop', 'susp', 'done', 'fail', 'poff', 'unde', 'clon', 'fail'];

/** Name and short name of each LCM state, by number. */
export const LCM_STATES = [
  'LCM_INIT',
  'PROLOG prol',
  'BOOT boot',
  'RUNNING runn',
  'MIGRATE migr',
  'SAVE_STOP save',
  'SAVE_SUSPEND save',
  'SAVE_MIGRATE save',
  'PROLOG_MIGRATE migr',
  'PROLOG_RESUME prol',
  'EPILOG_STOP epil',
  'EPILOG epil',
  'SHUTDOWN shut',
  'CANCEL shut',
  'FAILURE fail',
  'CLEANUP_RESUBMIT clea',
  'UNKNOWN unkn',
  'HOTPLUG hotp',
  'SHUTDOWN_POWEROFF shut',
  'BOOT_UNKNOWN boot',
  'BOOT_POWEROFF boot',
  'BOOT_SUSPENDED boot',
  'BOOT_STOPPED boot',
  'CLEANUP_DELETE clea',
  'HOTPLUG_SNAPSHOT snap',
  'HOTPLUG_NIC hotp',
  'HOTPLUG_SAVEAS hotp',
  'HOTPLUG_SAVEAS_POWEROFF hotp',
  'HOTPLUG_SAVEAS_SUSPENDED hotp',
  'SHUTDOWN_UNDEPLOY shut',
  'EPILOG_UNDEPLOY epil',
  'PROLOG_UNDEPLOY prol',
  'BOOT_UNDEPLOY boot',
  'HOTPLUG_PROLOG_POWEROFF hotp',
  'HOTPLUG_EPILOG_POWEROFF hotp',
  'BOOT_MIGRATE boot',
  'BOOT_FAILURE fail',
  'BOOT_MIGRATE_FAILURE fail',
  'PROLOG_MIGRATE_FAILURE fail',
  'PROLOG_FAILURE fail',
  'EPILOG_FAILURE fail',
  'EPILOG_STOP_FAILURE fail',
  'EPILOG_UNDEPLOY_FAILURE fail',
  'PROLOG_MIGRATE_POWEROFF migr',
  'PROLOG_MIGRATE_POWEROFF_FAILURE fail',
  'PROLOG_MIGRATE_SUSPEND migr',
  'PROLOG_MIGRATE_SUSPEND_FAILURE fail',
  'BOOT_UNDEPLOY_FAILURE fail',
  'BOOT_STOPPED_FAILURE fail',
  'PROLOG_RESUME_FAILURE fail',
  'PROLOG_UNDEPLOY_FAILURE fail',
  'DISK_SNAPSHOT_POWEROFF snap',
  'DISK_SNAPSHOT_REVERT_POWEROFF snap',
  'DISK_SNAPSHOT_DELETE_POWEROFF snap',
  'DISK_SNAPSHOT_SUSPENDED snap',
  'DISK_SNAPSHOT_REVERT_SUSPENDED snap',
  'DISK_SNAPSHOT_DELETE_SUSPENDED snap',
  'DISK_SNAPSHOT snap',
  'DISK_SNAPSHOT_REVERT',
  'DISK_SNAPSHOT_DELETE snap',
  'PROLOG_MIGRATE_UNKNOWN migr',
  'PROLOG_MIGRATE_UNKNOWN_FAILURE fail',
  'DISK_RESIZE drsz',
  'DISK_RESIZE_POWEROFF drsz',
  'DISK_RESIZE_UNDEPLOYED drsz',
  'HOTPLUG_NIC_POWEROFF hotp',
  'HOTPLUG_RESIZE hotp',
  'HOTPLUG_SAVEAS_UNDEPLOYED hotp',
  'HOTPLUG_SAVEAS_STOPPED hotp',
  'BACKUP back',
  'BACKUP_POWEROFF back',
  'RESTORE rest',
];

/** What VM/HISTORY_RECORDS/HISTORY/ACTION means. */
export const HISTORY_ACTIONS = (
  'none migrate live-migrate shutdown shutdown-hard undeploy undeploy-hard hold release stop suspend resume boot delete ' +
  'delete-recreate reboot reboot-hard resched unresched poweroff poweroff-hard disk-attach disk-detach nic-attach nic-detach ' +
  'disk-snapshot-create disk-snapshot-delete terminate terminate-hard disk-resize deploy chown chmod updateconf rename resize ' +
  'update snapshot-resize snapshot-delete snapshot-revert disk-saveas disk-snapshot-revert recover retry monitor ' +
  'disk-snapshot-rename alias-attach alias-detach poweroff-migrate poweroff-hard-migrate backup nic-update backup-cancel ' +
  'sched-add sched-update sched-delete sg-attach sg-detach pci-attach pci-detach restore'
).split(' ');
