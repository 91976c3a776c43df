/** The calls the stand-in of oned answers, by the names of OpenNebula's XML-RPC methods. */

import { cancelBackup, startBackup } from './backup.ts';
import { type Cloud, checkName, mayUse, requireAdmin } from './cloud.ts';
import { allocateDatastore, deleteDatastore, enableDatastore, monitorDatastore } from './datastores.ts';
import { allocateHost, deleteHost, monitorHost, setHostStatus } from './hosts.ts';
import { deleteImage } from './images.ts';
import { type RestoreOptions, restoreImage } from './restore.ts';
import { addAction, deleteAction, updateAction } from './scheduler.ts';
import { GROUPS, groupOf, type Pool, type User } from './state.ts';
import { deleteTemplate } from './templates.ts';
import { find, idList, ids, OneError, type Tree, text, trees } from './tree.ts';
import { type Changeable, chmod, chown, rename, updateTemplate } from './updates.ts';
import { act, updateConfiguration } from './vms.ts';

/** Who calls what cloud. */
interface Call {
  cloud: Cloud;
  user: User;
}
type Method = (call: Call, ...params: unknown[]) => unknown;

const DONE = '6';

// Lists come newest first, and show a user what he may use.
function pool(call: Call, name: Pool): Tree[] {
  return call.cloud.state[name].filter((object) => mayUse(call.user, name, object)).reverse();
}

function one(call: Call, name: Pool, kind: string, id: unknown): Tree {
  const object = call.cloud.get(name, Number(id));
  if (!mayUse(call.user, name, object)) requireAdmin(call.user, `USE ${kind} [${String(id)}]`);
  return object;
}

function pick(tree: Tree, names: string): Tree {
  const picked: Tree = {};
  for (const name of names.split(' ')) {
    const value = tree[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

/** A virtual machine as lists have it: no permissions, monitoring, backups or scheduled actions, and one history record. */
function shortVm(vm: Tree): Tree {
  const template = trees(vm, 'TEMPLATE')[0] ?? {};
  const disks = trees(template, 'DISK').map((disk) =>
    pick(disk, 'DISK_ID DATASTORE DATASTORE_ID IMAGE IMAGE_ID SIZE TYPE CLONE CLONE_TARGET LN_TARGET DISK_SNAPSHOT_TOTAL_SIZE'),
  );
  const history = trees(vm, 'HISTORY_RECORDS/HISTORY').at(-1);
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
    HISTORY_RECORDS: history ? { HISTORY: pick(history, 'OID SEQ HOSTNAME HID CID DS_ID VM_MAD TM_MAD ACTION') } : {},
  };
}

/** A cluster with what is in it. */
function filledCluster(cloud: Cloud, cluster: Tree): Tree {
  const id = text(cluster, 'ID');
  const members = (objects: Tree[], belongs: (object: Tree) => boolean) =>
    idList(objects.filter(belongs).map((object) => text(object, 'ID')));
  return {
    ID: id,
    NAME: text(cluster, 'NAME'),
    HOSTS: members(cloud.state.hosts, (host) => text(host, 'CLUSTER_ID') === id),
    DATASTORES: members(cloud.state.datastores, (datastore) => ids(datastore, 'CLUSTERS').includes(id)),
    VNETS: members(cloud.state.vnets, (vnet) => ids(vnet, 'CLUSTERS').includes(id)),
    TEMPLATE: cluster.TEMPLATE ?? {},
  };
}

function createCluster({ cloud, user }: Call, name: string): number {
  requireAdmin(user, 'CREATE CLUSTER');
  const valid = checkName(name, { kind: 'CLUSTER', objects: cloud.state.clusters });
  const id = cloud.newId('clusters');
  cloud.state.clusters.push({ ID: String(id), NAME: valid, TEMPLATE: { RESERVED_CPU: '', RESERVED_MEM: '' } });
  return id;
}

/** Puts a datastore into a cluster, or takes it out; it may be in many, and in none. */
function setClusterOf({ cloud, user }: Call, cluster: string, id: number, put: boolean): void {
  cloud.get('clusters', Number(cluster));
  const datastore = cloud.get('datastores', id);
  requireAdmin(user, `ADMIN CLUSTER [${cluster}]`, `ADMIN DATASTORE [${id}]`);
  const others = ids(datastore, 'CLUSTERS').filter((other) => other !== cluster);
  datastore.CLUSTERS = idList(put ? [...others, cluster].sort((one, other) => Number(one) - Number(other)) : others);
}

function createUser({ cloud, user }: Call, name: string, password: string): number {
  requireAdmin(user, 'CREATE USER');
  const objects = cloud.state.users.map((other) => ({ ID: String(other.id), NAME: other.name }));
  const valid = checkName(name, { kind: 'USER', objects });
  const id = cloud.newId('users');
  cloud.state.users.push({ id, name: valid, password });
  return id;
}

/** The calls that change an object of a kind: its template, its name, its owner, its permissions. */
function changes(kind: string, pool: Changeable): Record<string, Method> {
  return {
    [`${kind}.update`]: ({ cloud, user }, id, source, append) =>
      updateTemplate(cloud, user, pool, Number(id), String(source), append === true),
    [`${kind}.rename`]: ({ cloud, user }, id, name) => rename(cloud, user, pool, Number(id), String(name)),
    [`${kind}.chown`]: ({ cloud, user }, id, owner, group) => chown(cloud, user, pool, Number(id), Number(owner), Number(group)),
    [`${kind}.chmod`]: ({ cloud, user }, id, octet) => chmod(cloud, user, pool, Number(id), String(octet)),
  };
}

const vmsInUse = (call: Call) => pool(call, 'vms').filter((vm) => find(vm, 'STATE') !== DONE);

/** Every method, some with an answer to wait for; those whose name ends in `info` or `infoextended` change nothing. */
export const METHODS: Record<string, Method> = {
  'clusterpool.info': (call) => pool(call, 'clusters').map((cluster) => filledCluster(call.cloud, cluster)),
  'datastorepool.info': (call) => pool(call, 'datastores'),
  'hostpool.info': (call) => pool(call, 'hosts').map((host) => ({ ...host, MONITORING: {} })),
  'imagepool.info': (call) => pool(call, 'images'),
  'templatepool.info': (call) => pool(call, 'templates'),
  'vmpool.info': (call) => vmsInUse(call).map(shortVm),
  'vmpool.infoextended': (call) => vmsInUse(call),
  'grouppool.info': () => GROUPS.map((name, id) => ({ ID: String(id), NAME: name })),
  'userpool.info': ({ cloud }) => cloud.state.users.map(({ id, name }) => ({ ID: String(id), GID: groupOf(id).GID, NAME: name })),
  'vnpool.info': (call) => pool(call, 'vnets'),

  'cluster.info': (call, id) => filledCluster(call.cloud, one(call, 'clusters', 'CLUSTER', id)),
  'datastore.info': (call, id) => one(call, 'datastores', 'DATASTORE', id),
  'host.info': (call, id) => one(call, 'hosts', 'HOST', id),
  'image.info': (call, id) => one(call, 'images', 'IMAGE', id),
  'template.info': (call, id) => one(call, 'templates', 'TEMPLATE', id),
  'vm.info': (call, id) => one(call, 'vms', 'VM', id),
  'vn.info': (call, id) => one(call, 'vnets', 'NET', id),

  'cluster.allocate': (call, name) => createCluster(call, String(name)),
  'cluster.adddatastore': (call, cluster, id) => setClusterOf(call, String(cluster), Number(id), true),
  'cluster.deldatastore': (call, cluster, id) => setClusterOf(call, String(cluster), Number(id), false),

  ...changes('cluster', 'clusters'),
  ...changes('datastore', 'datastores'),
  ...changes('host', 'hosts'),
  ...changes('image', 'images'),
  ...changes('template', 'templates'),
  ...changes('vm', 'vms'),

  'datastore.allocate': ({ cloud, user }, template, cluster) => {
    const id = allocateDatastore(cloud, user, String(template), Number(cluster));
    void monitorDatastore(cloud, cloud.get('datastores', id));
    return id;
  },
  'datastore.delete': ({ cloud, user }, id) => deleteDatastore(cloud, user, Number(id)),
  'datastore.enable': ({ cloud, user }, id, enable) => enableDatastore(cloud, user, Number(id), enable === true),

  'host.allocate': ({ cloud, user }, name, im, vm, cluster) => {
    const id = allocateHost(cloud, user, String(name), String(im), String(vm), Number(cluster));
    void monitorHost(cloud, cloud.get('hosts', id));
    return id;
  },
  'host.delete': ({ cloud, user }, id) => deleteHost(cloud, user, Number(id)),
  'host.status': ({ cloud, user }, id, status) => {
    if (status !== 'enable' && status !== 'disable' && status !== 'offline') throw new OneError('Wrong status code');
    const host = setHostStatus(cloud, user, Number(id), status);
    if (status === 'enable') void monitorHost(cloud, host);
  },
  'host.forceupdate': ({ cloud, user }, id) => {
    requireAdmin(user, `ADMIN HOST [${String(id)}]`);
    void monitorHost(cloud, cloud.get('hosts', Number(id)));
  },

  'image.delete': ({ cloud, user }, id, force) => deleteImage(cloud, user, Number(id), force === true),
  'image.restore': ({ cloud, user }, id, target, options) =>
    restoreImage(cloud, user, Number(id), Number(target), options as RestoreOptions),

  'template.delete': ({ cloud, user }, id, recursive) => deleteTemplate(cloud, user, Number(id), recursive === true),
  'vm.action': ({ cloud, user }, action, id) => act(cloud, user, Number(id), String(action)),
  'vm.updateconf': ({ cloud, user }, id, source, append) => updateConfiguration(cloud, user, Number(id), String(source), append === true),
  'vm.backup': ({ cloud, user }, id, datastore, reset) => startBackup(cloud, user, Number(id), Number(datastore), reset === true),
  'vm.backupcancel': ({ cloud, user }, id) => cancelBackup(cloud, user, Number(id)),
  'vm.schedadd': ({ cloud, user }, id, source) => addAction(cloud, user, Number(id), String(source)),
  'vm.schedupdate': ({ cloud, user }, id, action, source) => updateAction(cloud, user, Number(id), Number(action), String(source)),
  'vm.scheddelete': ({ cloud, user }, id, action) => deleteAction(cloud, user, Number(id), Number(action)),

  'user.allocate': (call, name, password) => createUser(call, String(name), String(password)),
};
