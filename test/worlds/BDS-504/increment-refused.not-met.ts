import { intercepted, withIncrements } from '../drills.ts';
import { blocked, notMet, type World } from '../world.ts';

export default {
  ...intercepted('OpenNebula takes no request for an increment', {
    of: ['onevm', 'frontend01'],
    when: '*--schedule*',
    act: 'case "$*" in *--reset*) ;; *) echo "[one.vm.schedadd] Not authorized" >&2; exit 255 ;; esac',
    tried: 'onevm backup --schedule now -d 100 999',
    looks: /^\[one\.vm\.schedadd\] Not authorized/,
  }),
  profile: 'gate',
  site: withIncrements,
  flips: { ...notMet('504'), ...blocked('601') },
  reasons: { 'BDS-504': [/found the request refused: “\[one\.vm\.schedadd\] Not authorized/] },
} satisfies World;
