import { command } from '../faults.ts';
import { blocked, undetermined, type World } from '../world.ts';

export default {
  ...command('onehost alone prints another pool', 'onehost', 'echo "<VNET_POOL/>"', /VNET_POOL/m),

  flips: { ...undetermined('102'), ...blocked('105', '205', '303', '304') },
  reasons: { 'BDS-102': [/onehost list -x/, /<VNET_POOL>/] },
} satisfies World;
