import { without } from '../ways.ts';
import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...without('awk', ['kvm01']),
  flips: notMet('304'),
  machines: onlyKvm01('304'),
  reasons: { 'BDS-304': [/kvm01.*awk \(package mawk; .*cancelling/] },
} satisfies World;
