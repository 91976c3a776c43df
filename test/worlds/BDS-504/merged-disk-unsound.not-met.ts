import { intercepted, keepLast, withIncrements } from '../drills.ts';
import { together } from '../faults.ts';
import { notMet, type World } from '../world.ts';

const spoils = intercepted('', {
  of: ['mv', 'backup01'],
  when: '*disk.*',
  act: 'dd if=/dev/zero of="$1" bs=65536 seek=2 count=1 conv=notrunc 2> /dev/null',
  tried:
    'cd /tmp; qemu-img create -q -f qcow2 disk.0.0 64M; qemu-io -f qcow2 -c "write -q 0 1M" disk.0.0; mv disk.0.0 disk.0.1; qemu-img check disk.0.1; rm disk.0.1',
  looks: /ERROR cluster/,
});

export default {
  ...together('backup01 spoils a disk that it merges', [keepLast(1), spoils], spoils.isBroken),
  profile: 'gate',
  site: withIncrements,
  flips: notMet('504'),
  reasons: { 'BDS-504': [/disk\.0\.1: qemu-img check says “/] },
} satisfies World;
