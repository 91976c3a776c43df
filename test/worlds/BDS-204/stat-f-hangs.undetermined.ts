import { instead } from '../ways.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...instead('stat', ['backup01'], {
    what: 'waits for a file system that does not answer',
    script: 'case "$*" in -f*) exec sleep 60;; esac\nexec $real "$@"',
    asked: 'timeout 1 stat -f /var/tmp',
    looks: /^exit 124/,
  }),
  site: { deadlines: { command: 3 } },
  flips: undetermined('204', '405'),
  reasons: { 'BDS-204': [server, /none within 3 s/], 'BDS-405': [/none within 3 s/] },
} satisfies World;
