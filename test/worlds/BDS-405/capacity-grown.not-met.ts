import type { Lab } from '../../../lab/machines/lab.ts';
import { admin } from '../../../lab/worlds/tools.ts';

const size = (size: string) => `mount -n -i --options-mode ignore -o remount,size=${size} /var/lib/one/datastores`;

import { prints } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...{
    what: 'the backup volume grew to 8 GiB since OpenNebula looked',
    break: (lab: Lab) => admin(lab, 'backup01', size('8g')),
    repair: (lab: Lab) => admin(lab, 'backup01', size('768m')),
    isBroken: prints('backup01', /8\.0G/, 'df', '-h', '/var/lib/one/datastores'),
  },

  flips: notMet('405'),
  reasons: { 'BDS-405': [/TOTAL_MB 768 where the server has 8192/] },
} satisfies World;
