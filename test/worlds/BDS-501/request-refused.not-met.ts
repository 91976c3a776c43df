import { behind501, failing, quick } from '../drills.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...failing('OpenNebula lets the account schedule nothing', {
    of: ['onevm', 'frontend01'],
    when: '*--schedule*',
    tried: 'onevm backup --schedule now -d 100 999',
    says: '[one.vm.schedadd] User [2] : Not authorized to perform MANAGE VM [0].',
    exit: 255,
  }),
  profile: 'gate',
  site: quick,
  flips: { ...notMet('501'), ...behind501 },
  reasons: { 'BDS-501': [/found the request refused: “\[one\.vm\.schedadd\] User \[2\] : Not authorized/, /Mend what it says/] },
} satisfies World;
