import { command } from '../faults.ts';
import { behind402, blocked, undetermined, type World } from '../world.ts';

export default {
  ...command('onedatastore alone prints another pool', 'onedatastore', 'echo "<VNET_POOL/>"', /VNET_POOL/m),

  flips: { ...undetermined('205'), ...blocked('402'), ...behind402 },
  reasons: { 'BDS-205': [/onedatastore list -x/, /<VNET_POOL>/] },
} satisfies World;
