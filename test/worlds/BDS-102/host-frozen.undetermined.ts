import type { Lab } from '../../../lab/machines/lab.ts';
import { impatient, loginSays } from '../faults.ts';
import { blocked, onlyKvm01, undetermined, type World } from '../world.ts';

export default {
  ...{
    what: 'the SSH server of kvm01 is frozen',
    break: (lab: Lab) => lab.signal('kvm01', 'sshd', 'STOP'),
    repair: (lab: Lab) => lab.signal('kvm01', 'sshd', 'CONT'),
    isBroken: loginSays('frontend01', 'kvm01', /timed out/),
  },

  site: impatient,
  flips: { ...undetermined('102'), ...blocked('105', '205', '303', '304') },
  machines: onlyKvm01('102', 'undetermined'),
  reasons: { 'BDS-102': [/frontend01.*→ kvm01/, /timed out/] },
} satisfies World;
