import { saying } from '../ways.ts';
import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...saying('rsync', ['kvm01'], 'rsync  version 3.0.9  protocol version 30'),
  flips: notMet('303'),
  machines: onlyKvm01('303'),
  reasons: { 'BDS-303': [/kvm01/, /expected rsync 3\.1\.0 or newer, found 3\.0\.9\b/, /Repair or upgrade/] },
} satisfies World;
