import { quick, theDrill } from '../drills.ts';
import { broken } from '../ways.ts';
import { blocked, notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...broken('host-sshd-down'),
  profile: 'gate',
  site: quick,
  flips: { ...notMet('102'), ...blocked('105', '205', '303', '304'), ...theDrill },
  machines: { ...onlyKvm01('102'), ...onlyKvm01('303', 'blocked') },
  reasons: { 'BDS-102': [/kvm01/, /Connection refused/] },
} satisfies World;
