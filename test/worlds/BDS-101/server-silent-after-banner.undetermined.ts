import { impatient, impostor, loginSays } from '../faults.ts';
import { behind101, blocked, server, undetermined, type World } from '../world.ts';

export default {
  ...impostor(
    'the SSH server of backup01 says its name and no more',
    'backup01',
    'print $c "SSH-2.0-OpenSSH_9.9\\r\\n"; sleep 60',
    loginSays('frontend01', 'backup01', /timed out/),
  ),

  site: impatient,
  flips: { ...undetermined('101', '102'), ...behind101, ...blocked('105') },
  reasons: { 'BDS-101': [server, /no answer|timed out/], 'BDS-102': [/kvm01.*kvm02/s, /→ backup01/, /no answer|timed out/] },
} satisfies World;
