import { failing, quick } from '../drills.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...failing('OpenNebula lets the account delete no scheduled action', {
    of: ['onevm', 'frontend01'],
    when: 'sched-delete*',
    tried: 'onevm sched-delete 0 999',
    says: '[one.vm.scheddelete] User [2] : Not authorized to perform MANAGE VM [0].',
    exit: 255,
  }),
  profile: 'gate',
  site: quick,
  flips: notMet('602'),
  reasons: { 'BDS-602': [/found: scheduled backup \d+: remove it with onevm sched-delete 0 \d+/] },
} satisfies World;
