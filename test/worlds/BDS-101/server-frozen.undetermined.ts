import { behind101, blocked, server, undetermined, type World } from '../world.ts';

export default {
  lab: 'server-frozen',

  flips: { ...undetermined('101', '102'), ...behind101, ...blocked('105') },
  reasons: { 'BDS-101': [server, /timed out/], 'BDS-102': [/kvm01.*kvm02/s, /timed out/] },
} satisfies World;
