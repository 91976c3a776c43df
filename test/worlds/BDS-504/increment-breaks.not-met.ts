import { intercepted, withIncrements } from '../drills.ts';
import { blocked, notMet, type World } from '../world.ts';

export default {
  ...intercepted('rsync on kvm02 breaks when it transfers an increment', {
    of: ['rsync', 'kvm02'],
    when: '-aS*',
    act: 'for from; do if [ -e "$from/disk.0.1" ]; then echo "rsync: write failed: Input/output error" >&2; exit 11; fi; done',
    tried: 'mkdir /tmp/staged; touch /tmp/staged/disk.0.1; rsync -aS /tmp/staged /tmp/sent; rm -rf /tmp/staged /tmp/sent',
    looks: /Input\/output error/,
  }),
  profile: 'gate',
  site: withIncrements,
  flips: { ...notMet('504'), ...blocked('601') },
  reasons: {
    'BDS-504': [/expected increment 1 of files01 \(1\) to complete/, /failed: “backup: rsync: write failed: Input\/output error”/],
  },
} satisfies World;
