/** What oned changes in objects that are there: their templates, names and permissions. */
import { type Cloud, checkName, NOUNS, requireAdmin, requireManage } from './cloud.ts';
import { settleDatastore } from './datastores.ts';
import { GROUPS, type Pool, type User } from './state.ts';
import { parseTemplate, withAttributes } from './template.ts';
import { OneError, type Tree, text, trees } from './tree.ts';

/** The kinds of objects that can be changed, as refusals call them. */
const KINDS = { clusters: 'CLUSTER', datastores: 'DATASTORE', hosts: 'HOST', images: 'IMAGE', templates: 'TEMPLATE', vms: 'VM' } as const;
export type Changeable = keyof typeof KINDS;

function changeable(cloud: Cloud, user: User, pool: Changeable, id: number): Tree {
  const object = cloud.get(pool, id);
  // Hosts and clusters are nobody's.
  if (pool === 'hosts' || pool === 'clusters') requireAdmin(user, `ADMIN ${KINDS[pool]} [${id}]`);
  else requireManage(user, KINDS[pool], object);
  return object;
}

/** Replaces an object's template, of a virtual machine the user's own; with `append` it keeps what is not given anew. */
export function updateTemplate(cloud: Cloud, user: User, pool: Changeable, id: number, source: string, append: boolean): void {
  const object = changeable(cloud, user, pool, id);
  const element = pool === 'vms' ? 'USER_TEMPLATE' : 'TEMPLATE';
  try {
    const changed = { ...object, [element]: withAttributes(append ? (trees(object, element)[0] ?? {}) : {}, parseTemplate(source)) };
    if (pool === 'datastores') settleDatastore(changed);
    Object.assign(object, changed);
  } catch (error) {
    throw error instanceof OneError ? new OneError(`Cannot update template. ${error.message}`) : error;
  }
}

const BY_OWNER: Pool[] = ['images', 'templates'];

/** Gives an object another name, which is not taken yet; images and templates of other users may have it. */
export function rename(cloud: Cloud, user: User, pool: Changeable, id: number, name: string): void {
  const object = changeable(cloud, user, pool, id);
  if (text(object, 'NAME') === name) return;
  // Virtual machines may have one name together.
  const others = pool === 'vms' ? [] : cloud.state[pool];
  const same = others.find(
    (other) => text(other, 'NAME') === name && (!BY_OWNER.includes(pool) || text(other, 'UID') === text(object, 'UID')),
  );
  const noun = NOUNS[pool];
  if (same) throw new OneError(`${noun} cannot be renamed to ${name} because it collides with ${noun} ${text(same, 'ID')}`);
  object.NAME = checkName(name, { kind: KINDS[pool], objects: [] });
  if (pool !== 'datastores') return;
  for (const image of cloud.state.images) if (text(image, 'DATASTORE_ID') === String(id)) image.DATASTORE = object.NAME;
}

/** Sets the permissions of an object: `octet` has a digit each for its owner, group and others. */
export function chmod(cloud: Cloud, user: User, pool: Changeable, id: number, octet: string): void {
  const object = changeable(cloud, user, pool, id);
  const permissions: Tree = {};
  for (const [index, who] of ['OWNER', 'GROUP', 'OTHER'].entries()) {
    const bits = Number.parseInt(octet[index] ?? '', 10) || 0;
    for (const [letter, bit] of Object.entries({ U: 4, M: 2, A: 1 })) permissions[`${who}_${letter}`] = bits & bit ? '1' : '0';
  }
  object.PERMISSIONS = permissions;
}

/** Gives an object to another user, another group, or both; -1 leaves it. */
export function chown(cloud: Cloud, user: User, pool: Changeable, id: number, owner: number, group: number): void {
  const to = cloud.state.users.find((other) => other.id === owner);
  if (owner >= 0 && !to) throw new OneError(`Error getting user [${owner}].`);
  if (group >= 0 && GROUPS[group] === undefined) throw new OneError(`Error getting group [${group}].`);
  const object = changeable(cloud, user, pool, id);
  if (to) requireAdmin(user, `MANAGE USER [${owner}]`);
  Object.assign(object, to && { UID: String(to.id), UNAME: to.name }, group >= 0 && { GID: String(group), GNAME: GROUPS[group] });
}
