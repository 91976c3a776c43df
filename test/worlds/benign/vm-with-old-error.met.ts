import { known, prints } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...known(
    'virtual machine 0 keeps the error of a backup long past',
    (cloud) => Object.assign(cloud.vms[0]?.USER_TEMPLATE ?? {}, { ERROR: 'Mon Nov 23 05:08:52 2026: BACKUP: Command failed' }),
    prints('frontend01', /Mon Nov 23 05:08:52 2026/, 'onevm', 'list', '-x', '--extended'),
  ),

  flips: {},
  reasons: {},
} satisfies World;
