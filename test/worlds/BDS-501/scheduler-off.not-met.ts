import { behind501, noRounds, quicker } from '../drills.ts';
import { knowing } from '../ways.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...knowing("OpenNebula's scheduler does nothing", noRounds, async (lab) => (await lab.openNebula()).settings.MANAGER_TIMER === 0),
  profile: 'gate',
  site: quicker({ schedule: 4 }),
  flips: { ...notMet('501'), ...behind501 },
  reasons: { 'BDS-501': [/still waiting; ours was removed from the queue\. Is the scheduler running/, /MAX_BACKUPS/] },
} satisfies World;
