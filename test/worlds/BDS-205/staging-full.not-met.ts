import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  lab: 'staging-full-on-host',
  flips: notMet('205'),
  machines: onlyKvm01('205'),
  reasons: { 'BDS-205': [/kvm01/, /datastores\/0 has 0\.0 % free, expected at least 10 %/] },
} satisfies World;
