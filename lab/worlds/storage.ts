/** Worlds in which the backup server's storage is not what it should be. */
import type { Lab } from '../machines/lab.ts';
import { text } from '../opennebula/tree.ts';
import { admin, backupDatastore, sh, succeeds, type World } from './tools.ts';

const STORAGE = '/var/lib/one/datastores';

/** The backup datastore's own folder on the server. OpenNebula makes it, at the latest when it looks at the capacity. */
const folderOf = async (lab: Lab) => `${STORAGE}/${text(backupDatastore(await lab.openNebula()), 'ID')}`;

/** The volume cannot be mounted again once it is gone, so it is mounted elsewhere meanwhile. */
const moveVolumeAway = `mkdir /mnt; mount -n --move ${STORAGE} /mnt`;
const moveVolumeBack = `mount -n --move /mnt ${STORAGE}; rmdir /mnt`;

const readOnly = 'stat --format "%a %n" "$@"; chmod 555 "$@"';
const asBefore = 'while read -r mode folder; do chmod "$mode" "$folder"; done <<< "$1"';

const mode = async (lab: Lab, folder: string) => (await sh(lab, 'backup01', 'stat --format %a "$1"', folder)).trim();

/** What `df` says of the storage in one column, such as `avail`. */
const df = async (lab: Lab, column: string) => (await sh(lab, 'backup01', `df --output=${column} ${STORAGE} | tail -n 1`)).trim();

export const storage: World[] = [
  {
    name: 'dir-missing',
    what: `${STORAGE} does not exist on backup01`,
    break: (lab) => admin(lab, 'backup01', `${moveVolumeAway}; rmdir ${STORAGE}`),
    repair: (lab) => admin(lab, 'backup01', `rm -rf ${STORAGE}; mkdir -m 775 ${STORAGE}; ${moveVolumeBack}`),
    isBroken: async (lab) => !(await succeeds(lab, 'backup01', 'ls', '-d', STORAGE)),
  },
  {
    name: 'not-mounted',
    what: `the backup volume of backup01 is not mounted on ${STORAGE}`,
    break: (lab) => admin(lab, 'backup01', `${moveVolumeAway}; cd /mnt; for folder in */; do mkdir "${STORAGE}/$folder"; done; cd /`),
    repair: (lab) => admin(lab, 'backup01', `rm -rf ${STORAGE}/*; ${moveVolumeBack}`),
    isBroken: async (lab) => !(await succeeds(lab, 'backup01', 'mountpoint', '--quiet', STORAGE)),
  },
  {
    name: 'dir-is-file',
    what: "the backup datastore's folder on backup01 is a file",
    break: async (lab) => sh(lab, 'backup01', 'mv "$1" "$1.off"; touch "$1"', await folderOf(lab)),
    repair: async (lab) => sh(lab, 'backup01', 'rm "$1"; mv "$1.off" "$1"', await folderOf(lab)),
    isBroken: async (lab) => succeeds(lab, 'backup01', 'test', '-f', await folderOf(lab)),
  },
  {
    name: 'dir-not-writable',
    what: "oneadmin may not write to the backup datastore's folder on backup01",
    break: async (lab) =>
      sh(lab, 'backup01', `mapfile -t all < <(find "$1" -maxdepth 1 -type d); set -- "\${all[@]}"; ${readOnly}`, await folderOf(lab)),
    repair: (lab, memo) => sh(lab, 'backup01', asBefore, memo.trim()),
    isBroken: async (lab) => (await mode(lab, await folderOf(lab))) === '555',
  },
  {
    name: 'dsparent-not-writable',
    what: `oneadmin may not write to ${STORAGE} on backup01`,
    break: (lab) => sh(lab, 'backup01', readOnly, STORAGE),
    repair: (lab, memo) => sh(lab, 'backup01', asBefore, memo.trim()),
    isBroken: async (lab) => (await mode(lab, STORAGE)) === '555',
  },
  {
    name: 'dir-wrong-owner',
    what: "the folder of virtual machine 0 in the backup datastore's folder on backup01 belongs to root",
    // No ordinary user can give a folder away, and none is needed: /srv belongs to somebody else.
    break: async (lab) => {
      const folder = `${await folderOf(lab)}/0`;
      const made = await sh(lab, 'backup01', 'test -d "$1" || mkdir -v "$1"', folder);
      await admin(lab, 'backup01', `mount -n --bind /srv ${folder}`);
      return made;
    },
    repair: async (lab, made) => {
      const folder = `${await folderOf(lab)}/0`;
      await admin(lab, 'backup01', `umount -n ${folder}`);
      if (made !== '') await sh(lab, 'backup01', 'rmdir "$1"', folder);
    },
    isBroken: async (lab) =>
      (await sh(lab, 'backup01', 'stat --format %U "$1"/* 2> /dev/null || true', await folderOf(lab))).includes('root'),
  },
  {
    name: 'disk-full',
    what: 'the backup volume of backup01 is full',
    break: (lab) => sh(lab, 'backup01', `dd if=/dev/zero of=${STORAGE}/filler bs=1M 2> /dev/null || true`),
    repair: (lab) => sh(lab, 'backup01', `rm ${STORAGE}/filler`),
    isBroken: async (lab) => (await df(lab, 'avail')) === '0',
  },
  {
    name: 'inodes-exhausted',
    what: 'the backup volume of backup01 has no inode left',
    break: (lab) => sh(lab, 'backup01', `mkdir ${STORAGE}/filler; cd ${STORAGE}/filler; seq 5000 | xargs touch 2> /dev/null || true`),
    repair: (lab) => sh(lab, 'backup01', `rm -r ${STORAGE}/filler`),
    isBroken: async (lab) => (await df(lab, 'iavail')) === '0',
  },
  {
    name: 'volume-read-only',
    what: 'the backup volume of backup01 is mounted read-only',
    break: (lab) => admin(lab, 'backup01', `mount -n -i -o remount,ro,bind ${STORAGE}`),
    repair: (lab) => admin(lab, 'backup01', `mount -n -i -o remount,rw,bind ${STORAGE}`),
    isBroken: async (lab) => (await lab.shell('backup01', ['touch', `${STORAGE}/.`])).stderr.includes('Read-only file system'),
  },
  full('tmp-full-on-backup', 'backup01', '/var/tmp'),
  full('staging-full-on-host', 'kvm01', `${STORAGE}/0`),
];

/** A small volume, full, at a place that a small one can be mounted over. */
function full(name: string, machine: string, place: string): World {
  return {
    name,
    what: `${place} on ${machine} is full`,
    break: (lab) =>
      admin(lab, machine, `mount -n -t tmpfs -o size=1m,mode=1777 full ${place}; cat /dev/zero > ${place}/filler 2> /dev/null || true`),
    repair: (lab) => admin(lab, machine, `umount -n ${place}`),
    isBroken: async (lab) => (await sh(lab, machine, `df --output=avail ${place} | tail -n 1`)).trim() === '0',
  };
}
