import { command } from '../faults.ts';
import { behind402, undetermined, type World } from '../world.ts';

export default {
  ...command('onedatastore alone fails', 'onedatastore', 'echo "[one.hostpool.info] Something went wrong" >&2; exit 255', /went wrong/m),

  flips: { ...undetermined('402'), ...behind402 },
  reasons: { 'BDS-402': [/onedatastore list -x/, /exit 255: .*went wrong/] },
} satisfies World;
