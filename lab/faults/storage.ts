/** Faults in which the storage of a machine is not what it should be. */
import type { Lab } from '../machines/lab.ts';
import { text } from '../opennebula/tree.ts';
import { admin, each, type Fault, type Looks, type On, prints, sh, succeeds } from './fault.ts';

/** In the scripts below, $storage is the storage directory, and $own the backup datastore's own, which OpenNebula makes when it looks at the capacity. */
const places = async (lab: Lab): Promise<string> => {
  const own = (await lab.openNebula()).datastores.find(({ NAME }) => NAME === 'rsync Backups') ?? {};
  return `storage=/var/lib/one/datastores; own=$storage/${text(own, 'ID') || 100}\n`;
};

interface Scripts {
  readonly make: string;
  readonly undo: string;
  /** A script that succeeds once it was made, or what else tells. */
  readonly looks: string | Looks;
}

type Run = (lab: Lab, machine: string, script: string) => Promise<unknown>;

const by =
  (run: Run) =>
  (what: string, on: On, { make, undo, looks }: Scripts): Fault => {
    const onEach = async (lab: Lab, script: string) => {
      const where = await places(lab);
      return each(on, (machine) => run(lab, machine, where + script));
    };
    return {
      what,
      break: (lab) => onEach(lab, make),
      repair: (lab) => onEach(lab, undo),
      isBroken:
        typeof looks === 'function'
          ? looks
          : async (lab) => {
              const script = (await places(lab)) + looks;
              return (await each(on, (machine) => succeeds(lab, machine, 'bash', '-euc', script))).every(Boolean);
            },
    };
  };

/** Scripts on one machine, or on several alike, as oneadmin. */
export const scripts = by(sh);
/** The same with the power to mount. What was there before lies in /mnt, if `aside` is run. */
export const mounts = by(admin);

/** Takes the backup volume away from $storage, and brings it back. It cannot be mounted again once it is gone, so it is elsewhere meanwhile. */
export const aside = 'mkdir /mnt; mount -n --move $storage /mnt; ';
export const asBefore = '; mkdir -p $storage; chmod 775 $storage; mount -n --move /mnt $storage; rmdir /mnt';

/** A directory of backup01 has another mode. */
export const mode = (what: string, { of, is, was }: { of: string; is: string; was: string }): Fault =>
  scripts(what, 'backup01', { make: `chmod ${is} ${of}`, undo: `chmod 00${was} ${of}`, looks: `test "$(stat -c %a ${of})" = ${is}` });

interface Volume {
  /** Where it is mounted. */
  readonly at: string;
  readonly size?: string;
  /** How much of it is in use; all, if not given. */
  readonly used?: string;
  readonly mode?: string;
  /** There is no such directory otherwise. */
  readonly fresh?: boolean;
}

/** A small volume that is in use. */
export const smallVolume = (what: string, on: On, { at, size = '1m', used, mode: bits = '755', fresh = false }: Volume): Fault =>
  mounts(what, on, {
    make: `${fresh ? `mkdir ${at}; ` : ''}mount -n -t tmpfs -o size=${size},mode=${bits} small ${at}
      head -c ${used ?? '1G'} /dev/zero > ${at}/filler ${used ? '' : '2> /dev/null || true'}`,
    undo: `umount -n ${at}${fresh ? `; rmdir ${at}` : ''}`,
    looks: used ? `test -s ${at}/filler` : `test "$(df --output=avail ${at} | tail -n 1)" -eq 0`,
  });

/** One of which half is in use. */
export const halfFull = (what: string, on: On, at: string): Fault => smallVolume(what, on, { at, size: '4m', used: '2M', mode: '1777' });

/** Directories of backup01, which a script lists, can no more be written to. */
const notWritable = (what: string, first: string, list: string): Fault => ({
  what,
  break: async (lab) =>
    sh(lab, 'backup01', `${await places(lab)}mapfile -t all < <(${list}); stat --format '%a %n' "\${all[@]}"; chmod 555 "\${all[@]}"`),
  repair: (lab, memo) => sh(lab, 'backup01', 'while read -r mode folder; do chmod "$mode" "$folder"; done <<< "$1"', memo.trim()),
  isBroken: async (lab) => succeeds(lab, 'backup01', 'bash', '-euc', `${await places(lab)}test "$(stat -c %a ${first})" = 555`),
});

export const storage = {
  'dir-missing': mounts('/var/lib/one/datastores does not exist on backup01', 'backup01', {
    make: `${aside}rmdir $storage`,
    undo: `rm -rf $storage${asBefore}`,
    looks: '! ls -d $storage',
  }),
  'not-mounted': mounts('the backup volume of backup01 is not mounted on /var/lib/one/datastores', 'backup01', {
    make: `${aside}cd /mnt; for folder in */; do mkdir "$storage/$folder"; done`,
    undo: `rm -rf $storage/*${asBefore}`,
    looks: '! mountpoint --quiet $storage',
  }),
  'dir-is-file': scripts("the backup datastore's folder on backup01 is a file", 'backup01', {
    make: 'mv $own $own.off; touch $own',
    undo: 'rm $own; mv $own.off $own',
    looks: 'test -f $own',
  }),
  'dir-not-writable': notWritable(
    "oneadmin may not write to the backup datastore's folder on backup01",
    '$own',
    'find $own -maxdepth 1 -type d',
  ),
  'dsparent-not-writable': notWritable('oneadmin may not write to /var/lib/one/datastores on backup01', '$storage', 'echo $storage'),
  // No ordinary user can give a folder away, and none is needed: /srv belongs to somebody else.
  'dir-wrong-owner': mounts("the folder of VM 0 in the backup datastore's folder on backup01 belongs to root", 'backup01', {
    make: 'test -d $own/0 || { mkdir $own/0; touch /run/made; }; mount -n --bind /srv $own/0',
    undo: 'umount -n $own/0; if [ -e /run/made ]; then rmdir $own/0; rm /run/made; fi',
    looks: 'test "$(stat -c %U $own/0)" = root',
  }),
  'disk-full': scripts('the backup volume of backup01 is full', 'backup01', {
    make: 'dd if=/dev/zero of=$storage/filler bs=1M 2> /dev/null || true',
    undo: 'rm $storage/filler',
    looks: 'test "$(df --output=avail $storage | tail -n 1)" -eq 0',
  }),
  'inodes-exhausted': scripts('the backup volume of backup01 has no inode left', 'backup01', {
    make: 'mkdir $storage/filler; cd $storage/filler; seq 5000 | xargs touch 2> /dev/null || true',
    undo: 'rm -r $storage/filler',
    looks: 'test "$(df --output=iavail $storage | tail -n 1)" -eq 0',
  }),
  'volume-read-only': mounts('the backup volume of backup01 is mounted read-only', 'backup01', {
    make: 'mount -n -i -o remount,ro,bind $storage',
    undo: 'mount -n -i -o remount,rw,bind $storage',
    looks: prints('backup01', 'touch /var/lib/one/datastores/.', /Read-only file system/),
  }),
  'tmp-full-on-backup': smallVolume('/var/tmp on backup01 is full', 'backup01', { at: '/var/tmp', mode: '1777' }),
  'tmpdir-not-writable-on-backup': scripts('oneadmin may not write to /var/tmp on backup01', 'backup01', {
    make: 'chmod 555 /var/tmp',
    undo: 'chmod 1777 /var/tmp',
    looks: '! test -w /var/tmp',
  }),
  'staging-full-on-host': smallVolume('/var/lib/one/datastores/0 on kvm01 is full', 'kvm01', { at: '$storage/0', mode: '1777' }),
} satisfies Record<string, Fault>;
