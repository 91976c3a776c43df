import { impostor, loginSays } from '../faults.ts';
import { behind101, blocked, server, undetermined, type World } from '../world.ts';

export default {
  ...impostor(
    'the SSH server of backup01 closes connections during the key exchange',
    'backup01',
    'print $c "SSH-2.0-OpenSSH_9.9\\r\\n"; sysread($c, my $b, 22); shutdown($c, 1); sleep 1',
    loginSays('frontend01', 'backup01', /Connection closed by|reset by/),
  ),

  flips: { ...undetermined('101', '102'), ...behind101, ...blocked('105') },
  reasons: { 'BDS-101': [server, /Connection closed by|reset by/], 'BDS-102': [/kvm01.*kvm02/s, /Connection closed by|reset by/] },
} satisfies World;
