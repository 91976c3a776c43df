import { saying } from '../ways.ts';
import { kvm01, kvm02, notMet, type World } from '../world.ts';

export default {
  ...saying('rsync', ['kvm01', 'kvm02'], 'rsync  version 3.0.9  protocol version 30'),
  flips: notMet('303'),
  machines: { 'BDS-303': { [kvm01]: 'not-met', [kvm02]: 'not-met' } },
  reasons: { 'BDS-303': [/kvm01.*kvm02/s, /expected rsync 3\.1\.0 or newer, found 3\.0\.9\b/, /Repair or upgrade/] },
} satisfies World;
