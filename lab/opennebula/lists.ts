/** The columns of each `list`, with the widths of a stock 7.4. */
import { now, period, size, time, yesNo } from './format.ts';
import {
  DATASTORE_TYPES,
  LCM_STATES,
  SHORT_DATASTORE_STATES,
  SHORT_DATASTORE_TYPES,
  SHORT_HOST_STATES,
  SHORT_IMAGE_STATES,
  SHORT_IMAGE_TYPES,
  SHORT_VM_STATES,
  VM_STATES,
  word,
} from './states.ts';
import type { Column } from './table.ts';
import { find, ids, int, type Tree, text, trees } from './tree.ts';

/** What a `list` shows: all columns there are, and the names of those shown by default. */
interface Listing {
  columns: Column<Tree>[];
  defaults: string[];
}

function listing(columns: Column<Tree>[], defaults: string): Listing {
  return { columns, defaults: defaults.split(' ') };
}

const field = (path: string) => (row: Tree) => text(row, path);
const count = (path: string) => (row: Tree) => ids(row, path).length;
const joinedIds = (row: Tree) => ids(row, 'CLUSTERS').join(',') || '-';

function owner(width: number, numeric: boolean): Column<Tree>[] {
  return [
    { name: 'USER', size: width, left: true, value: field(numeric ? 'UID' : 'UNAME') },
    { name: 'GROUP', size: width, left: true, value: field(numeric ? 'GID' : 'GNAME') },
  ];
}

const datastores = (numeric: boolean): Listing =>
  listing(
    [
      { name: 'ID', size: 4, value: field('ID') },
      ...owner(10, numeric),
      { name: 'NAME', size: 10, left: true, value: field('NAME') },
      {
        name: 'SIZE',
        size: 6,
        value: (row) => (text(row, 'TEMPLATE/SHARED').toUpperCase() === 'NO' ? '-' : size(int(row, 'TOTAL_MB'), 'M')),
      },
      {
        name: 'AVAIL',
        size: 3,
        left: true,
        value: (row) => (int(row, 'TOTAL_MB') === 0 ? '-' : `${Math.round((int(row, 'FREE_MB') / int(row, 'TOTAL_MB')) * 100)}%`),
      },
      { name: 'CLUSTERS', size: 8, left: true, value: joinedIds },
      { name: 'IMAGES', size: 6, value: count('IMAGES') },
      { name: 'TYPE', size: 4, left: true, value: (row) => word(SHORT_DATASTORE_TYPES, int(row, 'TYPE')) },
      { name: 'DS', size: 7, left: true, value: field('DS_MAD') },
      { name: 'TM', size: 7, left: true, value: field('TM_MAD') },
      { name: 'STAT', size: 4, left: true, value: (row) => word(SHORT_DATASTORE_STATES, int(row, 'STATE')) },
    ],
    'ID NAME SIZE AVAIL CLUSTERS IMAGES TYPE DS TM STAT',
  );

/** `used / max (ratio%)`, with dashes for a host that was never monitored. */
function share(used: number, max: number, show: (amount: number) => string): string {
  if (max !== 0) return `${show(used)} / ${show(max)} (${Math.floor((used * 100) / max)}%)`;
  return used === 0 ? '-' : `${show(used)} / -`;
}

const hostShare = (name: string, used: string, max: string, show: (amount: number) => string): Column<Tree> => ({
  name,
  size: 18,
  value: (row) => share(int(row, `HOST_SHARE/${used}`), int(row, `HOST_SHARE/${max}`), show),
});

const hosts = (): Listing =>
  listing(
    [
      { name: 'ID', size: 4, value: field('ID') },
      { name: 'NAME', size: 15, left: true, value: field('NAME') },
      { name: 'CLUSTER', size: 10, left: true, value: (row) => text(row, 'CLUSTER') || '-' },
      { name: 'TVM', size: 3, value: (row) => int(row, 'HOST_SHARE/RUNNING_VMS') },
      { name: 'ZVM', size: 3, value: (row) => int(row, 'TEMPLATE/TOTAL_ZOMBIES') },
      { name: 'TCPU', size: 4, value: (row) => int(row, 'HOST_SHARE/MAX_CPU') },
      { name: 'ACPU', size: 4, value: (row) => (int(row, 'HOST_SHARE/MAX_CPU') || 100) - int(row, 'HOST_SHARE/CPU_USAGE') },
      { name: 'TMEM', size: 7, value: (row) => size(int(row, 'HOST_SHARE/MAX_MEM')) },
      { name: 'AMEM', size: 7, value: (row) => size(int(row, 'HOST_SHARE/MAX_MEM') - int(row, 'HOST_SHARE/MEM_USAGE')) },
      hostShare('ALLOCATED_CPU', 'CPU_USAGE', 'MAX_CPU', String),
      hostShare('ALLOCATED_MEM', 'MEM_USAGE', 'MAX_MEM', size),
      { name: 'STAT', size: 4, left: true, value: (row) => word(SHORT_HOST_STATES, int(row, 'STATE')) },
    ],
    'ID NAME CLUSTER TVM ALLOCATED_CPU ALLOCATED_MEM STAT',
  );

/** The last history record: lists have one, an extended list all. */
export function lastHistory(vm: Tree): Tree | undefined {
  return trees(vm, 'HISTORY_RECORDS/HISTORY').at(-1);
}

/** Whether a virtual machine is in one of the states in which it has a host. */
export function isPlaced(vm: Tree): boolean {
  return ['ACTIVE', 'SUSPENDED', 'POWEROFF'].includes(word(VM_STATES, int(vm, 'STATE')));
}

function vmState(vm: Tree): string {
  const state = word(SHORT_VM_STATES, int(vm, 'STATE'));
  return state === 'actv' ? (word(LCM_STATES, int(vm, 'LCM_STATE')).split(' ')[1] ?? '') : state;
}

const vms = (numeric: boolean): Listing =>
  listing(
    [
      { name: 'ID', size: 4, value: field('ID') },
      ...owner(8, numeric),
      { name: 'NAME', size: 15, left: true, value: (row) => (text(row, 'RESCHED') === '1' ? '*' : '') + text(row, 'NAME') },
      { name: 'STAT', size: 4, value: vmState },
      { name: 'CPU', size: 4, value: (row) => find(row, 'TEMPLATE/CPU') ?? '0' },
      { name: 'MEM', size: 7, value: (row) => size(int(row, 'TEMPLATE/MEMORY'), 'M') },
      { name: 'HOST', size: 10, left: true, value: (row) => (isPlaced(row) ? text(lastHistory(row) ?? {}, 'HOSTNAME') : '') },
      { name: 'TIME', size: 10, value: (row) => period((int(row, 'ETIME') || now()) - int(row, 'STIME')) },
    ],
    'ID USER GROUP NAME STAT CPU MEM HOST TIME',
  );

const images = (numeric: boolean): Listing =>
  listing(
    [
      { name: 'ID', size: 4, value: field('ID') },
      ...owner(8, numeric),
      { name: 'NAME', size: 15, left: true, value: field('NAME') },
      { name: 'DATASTORE', size: 10, left: true, value: field('DATASTORE') },
      { name: 'SIZE', size: 7, value: (row) => size(int(row, 'SIZE'), 'M') },
      { name: 'TYPE', size: 4, left: true, value: (row) => word(SHORT_IMAGE_TYPES, int(row, 'TYPE')) },
      { name: 'REGTIME', size: 15, value: (row) => time(int(row, 'REGTIME')) },
      { name: 'PERSISTENT', size: 3, value: (row) => yesNo(text(row, 'PERSISTENT')) },
      { name: 'STAT', size: 4, left: true, value: (row) => word(SHORT_IMAGE_STATES, int(row, 'STATE')) },
      { name: 'RVMS', size: 4, value: field('RUNNING_VMS') },
    ],
    'ID USER GROUP NAME DATASTORE SIZE TYPE PERSISTENT STAT RVMS',
  );

const templates = (numeric: boolean): Listing =>
  listing(
    [
      { name: 'ID', size: 4, value: field('ID') },
      ...owner(8, numeric),
      { name: 'NAME', size: 15, left: true, value: field('NAME') },
      { name: 'REGTIME', size: 15, value: (row) => time(int(row, 'REGTIME')) },
    ],
    'ID USER GROUP NAME REGTIME',
  );

const clusters = (): Listing =>
  listing(
    [
      { name: 'ID', size: 4, value: field('ID') },
      { name: 'NAME', size: 15, left: true, value: field('NAME') },
      { name: 'HOSTS', size: 5, value: count('HOSTS') },
      { name: 'VNETS', size: 5, value: count('VNETS') },
      { name: 'DATASTORES', size: 10, value: count('DATASTORES') },
    ],
    'ID NAME HOSTS VNETS DATASTORES',
  );

const vnets = (numeric: boolean): Listing =>
  listing(
    [
      { name: 'ID', size: 4, value: field('ID') },
      ...owner(8, numeric),
      { name: 'NAME', size: 19, left: true, value: field('NAME') },
      { name: 'CLUSTERS', size: 10, left: true, value: joinedIds },
      { name: 'BRIDGE', size: 8, left: true, value: field('BRIDGE') },
      { name: 'LEASES', size: 6, value: field('USED_LEASES') },
    ],
    'ID USER GROUP NAME CLUSTERS BRIDGE LEASES',
  );

/** The listing of each kind of object, by the element's name; `numeric` shows the ids of users and groups. */
export const LISTINGS: Record<string, (numeric: boolean) => Listing> = {
  DATASTORE: datastores,
  HOST: hosts,
  VM: vms,
  IMAGE: images,
  VMTEMPLATE: templates,
  CLUSTER: clusters,
  VNET: vnets,
};

/** `BACKUP`, `SYSTEM`, …: shared by the list and `show`. */
export const datastoreType = (row: Tree): string => word(DATASTORE_TYPES, int(row, 'TYPE'));
