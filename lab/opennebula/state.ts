/** The stand-in's state: what it holds, and what a stock cloud holds. */
import { randomBytes, randomUUID } from 'node:crypto';
import { withAttributes } from './template.ts';
import { idList, ids, type Tree, text } from './tree.ts';

export interface User {
  id: number;
  name: string;
  password: string;
}

/** Everything the stand-in of oned knows; saved as JSON. Objects are trees like OpenNebula's XML, lowest id first. */
export interface State {
  settings: {
    /** Seconds between two looks at the datastores' capacity; 0: never look, not even at creation. */
    MONITORING_INTERVAL_DATASTORE: number;
    /** Seconds between two rounds of the scheduler; 0: none, and what was interrupted stays as it was. */
    MANAGER_TIMER: number;
  };
  /** The next id of each kind of object; ids are never used twice. `actions` are scheduled actions. */
  nextId: Record<Pool | 'users' | 'actions', number>;
  users: User[];
  clusters: Tree[];
  datastores: Tree[];
  hosts: Tree[];
  images: Tree[];
  templates: Tree[];
  vms: Tree[];
  vnets: Tree[];
}

export type Pool = 'clusters' | 'datastores' | 'hosts' | 'images' | 'templates' | 'vms' | 'vnets';

export interface VmOptions {
  name: string;
  /** The name of a hypervisor in `hosts`. */
  host: string;
  memoryMb?: number;
  diskMb?: number;
  /** Incremental backups, keeping that many increments. */
  keepLast?: number;
}

export interface CloudOptions {
  /** Hypervisors by name: monitored, `on`, ids from 0. */
  hosts?: string[];
  /** Running virtual machines with one qcow2 disk each, ids from 0. */
  vms?: VmOptions[];
  /** Datastore 100, as the guide creates it from its template. */
  backupDatastore?: { name?: string; user?: string; host: string };
  /** oneadmin's password. */
  password?: string;
  /** Epoch of the last restart, so to speak: when all this was created. */
  since?: number;
}

/** A state with what states of older files lack. */
export function completed(state: State): State {
  const actions = state.vms.flatMap((vm) => ids(vm, 'SCHED_ACTIONS')).map(Number);
  return {
    ...state,
    settings: { ...state.settings, MANAGER_TIMER: state.settings.MANAGER_TIMER ?? 15 },
    nextId: { ...state.nextId, actions: state.nextId.actions ?? Math.max(-1, ...actions) + 1 },
  };
}

/** A stock cloud: datastores 0 to 2, cluster default, oneadmin, and what was asked for. */
export function freshCloud(options: CloudOptions = {}): State {
  const since = options.since ?? Math.floor(Date.now() / 1000) - 3600;
  const names = options.hosts ?? [];
  const vms = options.vms ?? [];
  const state: State = {
    settings: { MONITORING_INTERVAL_DATASTORE: 300, MANAGER_TIMER: 15 },
    nextId: { actions: 0, users: 2, clusters: 100, datastores: 100, hosts: 0, images: 0, templates: 0, vms: 0, vnets: 0 },
    users: [
      { id: 0, name: 'oneadmin', password: options.password ?? 'opennebula' },
      { id: 1, name: 'serveradmin', password: randomBytes(16).toString('hex') },
    ],
    clusters: [{ ID: '0', NAME: 'default', TEMPLATE: { RESERVED_CPU: '', RESERVED_MEM: '' } }],
    datastores: stockDatastores(),
    hosts: names.map((name, id) => monitored(newHost(id, name), since)),
    images: [],
    templates: [],
    vms: [],
    vnets: [],
  };
  state.nextId.hosts = names.length;
  if (options.backupDatastore) {
    const { name = 'rsync Backups', user = 'oneadmin', host } = options.backupDatastore;
    const template = {
      DS_MAD: 'rsync',
      RESTRICTED_DIRS: '/',
      RSYNC_HOST: host,
      RSYNC_USER: user,
      SAFE_DIRS: '/var/tmp',
      TM_MAD: '-',
      TYPE: 'BACKUP_DS',
    };
    state.datastores.push(newDatastore(100, name, { type: 3, dsMad: 'rsync', tmMad: '-' }, template));
    state.nextId.datastores = 101;
  }
  if (vms.length > 0) {
    const size = Math.max(...vms.map((vm) => vm.diskMb ?? 256));
    const inUse = vms.map((_, id) => String(id));
    state.images.push(newImage(0, 'tiny', { size, since, path: '/var/tmp/tiny.qcow2', vms: inUse }));
    state.templates.push(newTemplate(0, 'tiny', since));
    Object.assign(state.nextId, { images: 1, templates: 1, vms: vms.length });
    const defaultDatastore = state.datastores[1];
    if (defaultDatastore) defaultDatastore.IMAGES = idList(['0']);
  }
  for (const [id, vm] of vms.entries()) {
    const hostId = names.indexOf(vm.host);
    const host = state.hosts[hostId];
    if (!host) throw new Error(`virtual machine ${vm.name}: no host ${vm.host} among ${names.join(', ')}`);
    state.vms.push(newVm(id, { ...vm, hostId, since, image: state.images[0] ?? {} }));
    place(host, id, vm.memoryMb ?? 64);
  }
  return state;
}

/** The groups there are; whose users are in no other. */
export const GROUPS: readonly string[] = ['oneadmin', 'users'];

/** The group of a user, as the user's objects name it. */
export function groupOf(uid: number): { GID: string; GNAME: string } {
  const id = uid === 0 ? 0 : 1;
  return { GID: String(id), GNAME: GROUPS[id] ?? '' };
}

/** Whose an object is, and who may do what with it. */
export function ownership(id: number, name: string, options: { groupMayUse?: boolean; user?: User } = {}): Tree {
  const { id: uid, name: uname } = options.user ?? { id: 0, name: 'oneadmin' };
  const group = groupOf(uid);
  return {
    ID: String(id),
    UID: String(uid),
    GID: group.GID,
    UNAME: uname,
    GNAME: group.GNAME,
    NAME: name,
    PERMISSIONS: {
      OWNER_U: '1',
      OWNER_M: '1',
      OWNER_A: '0',
      GROUP_U: options.groupMayUse ? '1' : '0',
      GROUP_M: '0',
      GROUP_A: '0',
      OTHER_U: '0',
      OTHER_M: '0',
      OTHER_A: '0',
    },
  };
}

/** A datastore that has not been monitored yet. TYPE: 0 images, 1 system, 2 files, 3 backups. */
export function newDatastore(
  id: number,
  name: string,
  kind: { type: number; dsMad: string; tmMad: string; clusters?: string[] },
  template: Tree,
): Tree {
  return {
    ...ownership(id, name, { groupMayUse: true }),
    DS_MAD: kind.dsMad,
    TM_MAD: kind.tmMad,
    BASE_PATH: `/var/lib/one//datastores/${id}`,
    TYPE: String(kind.type),
    DISK_TYPE: '0',
    STATE: '0',
    CLUSTERS: idList(kind.clusters ?? ['0']),
    TOTAL_MB: '0',
    FREE_MB: '0',
    USED_MB: '0',
    IMAGES: {},
    TEMPLATE: template,
  };
}

function stockDatastores(): Tree[] {
  const restrictions = { RESTRICTED_DIRS: '/', SAFE_DIRS: '/var/tmp' };
  const local = { ALLOW_ORPHANS: 'FORMAT', CLONE_TARGET: 'SYSTEM' };
  return [
    newDatastore(
      0,
      'system',
      { type: 1, dsMad: '-', tmMad: 'local' },
      {
        ALLOW_ORPHANS: 'FORMAT',
        DISK_TYPE: 'FILE',
        DS_LIVE_MIGRATE: 'YES',
        DS_MIGRATE: 'YES',
        DS_MIGRATE_SNAP: 'YES',
        PERSISTENT_SNAPSHOTS: 'YES',
        ...restrictions,
        SHARED: 'NO',
        TM_MAD: 'local',
        TYPE: 'SYSTEM_DS',
      },
    ),
    newDatastore(
      1,
      'default',
      { type: 0, dsMad: 'fs', tmMad: 'local' },
      {
        ...local,
        DISK_TYPE: 'FILE',
        DS_MAD: 'fs',
        LN_TARGET: 'SYSTEM',
        PERSISTENT_SNAPSHOTS: 'YES',
        ...restrictions,
        TM_MAD: 'local',
        TYPE: 'IMAGE_DS',
      },
    ),
    newDatastore(
      2,
      'files',
      { type: 2, dsMad: 'fs', tmMad: 'local' },
      { ...local, DS_MAD: 'fs', LN_TARGET: 'SYSTEM', PERSISTENT_SNAPSHOTS: 'YES', ...restrictions, TM_MAD: 'local', TYPE: 'FILE_DS' },
    ),
  ];
}

/** A host as `onehost create` leaves it: INIT, nothing known about it. */
export function newHost(id: number, name: string, mads = { im: 'kvm', vm: 'kvm' }, cluster = { id: '0', name: 'default' }): Tree {
  return {
    ID: String(id),
    NAME: name,
    STATE: '0',
    PREV_STATE: '0',
    IM_MAD: mads.im,
    VM_MAD: mads.vm,
    CLUSTER_ID: cluster.id,
    CLUSTER: cluster.name,
    HOST_SHARE: {
      MEM_USAGE: '0',
      CPU_USAGE: '0',
      TOTAL_MEM: '0',
      TOTAL_CPU: '0',
      MAX_MEM: '0',
      MAX_CPU: '0',
      RUNNING_VMS: '0',
      VMS_THREAD: '1',
      DATASTORES: { DISK_USAGE: '0', FREE_DISK: '0', MAX_DISK: '0', USED_DISK: '0' },
      PCI_DEVICES: {},
      NUMA_NODES: {},
    },
    VMS: {},
    TEMPLATE: { IM_MAD: mads.im, RESERVED_CPU: '', RESERVED_MEM: '', VM_MAD: mads.vm },
    MONITORING: {},
  };
}

/** What a hypervisor's agent reports: every host of the stand-in is the same small machine. */
const CAPACITY = { cpu: '200', memory: '24684084', disk: { FREE_MB: '76967', TOTAL_MB: '258020', USED_MB: '26932' } };

/** The host after its agent has reported at `since`: state MONITORED, its capacity known. */
export function monitored(host: Tree, since: number): Tree {
  const { ERROR: _error, ...template } = host.TEMPLATE as Tree;
  const core = (id: string) => ({ CPUS: `${id}:-1`, DEDICATED: 'NO', FREE: '1', ID: id });
  const pages = (size: string) => ({ PAGES: '0', SIZE: size, USAGE: '0' });
  return {
    ...host,
    STATE: '2',
    PREV_STATE: '2',
    HOST_SHARE: {
      ...(host.HOST_SHARE as Tree),
      TOTAL_MEM: CAPACITY.memory,
      TOTAL_CPU: CAPACITY.cpu,
      MAX_MEM: CAPACITY.memory,
      MAX_CPU: CAPACITY.cpu,
      DATASTORES: {
        DISK_USAGE: '0',
        DS: { FREE_MB: CAPACITY.disk.FREE_MB, ID: '0', TOTAL_MB: CAPACITY.disk.TOTAL_MB, USED_MB: CAPACITY.disk.USED_MB },
        FREE_DISK: CAPACITY.disk.FREE_MB,
        MAX_DISK: CAPACITY.disk.TOTAL_MB,
        USED_DISK: CAPACITY.disk.USED_MB,
      },
      NUMA_NODES: {
        NODE: {
          CORE: [core('1'), core('0')],
          HUGEPAGE: [pages('2048'), pages('1048576')],
          MEMORY: { DISTANCE: '0', TOTAL: '6645964', USAGE: '0' },
          NODE_ID: '0',
        },
      },
    },
    TEMPLATE: withAttributes(template, {
      ARCH: 'x86_64',
      CGROUPS_VERSION: '1',
      CPUSPEED: '0',
      HOSTNAME: text(host, 'NAME'),
      HYPERVISOR: 'kvm',
      KVM_CPU_MODEL: 'kvm64',
      KVM_MACHINES: 'pc q35',
      MEMORY_ENCRYPTION: 'NONE',
      MODELNAME: 'stand-in',
      TOTALCPU: CAPACITY.cpu,
      TOTALMEMORY: CAPACITY.memory,
      VERSION: '7.4.0',
    }),
    MONITORING: {
      TIMESTAMP: String(since),
      ID: text(host, 'ID'),
      CAPACITY: { FREE_CPU: '190', FREE_MEMORY: '20567944', USED_CPU: '10', USED_MEMORY: '4116140' },
      SYSTEM: { NETRX: '0', NETTX: '0' },
    },
  };
}

function place(host: Tree, vmId: number, memoryMb: number): void {
  const share = host.HOST_SHARE as Tree;
  const vms = [...ids(host, 'VMS'), String(vmId)];
  host.VMS = idList(vms);
  share.RUNNING_VMS = String(vms.length);
  share.CPU_USAGE = String(vms.length * 10);
  share.MEM_USAGE = String(Number(share.MEM_USAGE) + memoryMb * 1024);
}

/** An image of the default datastore, or with `backup` one of a backup datastore. */
export function newImage(
  id: number,
  name: string,
  options: {
    size: number;
    since: number;
    path?: string;
    vms?: string[];
    template?: Tree;
    source?: string;
    backup?: { datastore: Tree; disks: string[] };
  },
): Tree {
  const { backup, vms = [], since } = options;
  const source = options.source ?? `/var/lib/one//datastores/1/${randomBytes(16).toString('hex')}`;
  return {
    ...ownership(id, name),
    TYPE: backup ? '6' : '0',
    DISK_TYPE: '0',
    PERSISTENT: backup ? '1' : '0',
    REGTIME: String(since),
    MODTIME: String(since),
    SOURCE: source,
    PATH: options.path ?? '',
    FORMAT: backup ? 'raw' : 'qcow2',
    FS: '',
    SIZE: String(options.size),
    STATE: backup || vms.length === 0 ? '1' : '2',
    PREV_STATE: backup || vms.length === 0 ? '1' : '2',
    RUNNING_VMS: String(vms.length),
    CLONING_OPS: '0',
    CLONING_ID: '-1',
    TARGET_SNAPSHOT: '-1',
    DATASTORE_ID: backup?.datastore.ID ?? '1',
    DATASTORE: backup?.datastore.NAME ?? 'default',
    VMS: idList(vms),
    CLONES: {},
    APP_CLONES: {},
    TEMPLATE: options.template ?? (backup ? {} : { DEV_PREFIX: 'vd' }),
    SNAPSHOTS: { ALLOW_ORPHANS: 'NO', CURRENT_BASE: '-1', NEXT_SNAPSHOT: '0' },
    BACKUP_INCREMENTS: {},
    BACKUP_DISK_IDS: idList(backup?.disks ?? []),
  };
}

/** A virtual machine's template. */
export function newTemplate(id: number, name: string, since: number): Tree {
  return { ...ownership(id, name), REGTIME: String(since), TEMPLATE: { CPU: '0.1', DISK: { IMAGE: 'tiny' }, MEMORY: '64' } };
}

/** A running virtual machine with one disk. */
export function newVm(id: number, options: VmOptions & { hostId: number; since: number; image: Tree }): Tree {
  const uuid = randomUUID();
  const since = String(options.since);
  const memory = String(options.memoryMb ?? 64);
  const incremental = {
    BACKUP_VOLATILE: 'NO',
    FS_FREEZE: 'NONE',
    INCREMENTAL_BACKUP_ID: '-1',
    INCREMENT_MODE: 'CBT',
    INTERACTIVE: 'NO',
    KEEP_LAST: String(options.keepLast),
    LAST_INCREMENT_ID: '-1',
    MODE: 'INCREMENT',
  };
  return {
    ...ownership(id, options.name),
    LAST_POLL: since,
    STATE: '3',
    LCM_STATE: '3',
    PREV_STATE: '3',
    PREV_LCM_STATE: '3',
    RESCHED: '0',
    STIME: since,
    ETIME: '0',
    DEPLOY_ID: uuid,
    MONITORING: {
      CPU: '1.0',
      DISKRDBYTES: '512',
      DISKRDIOPS: '1',
      DISKWRBYTES: '0',
      DISKWRIOPS: '0',
      DISK_SIZE: { ID: '0', SIZE: '41' },
      ID: String(id),
      MEMORY: '51756',
      NETRX: '0',
      NETTX: '0',
      TIMESTAMP: since,
      VM_QEMU_PING: 'QEMU Guest Agent monitoring disabled',
    },
    SCHED_ACTIONS: {},
    TEMPLATE: {
      AUTOMATIC_DS_REQUIREMENTS: '("CLUSTERS/ID" @> 0)',
      AUTOMATIC_NIC_REQUIREMENTS: '("CLUSTERS/ID" @> 0)',
      AUTOMATIC_REQUIREMENTS: '(CLUSTER_ID = 0) & !(PIN_POLICY = PINNED)',
      CPU: '0.1',
      DISK: {
        ALLOW_ORPHANS: 'FORMAT',
        CLONE: 'YES',
        CLONE_TARGET: 'SYSTEM',
        CLUSTER_ID: '0',
        DATASTORE: 'default',
        DATASTORE_ID: '1',
        DEV_PREFIX: 'vd',
        DISK_ID: '0',
        DISK_SNAPSHOT_TOTAL_SIZE: '0',
        DISK_TYPE: 'FILE',
        DRIVER: 'qcow2',
        FORMAT: 'qcow2',
        IMAGE: options.image.NAME ?? '',
        IMAGE_ID: options.image.ID ?? '',
        IMAGE_STATE: '2',
        IMAGE_UNAME: 'oneadmin',
        LN_TARGET: 'SYSTEM',
        ORIGINAL_SIZE: String(options.diskMb ?? 256),
        PERSISTENT_SNAPSHOTS: 'YES',
        READONLY: 'NO',
        SAVE: 'NO',
        SIZE: String(options.diskMb ?? 256),
        SOURCE: options.image.SOURCE ?? '',
        TARGET: 'vda',
        TM_MAD: 'local',
        TYPE: 'FILE',
      },
      GRAPHICS: { LISTEN: '127.0.0.1', PORT: String(5900 + id), TYPE: 'VNC' },
      MEMORY: memory,
      OS: { MACHINE: 'q35', UUID: uuid },
      TEMPLATE_ID: '0',
      TM_MAD_SYSTEM: 'local',
      VCPU: '1',
      VMID: String(id),
    },
    USER_TEMPLATE: { SCHED_REQUIREMENTS: `ID=${options.hostId}` },
    HISTORY_RECORDS: {
      HISTORY: {
        OID: String(id),
        SEQ: '0',
        HOSTNAME: options.host,
        HID: String(options.hostId),
        CID: '0',
        STIME: since,
        ETIME: '0',
        VM_MAD: 'kvm',
        TM_MAD: 'local',
        DS_ID: '0',
        PLAN_ID: '-1',
        ACTION_ID: '0',
        PSTIME: since,
        PETIME: since,
        RSTIME: since,
        RETIME: '0',
        ESTIME: '0',
        EETIME: '0',
        ACTION: '0',
        UID: '-1',
        GID: '-1',
        REQUEST_ID: '-1',
      },
    },
    BACKUPS: { BACKUP_CONFIG: options.keepLast === undefined ? {} : incremental, BACKUP_IDS: {} },
  };
}
