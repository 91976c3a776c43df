import { command } from '../faults.ts';
import { blocked, undetermined, type World } from '../world.ts';

export default {
  ...command('onehost alone fails', 'onehost', 'echo "[one.hostpool.info] Something went wrong" >&2; exit 255', /went wrong/m),

  flips: { ...undetermined('102'), ...blocked('105', '205', '303', '304') },
  reasons: { 'BDS-102': [/onehost list -x/, /exit 255: .*went wrong/] },
} satisfies World;
