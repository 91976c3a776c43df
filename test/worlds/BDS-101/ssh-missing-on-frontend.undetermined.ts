import { lacking, prints } from '../faults.ts';
import { behind101, blocked, notMet, undetermined, type World } from '../world.ts';

export default {
  ...{
    ...lacking('ssh', 'frontend01'),
    isBroken: prints('frontend01', /not found/, 'sh', '-c', 'ssh -V'),
  },

  flips: { ...undetermined('101', '102'), ...behind101, ...blocked('105', '205', '303'), ...notMet('304') },
  reasons: {
    'BDS-101': [/frontend01.*backup01/, /no login was tried/, /ssh/],
    'BDS-102': [/no login was tried/],
    'BDS-304': [/frontend01.*missing: ssh/],
  },
} satisfies World;
