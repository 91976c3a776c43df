import { without } from '../ways.ts';
import { kvm01, notMet, type World } from '../world.ts';

export default {
  ...without('rm', ['backup01']),
  flips: notMet('304'),
  machines: { 'BDS-304': { [kvm01]: 'met', 'backup01.example.net': 'not-met' } },
  reasons: { 'BDS-304': [/backup01.*rm \(package coreutils; .*deleting/] },
} satisfies World;
