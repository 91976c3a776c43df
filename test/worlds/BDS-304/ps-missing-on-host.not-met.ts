import { without } from '../ways.ts';
import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...without('ps', ['kvm01']),
  flips: notMet('304'),
  machines: onlyKvm01('304'),
  reasons: { 'BDS-304': [/kvm01.*ps \(package procps; .*cancelling/] },
} satisfies World;
