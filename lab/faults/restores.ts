/** Faults of what a gate restores of production, and of how long that takes. They need a lab with production. */
import type { Lab } from '../machines/lab.ts';
import { stored } from '../opennebula/backup-images.ts';
import { text } from '../opennebula/tree.ts';
import { type Fault, sh, succeeds, together, unseen } from './fault.ts';
import { known } from './opennebula.ts';
import { image, machine } from './protection.ts';
import { files } from './ssh.ts';
import { scripts } from './storage.ts';

/** The folder of a machine's newest backup on the backup server. */
export async function newestFolder(lab: Lab, name: string): Promise<string> {
  const cloud = await lab.openNebula();
  const id = text(machine(cloud, name), 'ID');
  const own = stored(cloud).filter((one) => text(one.vm, 'ID') === id);
  return own.toSorted((one, other) => other.time - one.time)[0]?.folder ?? '';
}

const onNewest = async (lab: Lab, name: string, script: string, ...args: string[]) =>
  sh(lab, 'backup01', script, `${await newestFolder(lab, name)}/disk.0.0`, ...args);

/** The newest backup of a machine, a full one, has so many MiB, most of them a hole in its file. */
export const grown = (name: string, mb: number): Fault =>
  together(
    `the newest backup of ${name} has ${mb} MiB`,
    [
      known(
        '',
        image(name, (found) => Object.assign(found, { SIZE: String(mb) })),
        unseen,
        'all',
      ),
      {
        what: '',
        break: (lab) => onNewest(lab, name, 'stat -c %s "$1"; truncate -s "$2M" "$1"', String(mb)),
        repair: (lab, memo) => onNewest(lab, name, 'truncate -s "$2" "$1"', memo.trim()),
        isBroken: unseen,
      },
    ],
    async (lab) => Number(await onNewest(lab, name, 'stat -c %s "$1"')) >= mb * 2 ** 20,
  );

/** The site file of the front-end is changed by a script for sed. */
const siteFile = (script: string, looks: string): Fault =>
  files('', 'frontend01', {
    files: ['/var/lib/one/site.yaml'],
    script: `sed -i '${script}' ~/site.yaml`,
    looks: (lab) => succeeds(lab, 'frontend01', 'grep', '-q', looks, 'site.yaml'),
  });

export const restores = {
  'sample-corrupt': {
    ...scripts('the first block of the refcount table is lost of every backup of production', 'backup01', {
      make: `tar -cPf /var/tmp/whole.tar $own/[2-7]/*/disk.0.0; for disk in $own/[2-7]/*/disk.0.0; do
        head -c 8 /dev/zero | dd of="$disk" bs=1 seek=65536 conv=notrunc status=none; done`,
      undo: 'tar -xpPf /var/tmp/whole.tar; rm /var/tmp/whole.tar',
      looks: 'for disk in $own/2/*/disk.0.0; do ! qemu-img check -q -f qcow2 "$disk" 2> /dev/null || exit; done',
    }),
    profile: 'gate',
  },
  'rto-missed': {
    ...together('production is owed restores within ten minutes, and a backup of db01 has 2 TiB', [
      siteFile('s/^  quiesced:/  rto: 10m\\n&/; s/vms: 1, max_size/vms: 6, max_size/', 'rto: 10m'),
      // By this one the speed of restores is measured.
      grown('web01', 1100),
      grown('db01', 2 ** 21),
    ]),
    profile: 'gate',
  },
} satisfies Record<string, Fault>;
