import { impostor, loginSays } from '../faults.ts';
import { behind101, blocked, server, undetermined, type World } from '../world.ts';

export default {
  ...impostor(
    'the SSH server of backup01 sends rubbish instead of a key exchange',
    'backup01',
    'print $c "SSH-2.0-OpenSSH_9.9\\r\\n", "rubbish!" x 9; sleep 1',
    loginSays('frontend01', 'backup01', /Bad packet length|corrupt/),
  ),

  flips: { ...undetermined('101', '102'), ...behind101, ...blocked('105') },
  reasons: { 'BDS-101': [server, /Bad packet length|corrupt/], 'BDS-102': [/kvm01.*kvm02/s, /Bad packet length|corrupt/] },
} satisfies World;
