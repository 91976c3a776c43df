/** The numbers in OpenNebula's objects and the words its command line has for them (7.4). */
import { int, type Tree } from './tree.ts';

/** The words of numbers, by number: `WORD`, or `WORD:short` where lists have a shorter one. */
const words = (list: string): { long: string; short: string }[] =>
  list.split(' ').map((word) => {
    const [long = '', short = ''] = word.split(':');
    return { long, short };
  });

const DATASTORE_TYPES = words('IMAGE:img SYSTEM:sys FILE:fil BACKUP:bck');
const DATASTORE_STATES = words('READY:on DISABLED:off');
const DISK_TYPES = words('FILE CD_ROM BLOCK RBD RBD_CDROM GLUSTER GLUSTER_CDROM SHEEPDOG SHEEPDOG_CDROM ISCSI');
const VM_STATES = words(
  'INIT:init PENDING:pend HOLD:hold ACTIVE:actv STOPPED:stop SUSPENDED:susp DONE:done FAILED:fail POWEROFF:poff UNDEPLOYED:unde ' +
    'CLONING:clon CLONING_FAILURE:fail',
);
const LCM_STATES = words(
  'LCM_INIT PROLOG:prol BOOT:boot RUNNING:runn MIGRATE:migr SAVE_STOP:save SAVE_SUSPEND:save SAVE_MIGRATE:save PROLOG_MIGRATE:migr ' +
    'PROLOG_RESUME:prol EPILOG_STOP:epil EPILOG:epil SHUTDOWN:shut CANCEL:shut FAILURE:fail CLEANUP_RESUBMIT:clea UNKNOWN:unkn ' +
    'HOTPLUG:hotp SHUTDOWN_POWEROFF:shut BOOT_UNKNOWN:boot BOOT_POWEROFF:boot BOOT_SUSPENDED:boot BOOT_STOPPED:boot ' +
    'CLEANUP_DELETE:clea HOTPLUG_SNAPSHOT:snap HOTPLUG_NIC:hotp HOTPLUG_SAVEAS:hotp HOTPLUG_SAVEAS_POWEROFF:hotp ' +
    'HOTPLUG_SAVEAS_SUSPENDED:hotp SHUTDOWN_UNDEPLOY:shut EPILOG_UNDEPLOY:epil PROLOG_UNDEPLOY:prol BOOT_UNDEPLOY:boot ' +
    'HOTPLUG_PROLOG_POWEROFF:hotp HOTPLUG_EPILOG_POWEROFF:hotp BOOT_MIGRATE:boot BOOT_FAILURE:fail BOOT_MIGRATE_FAILURE:fail ' +
    'PROLOG_MIGRATE_FAILURE:fail PROLOG_FAILURE:fail EPILOG_FAILURE:fail EPILOG_STOP_FAILURE:fail EPILOG_UNDEPLOY_FAILURE:fail ' +
    'PROLOG_MIGRATE_POWEROFF:migr PROLOG_MIGRATE_POWEROFF_FAILURE:fail PROLOG_MIGRATE_SUSPEND:migr ' +
    'PROLOG_MIGRATE_SUSPEND_FAILURE:fail BOOT_UNDEPLOY_FAILURE:fail BOOT_STOPPED_FAILURE:fail PROLOG_RESUME_FAILURE:fail ' +
    'PROLOG_UNDEPLOY_FAILURE:fail DISK_SNAPSHOT_POWEROFF:snap DISK_SNAPSHOT_REVERT_POWEROFF:snap ' +
    'DISK_SNAPSHOT_DELETE_POWEROFF:snap DISK_SNAPSHOT_SUSPENDED:snap DISK_SNAPSHOT_REVERT_SUSPENDED:snap ' +
    'DISK_SNAPSHOT_DELETE_SUSPENDED:snap DISK_SNAPSHOT:snap DISK_SNAPSHOT_REVERT DISK_SNAPSHOT_DELETE:snap ' +
    'PROLOG_MIGRATE_UNKNOWN:migr PROLOG_MIGRATE_UNKNOWN_FAILURE:fail DISK_RESIZE:drsz DISK_RESIZE_POWEROFF:drsz ' +
    'DISK_RESIZE_UNDEPLOYED:drsz HOTPLUG_NIC_POWEROFF:hotp HOTPLUG_RESIZE:hotp HOTPLUG_SAVEAS_UNDEPLOYED:hotp ' +
    'HOTPLUG_SAVEAS_STOPPED:hotp BACKUP:back BACKUP_POWEROFF:back RESTORE:rest',
);

/** Of a datastore its TYPE, STATE or DISK_TYPE in words; nothing for a number that has none. */
export function datastoreWord(datastore: Tree, element: 'TYPE' | 'STATE' | 'DISK_TYPE'): { long: string; short: string } {
  const list = { TYPE: DATASTORE_TYPES, STATE: DATASTORE_STATES, DISK_TYPE: DISK_TYPES }[element];
  return list[int(datastore, element)] ?? { long: '', short: '' };
}

/** The state of a virtual machine: RUNNING, or another by name; of one that is ACTIVE what it does. */
export function stateOf(vm: Tree): { long: string; short: string } {
  const state = VM_STATES[int(vm, 'STATE')] ?? { long: '', short: '' };
  return state.long === 'ACTIVE' ? (LCM_STATES[int(vm, 'LCM_STATE')] ?? { long: '', short: '' }) : state;
}

/** STATE and LCM_STATE of a state by name; of one whose name is an ACTIVE one's, both. */
export function numbersOf(state: string): { STATE: string; LCM_STATE: string } {
  const active = LCM_STATES.findIndex(({ long }) => long === state);
  if (active >= 0) return { STATE: '3', LCM_STATE: String(active) };
  return { STATE: String(VM_STATES.findIndex(({ long }) => long === state)), LCM_STATE: '0' };
}

/** What VM/HISTORY_RECORDS/HISTORY/ACTION means, by number. */
export const HISTORY_ACTIONS = (
  'none migrate live-migrate shutdown shutdown-hard undeploy undeploy-hard hold release stop suspend resume boot delete ' +
  'delete-recreate reboot reboot-hard resched unresched poweroff poweroff-hard disk-attach disk-detach nic-attach nic-detach ' +
  'disk-snapshot-create disk-snapshot-delete terminate terminate-hard disk-resize deploy chown chmod updateconf rename resize ' +
  'update snapshot-resize snapshot-delete snapshot-revert disk-saveas disk-snapshot-revert recover retry monitor ' +
  'disk-snapshot-rename alias-attach alias-detach poweroff-migrate poweroff-hard-migrate backup nic-update backup-cancel ' +
  'sched-add sched-update sched-delete sg-attach sg-detach pci-attach pci-detach restore'
).split(' ');
