import { keepLast, quicker, slow, withIncrements } from '../drills.ts';
import { together } from '../faults.ts';
import { blocked, notMet, type World } from '../world.ts';

const dawdles = slow('', { of: ['qemu-img', 'backup01'], when: 'commit*', tried: 'qemu-img commit --help', seconds: 13 });

export default {
  ...together('qemu-img on backup01 takes longer to merge than the deadline', [keepLast(1), dawdles], dawdles.isBroken),
  profile: 'gate',
  site: { ...withIncrements, ...quicker({ backup: 7 }) },
  flips: { ...notMet('504'), ...blocked('601') },
  reasons: { 'BDS-504': [/found 2 links in image \d+ after 7 s/, /oned\.log/] },
} satisfies World;
