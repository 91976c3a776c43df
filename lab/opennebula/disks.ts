/** The disks of a virtual machine, as far as a backup goes. Source: VirtualMachineDisk.cc, Backups.cc. */
import { type Tree, text, trees } from './tree.ts';

/** The disks that can be backed up: those that are made anew at each start only with `volatile`, and never swap. */
export function keepable(vm: Tree, volatile: boolean): Tree[] {
  const type = (disk: Tree) => text(disk, 'TYPE').toUpperCase();
  return trees(vm, 'TEMPLATE/DISK').filter((disk) => type(disk) !== 'SWAP' && (volatile || type(disk) !== 'FS'));
}

/** The disks that are chosen by BACKUP_CONFIG/DISK_IDS; none where all are. */
export const chosenDisks = (vm: Tree): string[] => text(vm, 'BACKUPS/BACKUP_CONFIG/DISK_IDS').split(',').filter(Boolean);

/** The disks that the next backup holds. */
export function backupDisks(vm: Tree): Tree[] {
  const chosen = chosenDisks(vm);
  const disks = keepable(vm, text(vm, 'BACKUPS/BACKUP_CONFIG/BACKUP_VOLATILE') === 'YES');
  return chosen.length === 0 ? disks : disks.filter((disk) => chosen.includes(text(disk, 'DISK_ID')));
}
