import { blocked, notMet, onlyKvm01, type World } from '../world.ts';

export default {
  lab: 'host-sshd-down',

  flips: { ...notMet('102'), ...blocked('105', '205', '303', '304') },
  machines: { ...onlyKvm01('102'), ...onlyKvm01('205', 'blocked'), ...onlyKvm01('303', 'blocked') },
  reasons: { 'BDS-102': [/frontend01.*kvm01/, /Connection refused/], 'BDS-205': [/BDS-102/] },
} satisfies World;
