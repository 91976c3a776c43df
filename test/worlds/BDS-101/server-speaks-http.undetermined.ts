import { impostor, loginSays } from '../faults.ts';
import { behind101, blocked, server, undetermined, type World } from '../world.ts';

export default {
  ...impostor(
    'on port 22 of backup01 a web server answers',
    'backup01',
    'print $c "HTTP/1.1 400 Bad Request\\r\\n\\r\\n"; shutdown($c, 1); sysread($c, my $b, 999)',
    loginSays('frontend01', 'backup01', /kex_exchange_identification/),
  ),

  flips: { ...undetermined('101', '102'), ...behind101, ...blocked('105') },
  reasons: {
    'BDS-101': [server, /kex_exchange_identification|Connection closed/],
    'BDS-102': [/kvm01.*kvm02/s, /kex_exchange_identification|Connection closed/],
  },
} satisfies World;
