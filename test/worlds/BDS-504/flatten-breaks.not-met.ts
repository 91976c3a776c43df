import { failing, keepLast, withIncrements } from '../drills.ts';
import { together } from '../faults.ts';
import { blocked, notMet, type World } from '../world.ts';

const breaks = failing('', {
  of: ['qemu-img', 'backup01'],
  when: 'commit*',
  tried: 'qemu-img commit --help',
  says: 'qemu-img: Failed to commit image: No space left on device',
});

export default {
  ...together('qemu-img on backup01 merges nothing', [keepLast(1), breaks], breaks.isBroken),
  profile: 'gate',
  site: withIncrements,
  flips: { ...notMet('504'), ...blocked('601') },
  reasons: { 'BDS-504': [/Error flattening backup increments: .*No space left on device/, /begin a new chain/] },
} satisfies World;
