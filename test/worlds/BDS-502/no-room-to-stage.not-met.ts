import { behind502, quick } from '../drills.ts';
import { mounts } from '../ways.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...mounts('kvm01 has less room than the virtual machine takes, though it has enough in percent', ['kvm01'], {
    make: `mkdir /mnt; cp -a --sparse=always $storage/0/. /mnt; mount -n -t tmpfs -o size=64m,mode=755 staging $storage/0
      cp -a --sparse=always /mnt/. $storage/0; rm -r /mnt/*`,
    undo: 'umount -n $storage/0; rmdir /mnt',
    looks: 'mountpoint --quiet $storage/0',
  }),
  profile: 'gate',
  site: quick,
  flips: { ...notMet('502'), ...behind502 },
  reasons: { 'BDS-502': [/failed: “prebackup_live: /] },
} satisfies World;
