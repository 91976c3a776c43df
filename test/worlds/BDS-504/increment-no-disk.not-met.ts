import { arriving, keepLast, withIncrements } from '../drills.ts';
import { together } from '../faults.ts';
import { notMet, type World } from '../world.ts';

const spoils = arriving(
  '',
  'if [ -e disk.0.1 ]; then head -c 200000 /dev/zero > disk.0.1; fi',
  '! qemu-img check -f qcow2 disk.0.1 2> /dev/null',
);

export default {
  ...together('backup01 spoils every increment that arrives, and files01 keeps all', [keepLast(0), spoils], spoils.isBroken),
  profile: 'gate',
  site: withIncrements,
  flips: notMet('504', '601'),
  reasons: { 'BDS-504': [/disk\.0\.1 is no qcow2 file/], 'BDS-601': [/state ERROR/] },
} satisfies World;
