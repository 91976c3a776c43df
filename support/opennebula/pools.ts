import { identified, ids, isYes, list, members, signed, whole, word } from './members.ts';
import { children, type Element, parseRoot, text } from './xml.ts';

/** A datastore as `onedatastore list -x` shows it. Sizes in MB, NaN where it shows none. */
export interface Datastore {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly dsMad: string;
  readonly tmMad: string;
  readonly state: string;
  readonly basePath: string;
  /** The ids of the clusters it serves. */
  readonly clusters: readonly string[];
  readonly totalMb: number;
  readonly freeMb: number;
  readonly usedMb: number;
  /** The ids of the images in it. */
  readonly images: readonly string[];
  readonly template: Element | undefined;
}

/** A hypervisor host as `onehost list -x` shows it. */
export interface Host {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  /** The driver of its VMs: kvm, qemu, lxc, …; empty where none is told. */
  readonly vmMad: string;
  /** The ids of the VMs that are on it, powered-off ones included. */
  readonly vms: readonly string[];
  /** The id of its cluster, and its name. */
  readonly cluster: string;
  readonly clusterName: string;
  /** OpenNebula's release, as its probes on the host report it; empty before the first monitoring. */
  readonly version: string;
}

/** include/Datastore.h: DatastoreType, and what `onedatastore list` prints. */
const datastoreTypes = ['img', 'sys', 'fil', 'bck'];
/** include/Datastore.h: DatastoreState, and what `onedatastore list` prints. */
const datastoreStates = ['on', 'off'];
/** include/Host.h: HostState, and what `onehost list` prints. */
const hostStates = ['init', 'update', 'on', 'err', 'dsbl', 'retry', 'init', 'dsbl', 'off'];

/** @throws Error when the text is not a datastore pool. */
export function parseDatastores(xml: string): Datastore[] {
  return members(xml, 'DATASTORE_POOL', 'DATASTORE', (element) => ({
    id: text(element, 'ID'),
    name: text(element, 'NAME'),
    type: word(datastoreTypes, text(element, 'TYPE')),
    dsMad: text(element, 'DS_MAD'),
    tmMad: text(element, 'TM_MAD'),
    state: word(datastoreStates, text(element, 'STATE')),
    basePath: text(element, 'BASE_PATH'),
    clusters: ids(element, 'CLUSTERS'),
    totalMb: signed(text(element, 'TOTAL_MB')),
    freeMb: signed(text(element, 'FREE_MB')),
    usedMb: signed(text(element, 'USED_MB')),
    images: ids(element, 'IMAGES'),
    template: children(element, 'TEMPLATE')[0],
  }));
}

/** @throws Error when the text is not a host pool. */
export function parseHosts(xml: string): Host[] {
  return members(xml, 'HOST_POOL', 'HOST', (element) => ({
    id: text(element, 'ID'),
    name: text(element, 'NAME'),
    state: word(hostStates, text(element, 'STATE')),
    vmMad: text(element, 'VM_MAD'),
    vms: ids(element, 'VMS'),
    cluster: text(element, 'CLUSTER_ID'),
    clusterName: text(element, 'CLUSTER'),
    version: text(element, 'TEMPLATE', 'VERSION'),
  }));
}

/** A VM as `onevm list -x --extended` shows it, as far as backups go. */
export interface ListedVirtualMachine {
  readonly id: string;
  readonly name: string;
  /** Its state in one word, as OpenNebula names it: RUNNING, POWEROFF, HOLD; of one that is ACTIVE otherwise than known here, by its number. */
  readonly state: string;
  /** A driver is backing it up: LCM_STATE BACKUP or BACKUP_POWEROFF. */
  readonly inBackup: boolean;
  /** Since when, seconds since the epoch: with each backup a record of its history begins. NaN where it is in none, or that is not told. */
  readonly backupSince: number;
  /** STATE POWEROFF: its disks are read by other means than those of a running one. */
  readonly poweredOff: boolean;
  /** RUNNING or POWEROFF: OpenNebula would begin a backup of it. */
  readonly ready: boolean;
  /** PENDING, HOLD or CLONING: it has not begun to run, or not again, and OpenNebula leaves its scheduled actions alone until it does. */
  readonly unborn: boolean;
  /** The name of the host it is on, or was on last; empty when it never was on one. */
  readonly host: string;
  /** The id of the system datastore its disks lie in; empty when it never was on a host. */
  readonly systemDatastore: string;
  /** The id of the cluster of that host; empty when it never was on one. */
  readonly cluster: string;
  /** The id of the user who owns it, and the name of its group. */
  readonly owner: string;
  readonly group: string;
  /** USER_TEMPLATE/LABELS. */
  readonly labels: readonly string[];
  /** When it was made, seconds since the epoch. */
  readonly made: number;
  /** Since when it does not run: where its last record was closed, else where that began. Undefined while it runs. Seconds since the epoch. */
  readonly restsSince: number | undefined;
  readonly disks: readonly Disk[];
  /** The sizes of its disks together, MB, as OpenNebula lists them. */
  readonly diskMb: number;
  /** BACKUP_CONFIG/BACKUP_VOLATILE: its volatile disks are backed up, too. */
  readonly backsUpVolatile: boolean;
  /** BACKUP_CONFIG/DISK_IDS: the only disks that are backed up; empty for all. */
  readonly chosenDisks: readonly string[];
  /** BACKUP_CONFIG/FS_FREEZE: NONE, AGENT or SUSPEND. */
  readonly freeze: string;
  /** The id of the backup job that holds it; empty where none does. */
  readonly job: string;
  /** BACKUP_CONFIG/MODE is INCREMENT. */
  readonly keepsIncrements: boolean;
  /** BACKUP_CONFIG/INCREMENT_MODE: how it finds out what has changed. In SNAPSHOT mode no second full backup can be made. */
  readonly incrementMode: 'CBT' | 'SNAPSHOT';
  /** Its history holds a backup, whatever became of that; of a list, which has the last record alone, it says nothing. */
  readonly wasBackedUp: boolean;
  /** BACKUP_CONFIG/ACTIVE_FLATTEN: its chain is being flattened, which begins when an increment has ended. */
  readonly flattens: boolean;
  /** How many increments are kept before they are flattened; 0: all of them. */
  readonly keepLast: number;
  /** The number of the last link of its chain; -1 where it has none. */
  readonly lastIncrement: number;
  /** The id of the image that holds its chain; empty where it has none. */
  readonly chain: string;
  /** The ids of its backup images. */
  readonly backups: readonly string[];
  /** USER_TEMPLATE/ERROR: the last that went wrong, with its time, cut short. A later success leaves it as it is. */
  readonly error: string;
  /** USER_TEMPLATE/SCHED_MESSAGE: why it has no host yet. */
  readonly waits: string;
  /** LOCK/LOCKED: what it is locked for, a number; empty where it is not. */
  readonly lock: string;
  /** The ids of its scheduled actions, which the list does not show; undefined where it does not even tell these, as before 6.8. */
  readonly scheduled: readonly string[] | undefined;
}

/** A disk of a VM. */
export interface Disk {
  readonly id: string;
  /** The name of its image; empty of a volatile one. */
  readonly image: string;
  /** FILE, BLOCK, RBD, CDROM, …; fs or swap of a volatile one. */
  readonly type: string;
  /** Of no image: it begins empty, and goes with the VM. */
  readonly isVolatile: boolean;
  readonly isReadOnly: boolean;
  /** It has a LUKS secret. */
  readonly isEncrypted: boolean;
  /** The driver of its storage: local, ssh, ceph, … */
  readonly tmMad: string;
  /** MB. */
  readonly sizeMb: number;
}

/** The same as `onevm show -x` shows it, with what is scheduled. */
export interface VirtualMachine extends ListedVirtualMachine {
  readonly backupActions: readonly ScheduledBackup[];
  /** Scheduled actions of other kinds. */
  readonly otherActions: readonly ScheduledAction[];
}

/** A scheduled action of a VM. Source: OpenNebula 7.4.0, include/ScheduledAction.h. */
export interface ScheduledAction {
  readonly id: string;
  /** When it is due, seconds since the epoch. */
  readonly time: number;
  /** When it was begun last, seconds since the epoch; -1 when it never was. */
  readonly done: number;
  /** It was begun, and is not due again. That says nothing of success. */
  readonly dispatched: boolean;
  /** It is due again and again. */
  readonly repeats: boolean;
  /** By what it is repeated; undefined where it is not. */
  readonly every: 'week' | 'month' | 'year' | 'hours' | undefined;
  /** On which days of it, counted from 0 of a week (Sunday) and a year, from 1 of a month; of hours, how many. */
  readonly days: readonly number[];
  /** How often it is begun still, and the last moment at which it is, seconds since the epoch; Infinity where there is no end. */
  readonly times: number;
  readonly until: number;
  /** Why OpenNebula rejected it; empty otherwise. */
  readonly message: string;
}

/** A scheduled backup of a VM. */
export interface ScheduledBackup extends ScheduledAction {
  /** Where a backup goes that adds to no chain. */
  readonly datastoreId: string;
  /** It begins a new chain. */
  readonly reset: boolean;
}

/** include/VirtualMachine.h: VmState. */
const states = 'INIT PENDING HOLD ACTIVE STOPPED SUSPENDED DONE FAILED POWEROFF UNDEPLOYED CLONING CLONING_FAILURE'.split(' ');
/** include/VirtualMachine.h: LcmState, of those that last. */
const activeStates: Readonly<Record<string, string>> = {
  ...{
    1: 'PROLOG',
    2: 'BOOT',
    3: 'RUNNING',
    4: 'MIGRATE',
    16: 'UNKNOWN',
    36: 'BOOT_FAILURE',
    39: 'PROLOG_FAILURE',
    69: 'BACKUP',
    70: 'BACKUP_POWEROFF',
  },
};

function stateOf(element: Element): string {
  const [state, active] = [text(element, 'STATE'), text(element, 'LCM_STATE')];
  return state === '3' ? (activeStates[active] ?? `ACTIVE (LCM_STATE ${active})`) : word(states, state);
}

/** include/VirtualMachine.h: LcmState BACKUP and BACKUP_POWEROFF. */
export const backupStates = ['69', '70'];

/** include/VMActions.h: BACKUP_ACTION. */
const BACKUP_ACTION = '50';

/** include/VirtualMachine.h: VmState POWEROFF; ACTIVE with LcmState RUNNING; INIT, PENDING, HOLD, CLONING. */
const POWEROFF = '8';
const RUNNING = '3/3';
const unbornStates = ['0', '1', '2', '10'];

/** @throws Error when the text is not a pool of VMs. */
export function parseVirtualMachines(xml: string): ListedVirtualMachine[] {
  return members(xml, 'VM_POOL', 'VM', listedVirtualMachine);
}

/** @throws Error when the text is not one VM. */
export function parseVirtualMachine(xml: string): VirtualMachine {
  const element = identified(parseRoot(xml, 'VM'));
  const vm = listedVirtualMachine(element);
  const actions = children(children(element, 'TEMPLATE')[0], 'SCHED_ACTION');
  const isBackup = (action: Element) => text(action, 'ACTION') === 'backup';
  return {
    ...vm,
    backupActions: actions.filter(isBackup).map((action) => {
      const [datastoreId = '', reset = ''] = text(action, 'ARGS').split(',');
      return { ...scheduledAction(action, element), datastoreId, reset: /^\s*(1|YES)\s*$/i.test(reset) };
    }),
    otherActions: actions.filter((action) => !isBackup(action)).map((action) => scheduledAction(action, element)),
  };
}

function listedVirtualMachine(element: Element): ListedVirtualMachine {
  const template = children(element, 'TEMPLATE')[0];
  const config = children(children(element, 'BACKUPS')[0], 'BACKUP_CONFIG')[0];
  const records = children(children(element, 'HISTORY_RECORDS')[0], 'HISTORY');
  const history = records.at(-1);
  const disks = children(template, 'DISK').map(diskOf);
  const [state, lcm] = [text(element, 'STATE'), text(element, 'LCM_STATE')];
  const lastIncrement = Number(text(config, 'LAST_INCREMENT_ID') || -1);
  return {
    id: text(element, 'ID'),
    name: text(element, 'NAME'),
    state: stateOf(element),
    inBackup: backupStates.includes(lcm),
    backupSince: backupStates.includes(lcm) ? whole(text(history, 'STIME')) || Number.NaN : Number.NaN,
    poweredOff: state === POWEROFF,
    ready: state === POWEROFF || `${state}/${lcm}` === RUNNING,
    unborn: unbornStates.includes(state),
    host: text(history, 'HOSTNAME'),
    systemDatastore: text(history, 'DS_ID'),
    cluster: text(history, 'CID'),
    owner: text(element, 'UID'),
    group: text(element, 'GNAME'),
    labels: list(text(element, 'USER_TEMPLATE', 'LABELS')),
    made: whole(text(element, 'STIME')),
    restsSince: runs(state, lcm) ? undefined : endOf(history),
    disks,
    diskMb: disks.reduce((sum, { sizeMb }) => sum + (sizeMb || 0), 0),
    backsUpVolatile: isYes(text(config, 'BACKUP_VOLATILE')),
    chosenDisks: list(text(config, 'DISK_IDS')),
    freeze: text(config, 'FS_FREEZE').toUpperCase() || 'NONE',
    job: text(config, 'BACKUP_JOB_ID').replace('-1', ''),
    keepsIncrements: text(config, 'MODE') === 'INCREMENT',
    incrementMode: text(config, 'INCREMENT_MODE').toUpperCase() === 'SNAPSHOT' ? 'SNAPSHOT' : 'CBT',
    wasBackedUp: records.some((record) => text(record, 'ACTION') === BACKUP_ACTION),
    keepLast: Number(text(config, 'KEEP_LAST')) || 0,
    flattens: isYes(text(config, 'ACTIVE_FLATTEN')),
    lastIncrement,
    chain: lastIncrement < 0 ? '' : text(config, 'INCREMENTAL_BACKUP_ID'),
    backups: ids(children(element, 'BACKUPS')[0], 'BACKUP_IDS'),
    error: text(element, 'USER_TEMPLATE', 'ERROR'),
    waits: text(element, 'USER_TEMPLATE', 'SCHED_MESSAGE'),
    lock: text(element, 'LOCK', 'LOCKED').replace(/^0$/, ''),
    scheduled: children(element, 'SCHED_ACTIONS').length === 0 ? undefined : ids(element, 'SCHED_ACTIONS'),
  };
}

function diskOf(disk: Element): Disk {
  return {
    id: text(disk, 'DISK_ID'),
    image: text(disk, 'IMAGE'),
    type: text(disk, 'TYPE'),
    isVolatile: text(disk, 'IMAGE_ID') === '' && text(disk, 'IMAGE') === '',
    isReadOnly: isYes(text(disk, 'READONLY')),
    isEncrypted: text(disk, 'LUKS_SECRET') !== '',
    tmMad: text(disk, 'TM_MAD'),
    sizeMb: whole(text(disk, 'SIZE')),
  };
}

/** Whether something in it may change its disks: ACTIVE, and not just being made or ended. */
const runs = (state: string, lcm: string): boolean => state === '3' && !['0', '70'].includes(lcm);

/** When a record of its history was closed, else when it began; undefined where it never was on a host. A backup has a record of its own: it rested before. */
function endOf(history: Element | undefined): number | undefined {
  const [closed, began] = [whole(text(history, 'RETIME')), whole(text(history, 'STIME'))];
  return (text(history, 'ACTION') === BACKUP_ACTION ? began : closed || began) || undefined;
}

/** include/ScheduledAction.h: Repeat. */
const periods = ['week', 'month', 'year', 'hours'] as const;

/** include/ScheduledAction.h: EndOn. */
const [AFTER_TIMES, AT_DATE] = ['1', '2'];

/** @throws Error when it does not tell when it is due, or was begun. */
export function scheduledAction(action: Element, owner: Element): ScheduledAction {
  const id = text(action, 'ID');
  const given = text(action, 'TIME');
  // OpenNebula 6.6 keeps a time that was given from the start of the VM on as it was given, and no DONE before there is one.
  const time = given.startsWith('+') ? whole(text(owner, 'STIME')) + whole(given.slice(1)) : whole(given);
  const done = ['', '-1'].includes(text(action, 'DONE')) ? -1 : whole(text(action, 'DONE'));
  if (Number.isNaN(time + done)) throw new Error(`found scheduled action ${id} without a TIME or DONE that is one`);
  const repeats = whole(text(action, 'REPEAT')) >= 0;
  const ends = (kind: string) =>
    text(action, 'END_TYPE') === kind && repeats ? signed(text(action, 'END_VALUE')) : Number.POSITIVE_INFINITY;
  return {
    ...{ id, time, done, repeats },
    every: periods[whole(text(action, 'REPEAT'))],
    days: list(text(action, 'DAYS')).map(whole),
    // A repeated one keeps the time of its last dispatch, which lies before the time it is due next.
    dispatched: done >= time,
    times: ends(AFTER_TIMES),
    until: ends(AT_DATE),
    message: text(action, 'MESSAGE'),
  };
}

/** A VM's template as `onetemplate list -x` shows it. */
export interface Template {
  readonly id: string;
  readonly name: string;
}

/** @throws Error when the text is not a pool of templates. */
export function parseTemplates(xml: string): Template[] {
  return members(xml, 'VMTEMPLATE_POOL', 'VMTEMPLATE', (element) => ({
    id: text(element, 'ID'),
    name: text(element, 'NAME'),
  }));
}

/** What a VM is made of, by name: CPU, VCPU, MEMORY as they are written, and how many disks and NICs. */
export type Shape = Readonly<Record<string, string>>;

/** @throws Error when the text is neither a VM nor a template of one. */
export function parseShape(xml: string, root: 'VM' | 'VMTEMPLATE'): Shape {
  const template = children(parseRoot(xml, root), 'TEMPLATE')[0];
  const count = (name: string) => String(children(template, name).length);
  const given = ['CPU', 'VCPU', 'MEMORY'].map((name) => [name, text(template, name)]);
  return { ...Object.fromEntries(given), disks: count('DISK'), NICs: count('NIC') };
}
