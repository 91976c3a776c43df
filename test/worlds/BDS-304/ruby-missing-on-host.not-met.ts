import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  lab: 'ruby-missing-on-host',
  flips: notMet('304'),
  machines: onlyKvm01('304'),
  reasons: { 'BDS-304': [/kvm01.*ruby \(package ruby; .*prepares the disks/] },
} satisfies World;
