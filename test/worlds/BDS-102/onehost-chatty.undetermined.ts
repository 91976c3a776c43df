import { command } from '../faults.ts';
import { blocked, undetermined, type World } from '../world.ts';

export default {
  ...command('onehost alone prints a word after the pool', 'onehost', '$real "$@"; echo done', /done$/m),

  flips: { ...undetermined('102'), ...blocked('105', '205', '303', '304') },
  reasons: { 'BDS-102': [/onehost list -x/, /not the pool, or not all of it/] },
} satisfies World;
