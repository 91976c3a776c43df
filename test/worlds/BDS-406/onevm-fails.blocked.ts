import { command } from '../faults.ts';
import { blocked, undetermined, type World } from '../world.ts';

export default {
  ...command('onevm alone fails', 'onevm', 'echo "[one.hostpool.info] Something went wrong" >&2; exit 255', /went wrong/m),

  flips: { ...undetermined('304'), ...blocked('406') },
  reasons: { 'BDS-304': [/onevm list -x/, /exit 255: .*went wrong/] },
} satisfies World;
