import { behind501, failing, noRounds, quicker } from '../drills.ts';
import { knowing, together } from '../ways.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...together(
    "OpenNebula's scheduler does nothing, and no action can be deleted",
    knowing('', noRounds, async (lab) => (await lab.openNebula()).settings.MANAGER_TIMER === 0),
    failing('', {
      of: ['onevm', 'frontend01'],
      when: 'sched-delete*',
      tried: 'onevm sched-delete 0 999',
      says: '[one.vm.scheddelete] Not authorized',
      exit: 255,
    }),
  ),
  profile: 'gate',
  site: quicker({ schedule: 4 }),
  flips: { ...notMet('501', '602'), ...behind501 },
  reasons: {
    'BDS-501': [/still waiting; ours could not be removed from the queue \(.*Not authorized\): onevm sched-delete 0 \d+/],
    'BDS-602': [/scheduled backup \d+: remove it with onevm sched-delete 0 \d+/],
  },
} satisfies World;
