import type { Lab } from '../../../lab/machines/lab.ts';
import { quick } from '../drills.ts';
import { loginSays } from '../faults.ts';
import { blocked, notMet, type World } from '../world.ts';

export default {
  ...{
    what: 'the SSH server of kvm02 is stopped, and the virtual machine is on kvm01',
    break: (lab: Lab) => lab.stop('kvm02', 'sshd'),
    repair: (lab: Lab) => lab.start('kvm02', 'sshd'),
    isBroken: loginSays('frontend01', 'kvm02', /Connection refused/),
  },
  profile: 'gate',
  site: quick,
  flips: { ...notMet('102'), ...blocked('105', '205', '303', '304') },
  reasons: { 'BDS-102': [/kvm02/, /Connection refused/] },
} satisfies World;
