import { without } from '../ways.ts';
import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...without('rm', ['kvm01']),
  flips: notMet('304'),
  machines: onlyKvm01('304'),
  reasons: { 'BDS-304': [/kvm01.*rm \(package coreutils; .*clears/] },
} satisfies World;
