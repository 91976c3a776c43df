/** What oned does with datastores: create, delete, enable, and look at their capacity. */
import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Call, type Cloud, checkName, log, requireAdmin, requireManage } from './cloud.ts';
import { backupServer, run } from './drivers.ts';
import { release } from './releases.ts';
import { newDatastore } from './state.ts';
import { parseTemplate, withAttributes } from './template.ts';
import { find, int, OneError, type Tree, text } from './tree.ts';

const TYPES = ['IMAGE_DS', 'SYSTEM_DS', 'FILE_DS', 'BACKUP_DS'];
const IMAGE = 0;
const SYSTEM = 1;
const BACKUP = 3;

/** The datastore drivers of a stock oned.conf, with the attributes each requires. */
const DS_MADS: Record<string, string[]> = {
  ceph: ['DISK_TYPE', 'BRIDGE_LIST'],
  dev: ['DISK_TYPE'],
  dummy: [],
  fs: [],
  iscsi_libvirt: ['DISK_TYPE', 'ISCSI_HOST'],
  restic: ['RESTIC_PASSWORD', 'RESTIC_SFTP_SERVER'],
  rsync: ['RSYNC_HOST', 'RSYNC_USER'],
};

/** The transfer drivers for files: what they do to the template of a datastore. */
const TM_MADS: Record<string, { link: string; clone: string; shared: boolean }> = {
  local: { link: 'SYSTEM', clone: 'SYSTEM', shared: false },
  ssh: { link: 'SYSTEM', clone: 'SYSTEM', shared: false },
  shared: { link: 'NONE', clone: 'SYSTEM', shared: true },
  qcow2: { link: 'NONE', clone: 'SYSTEM', shared: true },
};

/** Creates a datastore from a template and returns its id; its capacity is looked at after that. */
export function allocateDatastore({ cloud, user }: Call, source: string): number {
  const { NAME, ...template } = parseTemplate(source);
  requireAdmin(user, 'CREATE DATASTORE', 'ADMIN CLUSTER [0]');
  const name = checkName(text({ NAME: NAME ?? '' }, 'NAME'), { kind: 'DATASTORE', objects: cloud.state.datastores });

  const type = typeOf(template);
  const dsMad = driver(template, type);
  const { BASE_PATH: _path, ...rest } = template;
  const restricted = text(rest, 'SAFE_DIRS') + text(rest, 'RESTRICTED_DIRS') !== '';
  const given = withAttributes(rest, restricted ? {} : { RESTRICTED_DIRS: '/', SAFE_DIRS: '/var/tmp' });
  const { tmMad, attributes } = transfer(given, type);

  const id = cloud.newId('datastores');
  const datastore = newDatastore(id, name, { type, dsMad, tmMad }, attributes);
  cloud.state.datastores.push(datastore);
  void monitorDatastore(cloud, datastore);
  return id;
}

// What is no type is that of images.
const typeOf = (template: Tree): number => Math.max(IMAGE, TYPES.indexOf(text(template, 'TYPE').toUpperCase()));

function driver(template: Tree, type: number): string {
  const name = text(template, 'DS_MAD');
  if (type === SYSTEM) {
    if (name !== '') throw new OneError('SYSTEM datastores cannot have DS_MAD defined.');
    return '-';
  }
  if (name === '') throw new OneError('No DS_MAD in template.');
  const required = DS_MADS[name];
  if (!required) throw new OneError(`DS_MAD named "${name}" is not defined in oned.conf`);
  const missing = required.find((attribute) => text(template, attribute) === '');
  if (missing) throw new OneError(`Datastore template is missing the "${missing}" attribute or it's empty.`);
  return name;
}

function transfer(template: Tree, type: number): { tmMad: string; attributes: Tree } {
  const { DISK_TYPE: diskType, ...attributes } = template;
  // A backup datastore has no transfer driver, whatever its template says.
  if (type === BACKUP) return { tmMad: '-', attributes };

  const tmMad = text(template, 'TM_MAD');
  if (tmMad === '') throw new OneError('No TM_MAD in template.');
  const known = release().transfers.includes(tmMad) ? TM_MADS[tmMad] : undefined;
  if (!known) throw new OneError(`TM_MAD named "${tmMad}" is not defined in oned.conf`);
  const places: Record<string, string> =
    type === SYSTEM ? { DS_MIGRATE: 'YES', SHARED: known.shared ? 'YES' : 'NO' } : { CLONE_TARGET: known.clone, LN_TARGET: known.link };
  const disk: Record<string, string> =
    type === IMAGE || type === SYSTEM ? { DISK_TYPE: typeof diskType === 'string' ? diskType : 'FILE' } : {};
  return { tmMad, attributes: withAttributes(attributes, { ALLOW_ORPHANS: release().transfer.orphans, ...places, ...disk }) };
}

/**
 * Makes a datastore agree with its changed template, or refuses it: a backup datastore stays one, and has no transfer driver; a
 * driver that is not named stays. Source: Datastore::post_update_template.
 */
function settle(datastore: Tree): void {
  const template = datastore.TEMPLATE as Tree;
  const [kind, dsMad, tmMad] = [int(datastore, 'TYPE'), text(datastore, 'DS_MAD'), text(datastore, 'TM_MAD')];
  const fixed = text(datastore, 'ID') === '0' || kind === BACKUP || text(template, 'TYPE') === '';
  const type = fixed ? kind : typeOf(template);
  const named = withAttributes(template, {
    TYPE: TYPES[type] ?? '',
    TM_MAD: type === BACKUP ? tmMad : text(template, 'TM_MAD') || tmMad,
    DS_MAD: text(template, 'DS_MAD') || dsMad,
  });
  const { DS_MAD: _none, ...withoutDriver } = named;
  const given = type === SYSTEM ? withoutDriver : named;
  const changed = { dsMad: driver(given, type), ...transfer(given, type) };
  if (changed.dsMad !== dsMad) Object.assign(datastore, NOTHING);
  Object.assign(datastore, { TYPE: String(type), DS_MAD: changed.dsMad, TM_MAD: changed.tmMad, TEMPLATE: changed.attributes });
}

/** Replaces a datastore's template; with `append` it keeps what is not given anew. */
export function updateDatastore({ cloud, user }: Call, id: number, source: string, append: boolean): void {
  const datastore = cloud.get('datastores', id);
  requireManage(user, 'DATASTORE', datastore);
  try {
    const template = withAttributes(append ? (datastore.TEMPLATE as Tree) : {}, parseTemplate(source));
    const changed = { ...datastore, TEMPLATE: template };
    settle(changed);
    Object.assign(datastore, changed);
  } catch (error) {
    throw error instanceof OneError ? new OneError(`Cannot update template. ${error.message}`) : error;
  }
}

/** Gives a datastore another name, which its images know it by as well. Source: SharedAPI::rename. */
export function renameDatastore({ cloud, user }: Call, id: number, name: string): void {
  const datastore = cloud.get('datastores', id);
  if (text(datastore, 'NAME') === name) return;
  requireManage(user, 'DATASTORE', datastore);
  datastore.NAME = checkName(name, { kind: 'DATASTORE', objects: cloud.state.datastores });
  for (const image of cloud.state.images) if (int(image, 'DATASTORE_ID') === id) image.DATASTORE = datastore.NAME;
}

/** What a datastore has room for: what is free, and within its LIMIT_MB. Source: Datastore::get_avail_mb. */
export function availableMb(datastore: Tree): number {
  const limit = find(datastore, 'TEMPLATE/LIMIT_MB');
  const free = int(datastore, 'FREE_MB');
  return Math.max(0, limit === undefined ? free : Math.min(free, Number(limit) - int(datastore, 'USED_MB')));
}

/** Deletes an empty datastore; what is on its server stays there. */
export function deleteDatastore({ cloud, user }: Call, id: number): void {
  const datastore = cloud.get('datastores', id);
  requireAdmin(user, `ADMIN DATASTORE [${id}]`);
  if (id < 100) throw new OneError('Cannot delete datastore. System Datastores (ID < 100) cannot be deleted.');
  if (Object.keys(datastore.IMAGES ?? {}).length > 0) throw new OneError(`Cannot delete datastore. Datastore ${id} is not empty.`);
  cloud.state.datastores = cloud.state.datastores.filter((other) => other !== datastore);
}

/** Enables or disables a system datastore; no other kind can be. */
export function enableDatastore({ cloud, user }: Call, id: number, enable: boolean): void {
  const datastore = cloud.get('datastores', id);
  requireAdmin(user, `ADMIN DATASTORE [${id}]`);
  if (int(datastore, 'TYPE') !== SYSTEM) throw new OneError('Only SYSTEM_DS can be disabled or enabled');
  datastore.STATE = enable ? '0' : '1';
}

interface Capacity {
  TOTAL_MB: string;
  FREE_MB: string;
  USED_MB: string;
}
const NOTHING: Capacity = { TOTAL_MB: '0', FREE_MB: '0', USED_MB: '0' };

/** What the rsync driver's monitor runs. A server that does not answer has no capacity; that is all one ever sees of it. */
async function rsyncCapacity(datastore: Tree): Promise<Capacity> {
  const path = `${text(datastore, 'BASE_PATH')}/`;
  const { code, stdout } = await run('ssh', [backupServer(datastore), `mkdir -p '${path}' && df -PBM '${path}'`]);
  const sizes = /^\S+\s+(\d+)M\s+(\d+)M\s+(\d+)M\s/.exec(stdout.trim().split('\n').at(-1) ?? '');
  if (code !== 0 || !sizes) return NOTHING;
  const [, TOTAL_MB = '0', USED_MB = '0', FREE_MB = '0'] = sizes;
  return { TOTAL_MB, FREE_MB, USED_MB };
}

function localCapacity(datastore: Tree): Capacity {
  let path = text(datastore, 'BASE_PATH');
  while (!existsSync(path)) path = dirname(path);
  const { bsize, blocks, bfree, bavail } = statfsSync(path);
  const megabytes = (count: number) => String(Math.ceil((count * bsize) / 2 ** 20));
  return { TOTAL_MB: megabytes(blocks), FREE_MB: megabytes(bavail), USED_MB: megabytes(blocks - bfree) };
}

const underway = new Set<Tree>();

/** Looks at a datastore's capacity in the background, unless somebody is still looking or the cloud never looks. */
export async function monitorDatastore(cloud: Cloud, datastore: Tree): Promise<void> {
  const onHosts = int(datastore, 'TYPE') === SYSTEM && text(datastore, 'TEMPLATE/SHARED') !== 'YES';
  if (cloud.state.settings.MONITORING_INTERVAL_DATASTORE === 0 || onHosts || underway.has(datastore)) return;
  underway.add(datastore);
  const capacity = await (text(datastore, 'DS_MAD') === 'rsync' ? rsyncCapacity(datastore) : localCapacity(datastore));
  underway.delete(datastore);
  if (!cloud.state.datastores.includes(datastore)) return;
  Object.assign(datastore, capacity);
  cloud.save();
  log('ImM', 'D', `Datastore ${text(datastore, 'NAME')} (${text(datastore, 'ID')}) successfully monitored.`);
}
