/** The calls the stand-in of oned answers, by the names of OpenNebula's XML-RPC methods. */
import { cancelBackup, startBackup } from './backup.ts';
import { type Call, checkName, mayUse, requireAdmin } from './cloud.ts';
import { allocateDatastore, deleteDatastore, enableDatastore, renameDatastore, updateDatastore } from './datastores.ts';
import { allocateHost, deleteHost, setHostStatus } from './hosts.ts';
import { deleteImage } from './images.ts';
import { instantiateTemplate } from './instantiate.ts';
import { cancelJob } from './job-runs.ts';
import { allocateJob, deleteJob, retryJob, runJob, setPriority, shortJob, updateJob } from './jobs.ts';
import { lock, unlock } from './locks.ts';
import { deploy } from './placing.ts';
import { people, person, setQuota } from './quotas.ts';
import { restoreImage } from './restore.ts';
import { addAction, deleteAction } from './scheduler.ts';
import type { Pool } from './state.ts';
import { createTemplate, deleteTemplate, updateTemplate } from './templates.ts';
import { type Tree, text, trees } from './tree.ts';
import { act, updateConfiguration, updateUserTemplate } from './vms.ts';

// Lists come newest first, and show a user what he may use.
const pool = ({ cloud, user }: Call, name: Pool): Tree[] => cloud.state[name].filter((object) => mayUse(user, name, object)).reverse();
const vmPool = (call: Call): Tree[] => pool(call, 'vms').filter((vm) => text(vm, 'STATE') !== '6');

/** Which part of a pool is asked for: how many are left out before it, and how many it holds, as a negative number; nothing: all. */
type Part = [first?: number, size?: number];
const page = (objects: Tree[], first = -1, size = -1): Tree[] => (first >= 0 && size < -1 ? objects.slice(first, first - size) : objects);

const one = (name: Pool, kind: string) => (call: Call, id: number) => {
  const object = call.cloud.get(name, id);
  if (!mayUse(call.user, name, object)) requireAdmin(call.user, `USE ${kind} [${id}]`);
  return object;
};

const pick = (tree: Tree, names: string): Tree =>
  Object.fromEntries(names.split(' ').flatMap((name) => Object.entries(tree).filter(([other]) => other === name)));

/** The last record of a history, or none. */
function lastRecord(vm: Tree): Tree {
  const history = trees(vm, 'HISTORY_RECORDS/HISTORY').at(-1);
  return history ? { HISTORY: history } : {};
}

/** A virtual machine as extended lists have it: of its scheduled actions the ids alone, no monitoring, and one history record. */
function extendedVm(vm: Tree): Tree {
  const { SCHED_ACTION: _actions, ...template } = trees(vm, 'TEMPLATE')[0] ?? {};
  return { ...vm, LAST_POLL: '0', MONITORING: {}, TEMPLATE: template, HISTORY_RECORDS: lastRecord(vm) };
}

/** A virtual machine as lists have it: no permissions, monitoring, backups or scheduled actions, and one history record. */
function shortVm(vm: Tree): Tree {
  const template = trees(vm, 'TEMPLATE')[0] ?? {};
  const disks = trees(template, 'DISK').map((disk) =>
    pick(disk, 'DISK_ID DATASTORE DATASTORE_ID IMAGE IMAGE_ID SIZE TYPE CLONE CLONE_TARGET LN_TARGET DISK_SNAPSHOT_TOTAL_SIZE'),
  );
  const { HISTORY: history } = lastRecord(vm);
  return {
    ...pick(vm, 'ID UID GID UNAME GNAME NAME'),
    LAST_POLL: '0',
    ...pick(vm, 'STATE LCM_STATE RESCHED STIME ETIME DEPLOY_ID'),
    TEMPLATE: { ...pick(template, 'CPU MEMORY VCPU'), DISK: disks, ...pick(template, 'NIC GRAPHICS') },
    MONITORING: {},
    USER_TEMPLATE: pick(
      trees(vm, 'USER_TEMPLATE')[0] ?? {},
      'LABELS ERROR SCHED_MESSAGE SCHED_RANK SCHED_DS_RANK SCHED_REQUIREMENTS SCHED_DS_REQUIREMENTS USER_PRIORITY PUBLIC_CLOUD',
    ),
    HISTORY_RECORDS: history ? { HISTORY: pick(history as Tree, 'OID SEQ HOSTNAME HID CID DS_ID VM_MAD TM_MAD ACTION') } : {},
  };
}

function createUser({ cloud, user }: Call, name: string, password: string): number {
  requireAdmin(user, 'CREATE USER');
  const objects = cloud.state.users.map((other) => ({ ID: String(other.id), NAME: other.name }));
  const valid = checkName(name, { kind: 'USER', objects });
  const id = cloud.newId('users');
  cloud.state.users.push({ id, name: valid, password });
  return id;
}

/** Every method, some with an answer to wait for; those whose name ends in `info` or `infoextended` change nothing. */
export const METHODS: Record<string, (call: Call, ...params: never[]) => unknown> = {
  'backupjobpool.info': (call, _whose: number, ...part: Part) => page(pool(call, 'jobs').map(shortJob), ...part),
  'datastorepool.info': (call) => pool(call, 'datastores'),
  'hostpool.info': (call) => pool(call, 'hosts').map((host) => ({ ...host, MONITORING: {} })),
  'imagepool.info': (call, _whose: number, ...part: Part) => page(pool(call, 'images'), ...part),
  'templatepool.info': (call) => pool(call, 'templates'),
  'vmpool.info': (call) => vmPool(call).map(shortVm),
  'vmpool.infoextended': (call, _whose: number, ...part: Part) => page(vmPool(call).map(extendedVm), ...part),
  'grouppool.info': (call) => people(call, 'group'),
  'userpool.info': (call) => people(call, 'user'),

  'backupjob.info': one('jobs', 'BACKUPJOB'),
  'datastore.info': one('datastores', 'DATASTORE'),
  'group.info': (call, id: number) => person(call, 'group', id),
  'host.info': one('hosts', 'HOST'),
  'image.info': one('images', 'IMAGE'),
  'template.info': one('templates', 'TEMPLATE'),
  // Who asks is number -1.
  'user.info': (call, id: number) => person(call, 'user', id === -1 ? call.user.id : id),
  'vm.info': one('vms', 'VM'),

  'backupjob.allocate': allocateJob,
  'backupjob.backup': runJob,
  'backupjob.cancel': cancelJob,
  'backupjob.delete': deleteJob,
  'backupjob.lock': (call, id: number, level: number) => lock('BACKUPJOB', call, id, level),
  'backupjob.priority': setPriority,
  'backupjob.retry': retryJob,
  'backupjob.schedadd': (call, id: number, source: string) => addAction('BACKUPJOB', call, id, source),
  'backupjob.scheddelete': (call, id: number, action: number) => deleteAction('BACKUPJOB', call, id, action),
  'backupjob.unlock': (call, id: number) => unlock('BACKUPJOB', call, id),
  'backupjob.update': updateJob,
  'datastore.allocate': allocateDatastore,
  'datastore.update': updateDatastore,
  'datastore.delete': deleteDatastore,
  'datastore.enable': enableDatastore,
  'datastore.rename': renameDatastore,
  'group.quota': (call, id: number, source: string) => setQuota(call, 'group', id, source),
  'host.allocate': allocateHost,
  'host.delete': deleteHost,
  'host.status': setHostStatus,
  'image.delete': deleteImage,
  'image.restore': restoreImage,
  'template.allocate': createTemplate,
  'template.delete': deleteTemplate,
  'template.instantiate': instantiateTemplate,
  'template.update': updateTemplate,
  'system.config': ({ cloud }) => ({ SCRIPTS_REMOTE_DIR: cloud.scripts }),
  'user.allocate': createUser,
  'user.quota': (call, id: number, source: string) => setQuota(call, 'user', id, source),
  'vm.action': act,
  'vm.backup': startBackup,
  'vm.backupcancel': cancelBackup,
  'vm.deploy': deploy,
  'vm.lock': (call, id: number, level: number) => lock('VM', call, id, level),
  'vm.schedadd': (call, id: number, source: string) => addAction('VM', call, id, source),
  'vm.scheddelete': (call, id: number, action: number) => deleteAction('VM', call, id, action),
  'vm.unlock': (call, id: number) => unlock('VM', call, id),
  'vm.update': updateUserTemplate,
  'vm.updateconf': updateConfiguration,
};
