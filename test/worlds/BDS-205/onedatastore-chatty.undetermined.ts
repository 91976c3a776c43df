import { command } from '../faults.ts';
import { behind402, blocked, undetermined, type World } from '../world.ts';

export default {
  ...command('onedatastore alone prints a word after the pool', 'onedatastore', '$real "$@"; echo done', /done$/m),

  flips: { ...undetermined('205'), ...blocked('402'), ...behind402 },
  reasons: { 'BDS-205': [/onedatastore list -x/, /not the pool, or not all of it/] },
} satisfies World;
