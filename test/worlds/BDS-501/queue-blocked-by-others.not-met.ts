import { behind501, quicker } from '../drills.ts';
import { broken } from '../ways.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...broken('backup-stuck'),
  profile: 'gate',
  site: quicker({ schedule: 4 }),
  flips: { ...notMet('406', '501'), ...behind501 },
  reasons: {
    'BDS-406': [/action 901/],
    'BDS-501': [
      /within 4 s, found it still waiting; ours was removed from the queue/,
      /behind scheduled backup 900 \(rejected: .*datastore \[999\].*not ours.*onevm sched-delete 0 900/,
    ],
  },
} satisfies World;
