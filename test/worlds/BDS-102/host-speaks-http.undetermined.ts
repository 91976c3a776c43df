import { impostor, loginSays } from '../faults.ts';
import { blocked, onlyKvm01, undetermined, type World } from '../world.ts';

export default {
  ...impostor(
    'on port 22 of kvm01 a web server answers',
    'kvm01',
    'print $c "HTTP/1.1 400 Bad Request\\r\\n\\r\\n"; shutdown($c, 1); sysread($c, my $b, 999)',
    loginSays('frontend01', 'kvm01', /kex_exchange_identification/),
  ),

  flips: { ...undetermined('102'), ...blocked('105', '205', '303', '304') },
  machines: onlyKvm01('102', 'undetermined'),
  reasons: { 'BDS-102': [/frontend01.*→ kvm01/, /kex_exchange_identification|Connection closed/] },
} satisfies World;
