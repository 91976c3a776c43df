import { overHostSays, sshd } from '../faults.ts';
import { kvm01, kvm02, notMet, server, type World } from '../world.ts';

export default {
  ...sshd(
    'sshd on backup01 runs another command for whoever comes from a hypervisor',
    'backup01',
    'Match Address 198.19.0.0/16\\n  ForceCommand echo not for you >\\&2\\nMatch all',
    overHostSays('kvm01', /not for you/),
  ),
  flips: notMet('303'),
  machines: { 'BDS-303': { [kvm01]: 'not-met', [kvm02]: 'not-met' } },
  reasons: { 'BDS-303': [/kvm01/, server, /expected rsync to be answered/, /not for you/, /ForceCommand/] },
} satisfies World;
