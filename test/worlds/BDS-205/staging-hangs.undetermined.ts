import { instead } from '../ways.ts';
import { onlyKvm01, undetermined, type World } from '../world.ts';

export default {
  ...instead('stat', ['kvm01'], {
    what: 'waits for a file system that does not answer',
    script: 'case "$*" in -f*) exec sleep 60;; esac\nexec $real "$@"',
    asked: 'timeout 1 stat -f /var/tmp',
    looks: /^exit 124/,
  }),
  site: { deadlines: { command: 3 } },
  flips: undetermined('205'),
  machines: onlyKvm01('205', 'undetermined'),
  reasons: { 'BDS-205': [/kvm01/, /none within 3 s/] },
} satisfies World;
