import { impatient, prints, program } from '../faults.ts';
import { blocked, onlyKvm01, undetermined, type World } from '../world.ts';

export default {
  ...program(
    'bash on kvm01 hangs',
    'kvm01',
    'bash',
    'exec sleep 60',
    prints('kvm01', /^124/m, 'sh', '-c', 'timeout 0.3 bash -c true; echo $?'),
  ),

  site: impatient,
  flips: { ...undetermined('102'), ...blocked('105', '205', '303', '304') },
  machines: onlyKvm01('102', 'undetermined'),
  reasons: { 'BDS-102': [/kvm01/, /no answer within/, /Log in by hand/] },
} satisfies World;
