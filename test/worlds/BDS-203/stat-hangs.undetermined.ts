import { instead } from '../ways.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...instead('stat', ['backup01'], {
    what: 'waits for storage that does not answer',
    script: 'case "$*" in -f*) ;; */datastores*) exec sleep 60;; esac\nexec $real "$@"',
    asked: 'timeout 1 stat /var/lib/one/datastores',
    looks: /^exit 124/,
  }),
  site: { deadlines: { command: 3 } },
  flips: undetermined('203'),
  reasons: { 'BDS-203': [server, /no answer/] },
} satisfies World;
