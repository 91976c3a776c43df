import type { Tree } from '../../../lab/opennebula/tree.ts';
import { quick } from '../drills.ts';
import { prints } from '../faults.ts';
import { knowing } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...knowing(
    'an earlier backup of the virtual machine failed, as OpenNebula never forgets',
    ({ vms }) => Object.assign((vms[0]?.USER_TEMPLATE as Tree) ?? {}, { ERROR: 'Mon Nov 23 05:08:52 2026: BACKUP: of long ago' }),
    prints('frontend01', /of long ago/, 'onevm', 'show', '-x', '0'),
  ),
  profile: 'gate',
  site: quick,
  flips: {},
  reasons: {},
} satisfies World;
