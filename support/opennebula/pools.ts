import { children, type Element, parseRoot, text } from './xml.ts';

/** A datastore as `onedatastore list -x` shows it. Sizes in MB. */
export interface Datastore {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly dsMad: string;
  readonly tmMad: string;
  readonly state: string;
  readonly basePath: string;
  readonly totalMb: number;
  readonly freeMb: number;
  readonly template: Element | undefined;
}

/** A hypervisor host as `onehost list -x` shows it. */
export interface Host {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  /** OpenNebula's release, as its probes on the host report it; empty before the first monitoring. */
  readonly version: string;
}

/** include/Datastore.h: DatastoreType, and what `onedatastore list` prints. */
const datastoreTypes: Readonly<Record<string, string>> = { 0: 'img', 1: 'sys', 2: 'fil', 3: 'bck' };
/** include/Datastore.h: DatastoreState, and what `onedatastore list` prints. */
const datastoreStates: Readonly<Record<string, string>> = { 0: 'on', 1: 'off' };
/** include/Host.h: HostState, and what `onehost list` prints. */
const hostStates: Readonly<Record<string, string>> = {
  0: 'init',
  1: 'update',
  2: 'on',
  3: 'err',
  4: 'dsbl',
  5: 'retry',
  6: 'init',
  7: 'dsbl',
  8: 'off',
};

const word = (words: Readonly<Record<string, string>>, code: string): string => words[code] ?? `unknown (${code})`;

/** @throws Error when the text is not a datastore pool. */
export function parseDatastores(xml: string): Datastore[] {
  return children(parseRoot(xml, 'DATASTORE_POOL'), 'DATASTORE').map((element) => ({
    id: text(element, 'ID'),
    name: text(element, 'NAME'),
    type: word(datastoreTypes, text(element, 'TYPE')),
    dsMad: text(element, 'DS_MAD'),
    tmMad: text(element, 'TM_MAD'),
    state: word(datastoreStates, text(element, 'STATE')),
    basePath: text(element, 'BASE_PATH'),
    totalMb: Number(text(element, 'TOTAL_MB')),
    freeMb: Number(text(element, 'FREE_MB')),
    template: children(element, 'TEMPLATE')[0],
  }));
}

/** @throws Error when the text is not a host pool. */
export function parseHosts(xml: string): Host[] {
  return children(parseRoot(xml, 'HOST_POOL'), 'HOST').map((element) => ({
    id: text(element, 'ID'),
    name: text(element, 'NAME'),
    state: word(hostStates, text(element, 'STATE')),
    version: text(element, 'TEMPLATE', 'VERSION'),
  }));
}

/** A virtual machine as `onevm list -x --extended` shows it, as far as backups go. */
export interface VirtualMachine {
  readonly id: string;
  readonly name: string;
  /** BACKUP_CONFIG/MODE is INCREMENT. */
  readonly keepsIncrements: boolean;
  readonly backupActions: readonly ScheduledBackup[];
}

/** A scheduled backup of a virtual machine. Source: OpenNebula 7.4.0, include/ScheduledAction.h. */
export interface ScheduledBackup {
  readonly id: string;
  readonly datastoreId: string;
  /** When it is due, seconds since the epoch. */
  readonly time: number;
  /** It was handed to the driver. That says nothing of success. */
  readonly dispatched: boolean;
  /** Why OpenNebula rejected it; empty otherwise. */
  readonly message: string;
}

/** @throws Error when the text is not a pool of virtual machines. */
export function parseVirtualMachines(xml: string): VirtualMachine[] {
  return children(parseRoot(xml, 'VM_POOL'), 'VM').map((element) => ({
    id: text(element, 'ID'),
    name: text(element, 'NAME'),
    keepsIncrements: text(element, 'BACKUPS', 'BACKUP_CONFIG', 'MODE') === 'INCREMENT',
    backupActions: children(children(element, 'TEMPLATE')[0], 'SCHED_ACTION')
      .filter((action) => text(action, 'ACTION') === 'backup')
      .map((action) => ({
        id: text(action, 'ID'),
        datastoreId: text(action, 'ARGS').split(',')[0] ?? '',
        time: Number(text(action, 'TIME')),
        // A repeated one keeps the time of its last dispatch, which lies before the time it is due next.
        dispatched: Number(text(action, 'DONE')) >= Number(text(action, 'TIME')),
        message: text(action, 'MESSAGE'),
      })),
  }));
}
