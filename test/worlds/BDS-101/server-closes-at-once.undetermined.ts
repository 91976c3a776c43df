import { impostor, loginSays } from '../faults.ts';
import { behind101, blocked, server, undetermined, type World } from '../world.ts';

export default {
  ...impostor(
    'the SSH server of backup01 closes every connection at once',
    'backup01',
    'close $c',
    loginSays('frontend01', 'backup01', /kex_exchange_identification/),
  ),

  flips: { ...undetermined('101', '102'), ...behind101, ...blocked('105') },
  reasons: { 'BDS-101': [server, /kex_exchange_identification/], 'BDS-102': [/kvm01.*kvm02/s, /kex_exchange_identification/] },
} satisfies World;
