/** The stand-in's state: what it holds, and what a stock cloud holds. */
import { randomBytes, randomUUID } from 'node:crypto';
import { NEWEST, RELEASES, type Release, type ReleaseName } from './releases.ts';
import { withAttributes } from './template.ts';
import { idList, ids, type Tree, text } from './tree.ts';

export interface User {
  id: number;
  name: string;
  password: string;
}

/** Everything the stand-in of oned knows; saved as JSON. Objects are trees like OpenNebula's XML, lowest id first. */
export interface State {
  release: ReleaseName;
  settings: {
    /** Seconds between two looks at the datastores' capacity; 0: never look, not even at creation. */
    MONITORING_INTERVAL_DATASTORE: number;
    /** Seconds between two rounds of the scheduler; 0: none, and what was interrupted stays as it was. */
    MANAGER_TIMER: number;
  };
  /** The next id of each kind of object; ids are never used twice. `actions` are scheduled actions. */
  nextId: Record<Pool | 'users' | 'actions', number>;
  users: User[];
  datastores: Tree[];
  hosts: Tree[];
  images: Tree[];
  /** Backup jobs. */
  jobs: Tree[];
  templates: Tree[];
  vms: Tree[];
  /** What users and groups may have in datastores; -1: as much as they like. */
  quotas?: { whose: 'user' | 'group'; id: string; datastore: string; IMAGES: string; SIZE: string }[];
}

export type Pool = 'datastores' | 'hosts' | 'images' | 'jobs' | 'templates' | 'vms';

export interface VmOptions {
  name: string;
  /** The name of a hypervisor in `hosts`. */
  host: string;
  /** Incremental backups, keeping that many increments. */
  keepLast?: number;
}

export interface CloudOptions {
  /** The release of OpenNebula; the newest, if not given. */
  release?: ReleaseName;
  /** Hypervisors by name: monitored, `on`, ids from 0. */
  hosts?: string[];
  /** Running virtual machines with one qcow2 disk each, ids from 0. */
  vms?: VmOptions[];
  /** Datastore 100, as the guide creates it from its template, on that server; with a BRIDGE_LIST of these, if there are any. */
  backupDatastore?: { host: string; bridges?: readonly string[] };
  /** Epoch of the last restart, so to speak: when all this was created. */
  since?: number;
}

/** A tree of texts, `A=1 B=`, as none of them has a blank. */
const flat = (attributes: string): Tree =>
  Object.fromEntries(attributes.split(' ').map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]));

/** A stock cloud: datastores 0 to 2, oneadmin, and what was asked for. */
export function freshCloud({
  release = NEWEST,
  hosts = [],
  vms = [],
  backupDatastore,
  since = Math.floor(Date.now() / 1000) - 3600,
}: CloudOptions = {}): State {
  const state: State = {
    release,
    settings: { MONITORING_INTERVAL_DATASTORE: 300, MANAGER_TIMER: 15 },
    nextId: { actions: 0, users: 2, datastores: 100, hosts: hosts.length, images: 0, jobs: 0, templates: 0, vms: vms.length },
    users: [
      { id: 0, name: 'oneadmin', password: 'opennebula' },
      { id: 1, name: 'serveradmin', password: randomBytes(16).toString('hex') },
    ],
    datastores: stockDatastores(RELEASES[release]),
    hosts: hosts.map((name, id) => monitored(newHost(id, name), since, release)),
    images: [],
    jobs: [],
    templates: [],
    vms: [],
  };
  if (backupDatastore) {
    const template = flat(
      `DS_MAD=rsync RESTRICTED_DIRS=/ RSYNC_HOST=${backupDatastore.host} RSYNC_USER=oneadmin SAFE_DIRS=/var/tmp TM_MAD=- TYPE=BACKUP_DS`,
    );
    const { bridges = [] } = backupDatastore;
    if (bridges.length > 0) template.BRIDGE_LIST = bridges.join(' ');
    state.datastores.push(newDatastore(100, 'rsync Backups', { type: 3, dsMad: 'rsync', tmMad: '-' }, template));
    state.nextId.datastores = 101;
  }
  if (vms.length > 0) {
    state.images.push(newImage(0, 'tiny', { size: 256, since, path: '/var/tmp/tiny.qcow2', vms: vms.map((_, id) => String(id)) }));
    state.templates.push(newTemplate(0, 'tiny', since));
    Object.assign(state.nextId, { images: 1, templates: 1 });
    Object.assign(state.datastores[1] ?? {}, { IMAGES: idList(['0']) });
  }
  for (const [id, vm] of vms.entries()) {
    const hostId = hosts.indexOf(vm.host);
    const host = state.hosts[hostId];
    if (!host) throw new Error(`virtual machine ${vm.name}: no host ${vm.host} among ${hosts.join(', ')}`);
    state.vms.push(newVm(id, { ...vm, hostId, since, image: state.images[0] ?? {}, release: RELEASES[release] }));
    place(host, id);
  }
  return state;
}

/** The group of a user, as the user's objects name it. */
export function groupOf(uid: number): { GID: string; GNAME: string } {
  return uid === 0 ? { GID: '0', GNAME: 'oneadmin' } : { GID: '1', GNAME: 'users' };
}

/** Whose an object is, and who may do what with it. */
export function ownership(id: number, name: string, { groupMayUse = false, user }: { groupMayUse?: boolean; user?: User } = {}): Tree {
  const { id: uid, name: uname } = user ?? { id: 0, name: 'oneadmin' };
  const { GID, GNAME } = groupOf(uid);
  const group = `GROUP_U=${groupMayUse ? 1 : 0} GROUP_M=0 GROUP_A=0`;
  const PERMISSIONS = flat(`OWNER_U=1 OWNER_M=1 OWNER_A=0 ${group} OTHER_U=0 OTHER_M=0 OTHER_A=0`);
  return { ID: String(id), UID: String(uid), GID, UNAME: uname, GNAME, NAME: name, PERMISSIONS };
}

/** A datastore that has not been monitored yet. TYPE: 0 images, 1 system, 2 files, 3 backups. */
export function newDatastore(id: number, name: string, kind: { type: number; dsMad: string; tmMad: string }, template: Tree): Tree {
  return {
    ...ownership(id, name, { groupMayUse: true }),
    DS_MAD: kind.dsMad,
    TM_MAD: kind.tmMad,
    BASE_PATH: `/var/lib/one//datastores/${id}`,
    TYPE: String(kind.type),
    ...flat('DISK_TYPE=0 STATE=0'),
    CLUSTERS: idList(['0']),
    ...flat('TOTAL_MB=0 FREE_MB=0 USED_MB=0'),
    IMAGES: {},
    TEMPLATE: template,
  };
}

function stockDatastores({ transfer: { driver, orphans } }: Release): Tree[] {
  const template = (attributes: string) =>
    withAttributes(flat(`ALLOW_ORPHANS=${orphans} RESTRICTED_DIRS=/ SAFE_DIRS=/var/tmp TM_MAD=${driver} ${attributes}`), {});
  const system = 'DISK_TYPE=FILE DS_LIVE_MIGRATE=YES DS_MIGRATE=YES DS_MIGRATE_SNAP=YES SHARED=NO TYPE=SYSTEM_DS';
  const files = 'CLONE_TARGET=SYSTEM DS_MAD=fs LN_TARGET=SYSTEM';
  return [
    newDatastore(0, 'system', { type: 1, dsMad: '-', tmMad: driver }, template(`PERSISTENT_SNAPSHOTS=YES ${system}`)),
    newDatastore(
      1,
      'default',
      { type: 0, dsMad: 'fs', tmMad: driver },
      template(`PERSISTENT_SNAPSHOTS=YES ${files} DISK_TYPE=FILE TYPE=IMAGE_DS`),
    ),
    newDatastore(2, 'files', { type: 2, dsMad: 'fs', tmMad: driver }, template(`PERSISTENT_SNAPSHOTS=YES ${files} TYPE=FILE_DS`)),
  ];
}

/** A host as `onehost create` leaves it: INIT, nothing known about it. */
export function newHost(id: number, name: string, mads = { im: 'kvm', vm: 'kvm' }): Tree {
  return {
    ID: String(id),
    NAME: name,
    STATE: '0',
    PREV_STATE: '0',
    IM_MAD: mads.im,
    VM_MAD: mads.vm,
    CLUSTER_ID: '0',
    CLUSTER: 'default',
    HOST_SHARE: {
      ...flat('MEM_USAGE=0 CPU_USAGE=0 TOTAL_MEM=0 TOTAL_CPU=0 MAX_MEM=0 MAX_CPU=0 RUNNING_VMS=0 VMS_THREAD=1'),
      DATASTORES: flat('DISK_USAGE=0 FREE_DISK=0 MAX_DISK=0 USED_DISK=0'),
      PCI_DEVICES: {},
      NUMA_NODES: {},
    },
    VMS: {},
    TEMPLATE: { IM_MAD: mads.im, RESERVED_CPU: '', RESERVED_MEM: '', VM_MAD: mads.vm },
    MONITORING: {},
  };
}

/** The host after its agent has reported at `since`: MONITORED, its capacity known. Every host of the stand-in is the same small machine. */
export function monitored(host: Tree, since: number, release: ReleaseName): Tree {
  const { ERROR: _error, ...template } = host.TEMPLATE as Tree;
  const known =
    'ARCH=x86_64 CGROUPS_VERSION=1 CPUSPEED=0 HYPERVISOR=kvm KVM_CPU_MODEL=kvm64 MEMORY_ENCRYPTION=NONE MODELNAME=stand-in ' +
    `TOTALCPU=200 TOTALMEMORY=24684084 VERSION=${release}`;
  return {
    ...host,
    STATE: '2',
    PREV_STATE: '2',
    HOST_SHARE: {
      ...(host.HOST_SHARE as Tree),
      ...flat('TOTAL_MEM=24684084 TOTAL_CPU=200 MAX_MEM=24684084 MAX_CPU=200'),
      DATASTORES: {
        DISK_USAGE: '0',
        DS: flat('FREE_MB=76967 ID=0 TOTAL_MB=258020 USED_MB=26932'),
        ...flat('FREE_DISK=76967 MAX_DISK=258020 USED_DISK=26932'),
      },
    },
    TEMPLATE: withAttributes(template, { ...flat(known), HOSTNAME: text(host, 'NAME'), KVM_MACHINES: 'pc q35' }),
    MONITORING: {
      TIMESTAMP: String(since),
      ID: text(host, 'ID'),
      CAPACITY: flat('FREE_CPU=190 FREE_MEMORY=20567944 USED_CPU=10 USED_MEMORY=4116140'),
      SYSTEM: flat('NETRX=0 NETTX=0'),
    },
  };
}

function place(host: Tree, vmId: number): void {
  const share = host.HOST_SHARE as Tree;
  const vms = [...ids(host, 'VMS'), String(vmId)];
  host.VMS = idList(vms);
  share.RUNNING_VMS = String(vms.length);
  share.CPU_USAGE = String(vms.length * 10);
  share.MEM_USAGE = String(Number(share.MEM_USAGE) + 64 * 1024);
}

interface ImageOptions {
  size: number;
  since: number;
  path?: string;
  vms?: string[];
  template?: Tree;
  source?: string;
  backup?: { datastore: Tree; disks: string[] };
}

/** An image of the default datastore, or with `backup` one of a backup datastore. */
export function newImage(id: number, name: string, { size, since, path = '', vms = [], template, source, backup }: ImageOptions): Tree {
  const state = backup || vms.length === 0 ? '1' : '2';
  return {
    ...ownership(id, name),
    TYPE: backup ? '6' : '0',
    DISK_TYPE: '0',
    PERSISTENT: backup ? '1' : '0',
    REGTIME: String(since),
    MODTIME: String(since),
    SOURCE: source ?? `/var/lib/one//datastores/1/${randomBytes(16).toString('hex')}`,
    PATH: path,
    FORMAT: backup ? 'raw' : 'qcow2',
    FS: '',
    SIZE: String(size),
    STATE: state,
    PREV_STATE: state,
    RUNNING_VMS: String(vms.length),
    ...flat('CLONING_OPS=0 CLONING_ID=-1 TARGET_SNAPSHOT=-1'),
    DATASTORE_ID: backup?.datastore.ID ?? '1',
    DATASTORE: backup?.datastore.NAME ?? 'default',
    VMS: idList(vms),
    CLONES: {},
    APP_CLONES: {},
    TEMPLATE: template ?? (backup ? {} : { DEV_PREFIX: 'vd' }),
    SNAPSHOTS: flat('ALLOW_ORPHANS=NO CURRENT_BASE=-1 NEXT_SNAPSHOT=0'),
    BACKUP_INCREMENTS: {},
    BACKUP_DISK_IDS: idList(backup?.disks ?? []),
  };
}

/** A virtual machine's template. */
export function newTemplate(id: number, name: string, since: number): Tree {
  return { ...ownership(id, name), REGTIME: String(since), TEMPLATE: { CPU: '0.1', DISK: { IMAGE: 'tiny' }, MEMORY: '64' } };
}

/** What a disk is by its image, whose copy it is. */
export function imageDisk(image: Tree, { transfer: { driver, orphans } }: Release): Tree {
  const [format, size] = [text(image, 'FORMAT'), text(image, 'SIZE')];
  return {
    ...flat(`ALLOW_ORPHANS=${orphans} CLONE=YES CLONE_TARGET=SYSTEM CLUSTER_ID=0 DATASTORE_ID=${text(image, 'DATASTORE_ID')}`),
    ...flat('DEV_PREFIX=vd DISK_SNAPSHOT_TOTAL_SIZE=0 DISK_TYPE=FILE IMAGE_STATE=2 LN_TARGET=SYSTEM PERSISTENT_SNAPSHOTS=YES'),
    ...flat(`DRIVER=${format} FORMAT=${format} ORIGINAL_SIZE=${size} SIZE=${size} READONLY=NO SAVE=NO TM_MAD=${driver} TYPE=FILE`),
    ...{ DATASTORE: text(image, 'DATASTORE'), IMAGE: text(image, 'NAME'), IMAGE_ID: text(image, 'ID'), SOURCE: text(image, 'SOURCE') },
  };
}

/** A running virtual machine with one disk. */
function newVm(
  id: number,
  { name, host, hostId, keepLast, since, image, release }: VmOptions & { hostId: number; since: number; image: Tree; release: Release },
): Tree {
  const uuid = randomUUID();
  const { driver } = release.transfer;
  const incremental =
    `BACKUP_VOLATILE=NO FS_FREEZE=NONE INCREMENTAL_BACKUP_ID=-1 INCREMENT_MODE=CBT INTERACTIVE=NO KEEP_LAST=${keepLast} ` +
    'LAST_INCREMENT_ID=-1 MODE=INCREMENT';
  return {
    ...ownership(id, name),
    ...flat(`LAST_POLL=${since} STATE=3 LCM_STATE=3 PREV_STATE=3 PREV_LCM_STATE=3 RESCHED=0 STIME=${since} ETIME=0 DEPLOY_ID=${uuid}`),
    MONITORING: {
      ...flat('CPU=1.0 DISKRDBYTES=512 DISKRDIOPS=1 DISKWRBYTES=0 DISKWRIOPS=0'),
      DISK_SIZE: flat('ID=0 SIZE=41'),
      ...flat(`ID=${id} MEMORY=51756 NETRX=0 NETTX=0 TIMESTAMP=${since}`),
      VM_QEMU_PING: 'QEMU Guest Agent monitoring disabled',
    },
    SCHED_ACTIONS: {},
    TEMPLATE: {
      AUTOMATIC_DS_REQUIREMENTS: '("CLUSTERS/ID" @> 0)',
      AUTOMATIC_NIC_REQUIREMENTS: '("CLUSTERS/ID" @> 0)',
      AUTOMATIC_REQUIREMENTS: release.requirements,
      CPU: '0.1',
      DISK: withAttributes(imageDisk(image, release), { DISK_ID: '0', TARGET: 'vda', IMAGE_UNAME: 'oneadmin' }),
      GRAPHICS: flat(`LISTEN=127.0.0.1 PORT=${5900 + id} TYPE=VNC`),
      MEMORY: '64',
      OS: flat(`MACHINE=q35 UUID=${uuid}`),
      ...flat(`TEMPLATE_ID=0 TM_MAD_SYSTEM=${driver} VCPU=1 VMID=${id}`),
    },
    USER_TEMPLATE: { SCHED_REQUIREMENTS: `ID=${hostId}` },
    HISTORY_RECORDS: {
      HISTORY: flat(
        `OID=${id} SEQ=0 HOSTNAME=${host} HID=${hostId} CID=0 STIME=${since} ETIME=0 VM_MAD=kvm TM_MAD=${driver} DS_ID=0 PLAN_ID=-1 ` +
          `ACTION_ID=0 PSTIME=${since} PETIME=${since} RSTIME=${since} RETIME=0 ESTIME=0 EETIME=0 ACTION=0 UID=-1 GID=-1 REQUEST_ID=-1`,
      ),
    },
    BACKUPS: { BACKUP_CONFIG: keepLast === undefined ? {} : flat(incremental), BACKUP_IDS: {} },
  };
}
