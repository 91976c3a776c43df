import { behind101, blocked, notMet, server, type World } from '../world.ts';

export default {
  lab: 'sshd-down',

  flips: { ...notMet('101', '102'), ...behind101, ...blocked('105') },
  reasons: { 'BDS-101': [server, /Connection refused/, /systemctl start ssh/], 'BDS-102': [/kvm01.*kvm02/s, /Connection refused/] },
} satisfies World;
