import { quick } from '../drills.ts';
import { prints } from '../faults.ts';
import { knowing } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...knowing(
    'the virtual machine is powered off',
    ({ vms }) => Object.assign(vms[0] ?? {}, { STATE: '8', LCM_STATE: '0' }),
    prints('frontend01', /<STATE>8</, 'onevm', 'show', '-x', '0'),
  ),
  profile: 'gate',
  site: quick,
  flips: {},
  reasons: {},
} satisfies World;
