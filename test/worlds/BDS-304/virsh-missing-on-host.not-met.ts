import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  lab: 'virsh-missing-on-host',
  flips: notMet('304'),
  machines: onlyKvm01('304'),
  reasons: { 'BDS-304': [/kvm01.*virsh \(package libvirt-clients; .*freezes and copies/] },
} satisfies World;
