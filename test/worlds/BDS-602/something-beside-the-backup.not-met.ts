import type { Lab } from '../../../lab/machines/lab.ts';
import { sh } from '../../../lab/worlds/tools.ts';
import { arriving, quick } from '../drills.ts';
import { notMet, type World } from '../world.ts';

const puts = arriving('somebody puts a file beside each backup', 'touch ../lost', 'test -e ../lost && rm ../lost');

export default {
  ...{
    ...puts,
    repair: async (lab: Lab, memo: string) => {
      await puts.repair(lab, memo);
      await sh(lab, 'backup01', 'rm -f /var/lib/one/datastores/100/0/lost');
    },
  },
  profile: 'gate',
  site: quick,
  flips: notMet('602'),
  reasons: { 'BDS-602': [/datastores\/100\/0 on backup01\.example\.net belongs to no image\. Look at it/] },
} satisfies World;
