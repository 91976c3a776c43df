/** Quotas of users and groups, of which the stand-in knows those of backup datastores: how many images, of how many MB together. */
import { type Call, type Cloud, requireAdmin } from './cloud.ts';
import { groupOf, type User } from './state.ts';
import { parseTemplate } from './template.ts';
import { find, int, OneError, type Tree, text, trees } from './tree.ts';

/** What is limited, in the order in which it is looked at. */
const METERS = ['SIZE', 'IMAGES'] as const;
type Amounts = Record<(typeof METERS)[number], number>;

export type Whose = 'user' | 'group';

/** No limit of its own, and none by default. */
const UNSET = '-1';

const ownerOf = (object: Tree, whose: Whose) => text(object, whose === 'user' ? 'UID' : 'GID');

/** The images in a datastore that somebody has. */
function used(cloud: Cloud, whose: Whose, id: string, datastoreId: string): Amounts {
  const images = cloud.state.images.filter((image) => text(image, 'DATASTORE_ID') === datastoreId && ownerOf(image, whose) === id);
  return { IMAGES: images.length, SIZE: images.reduce((sum, image) => sum + int(image, 'SIZE'), 0) };
}

const limitOf = (cloud: Cloud, whose: Whose, id: string, datastoreId: string) =>
  (cloud.state.quotas ?? []).find((quota) => quota.whose === whose && quota.id === id && quota.datastore === datastoreId);

/** Throws where the owner of a virtual machine, or his group, may not have so much more in a datastore. Administrators have no limits. */
export function requireQuota({ cloud, user }: Call, vm: Tree, datastore: Tree, more: Amounts): void {
  for (const whose of ['user', 'group'] as const) {
    const [id, datastoreId] = [ownerOf(vm, whose), text(datastore, 'ID')];
    const limit = limitOf(cloud, whose, id, datastoreId);
    const now = used(cloud, whose, id, datastoreId);
    for (const meter of METERS) {
      const most = Number(limit?.[meter] ?? UNSET);
      if (id === '0' || most < 0 || now[meter] + more[meter] <= most) continue;
      throw new OneError(
        `User [${user.id}] : ${whose} [${id}] limit of ${most} reached for ${meter} quota in DATASTORE with ID: ${datastoreId}.`,
      );
    }
  }
}

/** `oneuser quota` and `onegroup quota`: the limits of a user or group, as a template says: `DATASTORE = [ ID = 100, IMAGES = 1 ]`. */
export function setQuota({ cloud, user }: Call, whose: Whose, id: number, source: string): void {
  requireAdmin(user, `ADMIN ${whose.toUpperCase()} [${id}]`);
  const { DATASTORE: _datastores, ...others } = parseTemplate(source);
  if (Object.keys(others).length > 0)
    throw new OneError(`The stand-in for OpenNebula has quotas of datastores only, not of ${Object.keys(others).join(', ')}`);
  for (const given of trees(parseTemplate(source), 'DATASTORE')) {
    const datastore = text(given, 'ID');
    const rest = (cloud.state.quotas ?? []).filter((one) => one !== limitOf(cloud, whose, String(id), datastore));
    const limits = { IMAGES: find(given, 'IMAGES') ?? UNSET, SIZE: find(given, 'SIZE') ?? UNSET };
    cloud.state.quotas = [...rest, { whose, id: String(id), datastore, ...limits }];
  }
}

/** The quotas of a user or group as `show` has them: of each datastore that is limited, or holds anything of theirs. */
function quotasOf(cloud: Cloud, whose: Whose, id: string): Tree {
  const held = cloud.state.images.filter((image) => ownerOf(image, whose) === id).map((image) => text(image, 'DATASTORE_ID'));
  const limited = (cloud.state.quotas ?? []).filter((quota) => quota.whose === whose && quota.id === id).map(({ datastore }) => datastore);
  const entries = [...new Set([...limited, ...held])].sort().map((datastore) => {
    const [limit, now] = [limitOf(cloud, whose, id, datastore), used(cloud, whose, id, datastore)];
    const meter = (name: keyof Amounts) => ({ [name]: limit?.[name] ?? UNSET, [`${name}_USED`]: String(now[name]) });
    return { ID: datastore, ...meter('IMAGES'), ...meter('SIZE') };
  });
  return { ...NONE, DATASTORE_QUOTA: id === '0' || entries.length === 0 ? {} : { DATASTORE: entries } };
}

const NONE: Tree = { DATASTORE_QUOTA: {}, NETWORK_QUOTA: {}, VM_QUOTA: {}, IMAGE_QUOTA: {} };
const GROUPS = ['0', '1'];

function userTree({ id, name }: User): Tree {
  const { GID, GNAME } = groupOf(id);
  const template = { TOKEN_PASSWORD: 'secret' };
  // Passwords are hashed there; nobody asks for one here.
  return {
    ID: String(id),
    GID,
    GROUPS: { ID: GID },
    GNAME,
    NAME: name,
    PASSWORD: 'hashed',
    AUTH_DRIVER: 'core',
    ENABLED: '1',
    TEMPLATE: template,
  };
}

function groupTree(cloud: Cloud, id: string): Tree {
  const users = cloud.state.users.filter((user) => groupOf(user.id).GID === id).map((user) => String(user.id));
  return { ID: id, NAME: id === '0' ? 'oneadmin' : 'users', TEMPLATE: {}, USERS: users.length > 0 ? { ID: users } : {}, ADMINS: {} };
}

/** A user or group as `show` has it. */
export function person({ cloud, user }: Call, whose: Whose, id: number): Tree {
  const object = whose === 'user' ? cloud.state.users.filter((one) => one.id === id).map(userTree)[0] : undefined;
  const found = object ?? (whose === 'group' && GROUPS.includes(String(id)) ? groupTree(cloud, String(id)) : undefined);
  if (!found) throw new OneError(`Error getting ${whose} [${id}].`);
  if (whose === 'user' && user.id !== id) requireAdmin(user, `USE USER [${id}]`);
  return { ...found, ...quotasOf(cloud, whose, String(id)), [`DEFAULT_${whose.toUpperCase()}_QUOTAS`]: NONE };
}

/** All users or groups as `list` has them: what they are, and apart from it their quotas. */
export function people({ cloud }: Call, whose: Whose): Tree {
  const element = whose.toUpperCase();
  const all = whose === 'user' ? cloud.state.users.map(userTree) : GROUPS.map((id) => groupTree(cloud, id));
  const quotas = all.map((one) => ({ ID: text(one, 'ID'), ...quotasOf(cloud, whose, text(one, 'ID')) }));
  return { [element]: all, QUOTAS: quotas, [`DEFAULT_${element}_QUOTAS`]: NONE };
}
