import type { Lab } from '../../../lab/machines/lab.ts';
import { admin } from '../../../lab/worlds/tools.ts';
import { datastore } from '../faults.ts';

const size = (size: string) => `mount -n -i --options-mode ignore -o remount,size=${size} /var/lib/one/datastores`;
const full = datastore('', (shown) => Object.assign(shown, { TOTAL_MB: '8192', FREE_MB: '300' }), /<FREE_MB>300</);

import { notMet, type World } from '../world.ts';

export default {
  ...{
    what: 'the backup volume is empty, and OpenNebula believes it to be nearly full',
    break: async (lab: Lab) => {
      await admin(lab, 'backup01', size('8g'));
      return full.break(lab);
    },
    repair: async (lab: Lab, memo: string) => {
      await full.repair(lab, memo);
      return admin(lab, 'backup01', size('768m'));
    },
    isBroken: full.isBroken,
  },

  flips: notMet('405'),
  reasons: { 'BDS-405': [/FREE_MB 300 where the server has \d{4}/] },
} satisfies World;
