/** What oned does with images: create them as copies of something, delete them. */
import { type Call, type Cloud, checkName, log, requireManage } from './cloud.ts';
import { availableMb, monitorDatastore } from './datastores.ts';
import { backupServer, pathOf, remote, run, STRICT, stepsOf } from './drivers.ts';
import { longTime, now } from './format.ts';
import { newImage, ownership } from './state.ts';
import { withAttributes } from './template.ts';
import { idList, ids, int, OneError, type Tree, text, trees } from './tree.ts';

export const IMAGE = { READY: '1', USED: '2', LOCKED: '4', ERROR: '5', CLONE: '6', DELETE: '7', USED_PERS: '8' };
const LOCKED = ['4', '9', '10'];
const IN_USE = [IMAGE.USED, IMAGE.USED_PERS, '9', '10'];
const BACKUP = '6';
/** LCM states of a virtual machine that is being backed up: running, powered off. */
const BACKING_UP = ['69', '70'];

export function setImageState(image: Tree, state: string): void {
  Object.assign(image, { STATE: state, PREV_STATE: state });
}

/** Puts an image into ERROR, with the reason in its template. */
export function failImage(image: Tree, reason: string): void {
  image.TEMPLATE = withAttributes(trees(image, 'TEMPLATE')[0] ?? {}, { ERROR: `${longTime(now())} : ${reason}` });
  setImageState(image, IMAGE.ERROR);
  log('ImM', 'E', reason);
}

/**
 * Creates an image that is still to be copied into a datastore: LOCKED, without SOURCE and FORMAT. Size in MB.
 * Throws what `oneimage create` would say.
 */
export function allocateImage(
  { cloud, user }: Call,
  datastore: Tree,
  wanted: { name: string; type: 'OS' | 'DATABLOCK'; path: string; size: number; template: Tree },
): Tree {
  if (availableMb(datastore) < wanted.size) throw new OneError('Not enough space in datastore');
  const own = cloud.state.images.filter((other) => int(other, 'UID') === user.id);
  let name: string;
  try {
    name = checkName(wanted.name, { kind: 'IMAGE', objects: own });
  } catch (error) {
    throw error instanceof OneError ? new OneError(`Error allocating a new image. ${error.message}`) : error;
  }
  const id = cloud.newId('images');
  const image = {
    ...newImage(id, name, { size: wanted.size, since: now(), path: wanted.path, template: wanted.template, source: '' }),
    ...ownership(id, name, { user }),
    TYPE: wanted.type === 'OS' ? '0' : '2',
    FORMAT: '',
    DATASTORE_ID: text(datastore, 'ID'),
    DATASTORE: text(datastore, 'NAME'),
  };
  setImageState(image, IMAGE.LOCKED);
  cloud.state.images.push(image);
  datastore.IMAGES = idList([...ids(datastore, 'IMAGES'), String(id)]);
  return image;
}

/** Why an image cannot be deleted now, in OpenNebula's words. */
function whyKept(cloud: Cloud, image: Tree): string | undefined {
  const state = text(image, 'STATE');
  if (text(image, 'TYPE') === BACKUP) {
    const vm = backedUpVm(cloud, image);
    const busy = vm && BACKING_UP.includes(text(vm, 'LCM_STATE')) && text(vm, 'BACKUPS/BACKUP_CONFIG/MODE') === 'INCREMENT';
    const flattening = vm && text(vm, 'BACKUPS/BACKUP_CONFIG/ACTIVE_FLATTEN') === 'YES';
    if (busy || flattening) return 'Active backup on the associated VM. Wait till it finish to delete the backup Image';
  } else if (IN_USE.includes(state) || (state === IMAGE.READY && int(image, 'RUNNING_VMS') > 0)) {
    return `There are ${int(image, 'RUNNING_VMS')} VMs using it.`;
  }
  return state === IMAGE.CLONE ? `There are ${int(image, 'CLONING_OPS')} active clone operations.` : undefined;
}

/** The virtual machine that a backup image is of, unless it is gone. */
function backedUpVm(cloud: Cloud, image: Tree): Tree | undefined {
  const [id] = ids(image, 'VMS');
  return cloud.state.vms.find((vm) => text(vm, 'ID') === id);
}

/**
 * Deletes an image: it is DELETE until its files are removed, then gone, or in ERROR when they could not be. With
 * `force` it goes either way, and even while it is LOCKED.
 */
export function deleteImage(call: Call, id: number, force: boolean): void {
  const image = call.cloud.get('images', id);
  if (LOCKED.includes(text(image, 'STATE')) && !force) {
    throw new OneError('Image locked, use --force flag to remove the image. Force delete may leave some files on Datastore');
  }
  if (force) image.TEMPLATE = withAttributes(trees(image, 'TEMPLATE')[0] ?? {}, { FORCE_DELETE: 'YES' });
  dropImage(call, image);
}

/** Deletes an image, as the deletion of a template does with the template's images. */
export function dropImage({ cloud, user }: Call, image: Tree): void {
  requireManage(user, 'IMAGE', image);
  const reason = whyKept(cloud, image);
  if (reason) throw new OneError(`Cannot delete image. ${reason}`);
  // What has no files yet is gone at once.
  if (text(image, 'SOURCE') === '') {
    forget(cloud, image);
  } else {
    setImageState(image, IMAGE.DELETE);
    void remove(cloud, image);
  }
}

async function remove(cloud: Cloud, image: Tree): Promise<void> {
  const datastore = cloud.get('datastores', int(image, 'DATASTORE_ID'));
  const { code, stderr } = await (text(datastore, 'DS_MAD') === 'rsync'
    ? removeBackup(datastore, image)
    : run('rm', ['-rf', text(image, 'SOURCE')]));
  if (!cloud.state.images.includes(image)) return;
  if (code === 0 || text(image, 'TEMPLATE/FORCE_DELETE') === 'YES') {
    forget(cloud, image);
    log('ImM', 'I', 'Image successfully removed.');
    cloud.save();
    return monitorDatastore(cloud, datastore);
  }
  log('ImM', 'E', `Unable to remove image ${text(image, 'ID')}: ${stderr.trim()}`);
  // Where the message names the source, OpenNebula has not looked it up yet.
  const source = '';
  failImage(
    image,
    `Error removing image from datastore. Retry the operation or manually remove image source ${source} and run the ` +
      'delete --force operation to completely delete the image',
  );
  cloud.save();
}

function removeBackup(datastore: Tree, image: Tree): Promise<{ code: number; stderr: string }> {
  const directories = stepsOf(image).map((step) => `'${pathOf(datastore, image, step)}/'`);
  return remote(backupServer(datastore), `${STRICT}\nrm -rf ${directories.join(' ')}`, { forward: true });
}

/** Takes an image out of the cloud, its datastore, and the virtual machine it is a backup of. */
function forget(cloud: Cloud, image: Tree): void {
  const id = text(image, 'ID');
  const without = (list: string[]) => idList(list.filter((other) => other !== id));
  cloud.state.images = cloud.state.images.filter((other) => other !== image);
  for (const datastore of cloud.state.datastores) {
    if (text(datastore, 'ID') === text(image, 'DATASTORE_ID')) datastore.IMAGES = without(ids(datastore, 'IMAGES'));
  }
  const vm = text(image, 'TYPE') === BACKUP ? backedUpVm(cloud, image) : undefined;
  const backups = vm && trees(vm, 'BACKUPS')[0];
  if (!backups) return;
  backups.BACKUP_IDS = without(ids(backups, 'BACKUP_IDS'));
  // The chain is gone: the next increment starts a new one.
  if (text(backups, 'BACKUP_CONFIG/INCREMENTAL_BACKUP_ID') === id) {
    Object.assign(trees(backups, 'BACKUP_CONFIG')[0] ?? {}, { INCREMENTAL_BACKUP_ID: '-1', LAST_INCREMENT_ID: '-1' });
  }
}
