import { known, prints } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...known(
    'virtual machine 0 is powered off',
    (cloud) => Object.assign(cloud.vms[0] ?? {}, { STATE: '8', LCM_STATE: '0' }),
    prints('frontend01', /<STATE>8</, 'onevm', 'list', '-x', '--extended'),
  ),

  flips: {},
  reasons: {},
} satisfies World;
