import { behind501, quick } from '../drills.ts';
import { prints } from '../faults.ts';
import { knowing } from '../ways.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...knowing(
    'the virtual machine is suspended, of which OpenNebula makes no backup',
    ({ vms }) => Object.assign(vms[0] ?? {}, { STATE: '5', LCM_STATE: '0' }),
    prints('frontend01', /<STATE>5</, 'onevm', 'show', '-x', '0'),
  ),
  profile: 'gate',
  site: quick,
  flips: { ...notMet('501'), ...behind501 },
  reasons: { 'BDS-501': [/found it rejected: “.*wrong state SUSPENDED/, /it was removed from the queue/] },
} satisfies World;
