import { instead } from '../ways.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...instead('stat', ['backup01'], {
    what: 'is one of another kind, which knows no --printf',
    script: 'case "$*" in *--printf*) echo "stat: unrecognized option: printf" >&2; exit 1;; esac\nexec $real "$@"',
    asked: 'stat --printf %d /',
    looks: /^exit 1 stat: unrecognized/,
  }),
  flips: undetermined('203'),
  reasons: { 'BDS-203': [server, /unrecognized option/] },
} satisfies World;
