import { keepLast, withIncrements } from '../drills.ts';
import { lacking, together } from '../faults.ts';
import { blocked, notMet, type World } from '../world.ts';

const jq = lacking('jq', 'backup01');

export default {
  ...together('backup01 has no jq, and files01 is flattened with every increment', [keepLast(1), jq], jq.isBroken),
  profile: 'gate',
  site: withIncrements,
  flips: { ...notMet('304', '504'), ...blocked('601') },
  reasons: { 'BDS-304': [/jq/], 'BDS-504': [/jq: command not found/, /Its chain may be destroyed/, /onevm backup --reset/] },
} satisfies World;
