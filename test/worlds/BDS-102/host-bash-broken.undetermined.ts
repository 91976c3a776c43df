import { loginSays, program } from '../faults.ts';
import { blocked, onlyKvm01, undetermined, type World } from '../world.ts';

export default {
  ...program(
    'bash on kvm01 does not run',
    'kvm01',
    'bash',
    'echo cannot run >&2; exit 126',
    loginSays('frontend01', 'kvm01', /cannot run/, 'bash -c true'),
  ),

  flips: { ...undetermined('102', '205', '303', '304'), ...blocked('105') },
  machines: onlyKvm01('102', 'undetermined'),
  reasons: {
    'BDS-102': [/kvm01/, /did not answer/],
    'BDS-205': [/kvm01/],
    'BDS-303': [/kvm01.*cannot run/],
    'BDS-304': [/kvm01.*cannot run/],
  },
} satisfies World;
