import { instead } from '../ways.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...instead('stat', ['backup01'], {
    what: 'cannot read the figures of a file system',
    script: 'case "$*" in -f*) echo "stat: cannot read file system information: Input/output error" >&2; exit 1;; esac\nexec $real "$@"',
    asked: 'stat -f /var/tmp',
    looks: /^exit 1 stat: cannot read/,
  }),
  flips: undetermined('204', '405'),
  reasons: { 'BDS-204': [server, /Input\/output error/], 'BDS-405': [/Input\/output error/] },
} satisfies World;
