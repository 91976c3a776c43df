/** Backups that were made some time ago, as OpenNebula keeps them and as they lie on the backup server. */
import { randomBytes } from 'node:crypto';
import { backupDisks } from './disks.ts';
import { backupFolder, stepsOf } from './drivers.ts';
import { backupName } from './format.ts';
import { newImage, ownership, type State } from './state.ts';
import { withAttributes } from './template.ts';
import { find, idList, ids, int, type Tree, text, trees } from './tree.ts';

const BACKUP = '6';
/** What one of the lab's small disks takes, in MB. */
const SIZE = '1';

/** The images with backups of a virtual machine, oldest first. */
export const backupsOf = (state: State, vm: Tree): Tree[] =>
  state.images.filter((image) => text(image, 'TYPE') === BACKUP && ids(image, 'VMS').includes(text(vm, 'ID')));

/**
 * Enters a backup that ended at an epoch: an image of its own, or one more increment where the virtual machine keeps a chain; returns the image. Backups
 * are entered oldest first. The datastore is the one for backups with the lowest id, unless another is given.
 */
export function enterBackup(state: State, vm: Tree, time: number, datastoreId?: string): Tree {
  const datastore = state.datastores.find((one) => (datastoreId ? text(one, 'ID') === datastoreId : text(one, 'TYPE') === '3'));
  if (!datastore) throw new Error('there is no such datastore for backups');
  const source = randomBytes(3).toString('hex');
  const backups = vm.BACKUPS as Tree;
  const config = backups.BACKUP_CONFIG as Tree;
  const configure = (changes: Tree) => {
    backups.BACKUP_CONFIG = withAttributes(config, changes);
  };
  const incremental = config.MODE === 'INCREMENT';
  const last = Number(find(config, 'LAST_INCREMENT_ID') ?? -1);
  const chain = state.images.find((image) => incremental && last >= 0 && text(image, 'ID') === config.INCREMENTAL_BACKUP_ID);
  const increment = { DATE: String(time), ID: String(last + 1), PARENT_ID: String(last), SIZE, SOURCE: source };
  if (chain) {
    chain.BACKUP_INCREMENTS = { INCREMENT: [...trees(chain, 'BACKUP_INCREMENTS/INCREMENT'), { ...increment, TYPE: 'INCREMENT' }] };
    Object.assign(chain, { SIZE: String(int(chain, 'SIZE') + Number(SIZE)), MODTIME: String(time) });
    configure({ LAST_INCREMENT_ID: increment.ID });
    return chain;
  }
  const id = state.nextId.images;
  state.nextId.images = id + 1;
  const name = backupName(text(vm, 'ID'), time);
  const job = text(config, 'BACKUP_JOB_ID');
  const image = newImage(id, name, {
    ...{ size: Number(SIZE), since: time, source, vms: [text(vm, 'ID')], template: job === '' ? {} : { BACKUP_JOB_ID: job } },
    backup: { datastore, disks: backupDisks(vm).map((disk) => text(disk, 'DISK_ID')) },
  });
  Object.assign(image, ownership(id, name, { user: { id: int(vm, 'UID'), name: text(vm, 'UNAME'), password: '' } }));
  if (incremental) {
    image.BACKUP_INCREMENTS = { INCREMENT: { ...increment, TYPE: 'FULL' } };
    configure({ INCREMENTAL_BACKUP_ID: String(id), LAST_INCREMENT_ID: '0' });
  }
  state.images.push(image);
  datastore.IMAGES = idList([...ids(datastore, 'IMAGES'), String(id)]);
  backups.BACKUP_IDS = idList([...ids(backups, 'BACKUP_IDS'), String(id)]);
  return image;
}

/** Takes an image out of the cloud, as its deletion does; its files stay. */
export function withdraw(state: State, image: Tree): void {
  const id = text(image, 'ID');
  const without = (object: Tree, list: string) => idList(ids(object, list).filter((other) => other !== id));
  state.images = state.images.filter((other) => other !== image);
  for (const datastore of state.datastores) datastore.IMAGES = without(datastore, 'IMAGES');
  for (const { BACKUPS } of state.vms) {
    const backups = BACKUPS as Tree;
    backups.BACKUP_IDS = without(backups, 'BACKUP_IDS');
    if (text(backups, 'BACKUP_CONFIG/INCREMENTAL_BACKUP_ID') === id)
      Object.assign(backups.BACKUP_CONFIG as Tree, { INCREMENTAL_BACKUP_ID: '-1', LAST_INCREMENT_ID: '-1' });
  }
}

/** One backup as it lies on the backup server: a folder with a file for each disk, and the description of the virtual machine. */
export interface Stored {
  readonly folder: string;
  readonly vm: Tree;
  readonly disks: readonly string[];
  readonly increment: number;
  readonly time: number;
}

/** All that lies on the backup server, if all is as OpenNebula has it. */
export function stored(state: State): Stored[] {
  return state.images.flatMap((image) => {
    const datastore = state.datastores.find((one) => text(one, 'ID') === text(image, 'DATASTORE_ID'));
    const vm = state.vms.find((one) => ids(image, 'VMS').includes(text(one, 'ID')));
    if (text(image, 'TYPE') !== BACKUP || !datastore || !vm) return [];
    const dates = trees(image, 'BACKUP_INCREMENTS/INCREMENT').map((one) => int(one, 'DATE'));
    const disks = ids(image, 'BACKUP_DISK_IDS');
    return stepsOf(image).map(({ id, directory }, index) => {
      const folder = `${backupFolder(datastore, text(vm, 'ID'))}/${directory}`;
      return { folder, vm, disks, increment: id, time: dates[index] ?? int(image, 'REGTIME') };
    });
  });
}
