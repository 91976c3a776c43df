import { instead } from '../ways.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...instead('stat', ['backup01'], {
    what: 'gets an input/output error from storage',
    script: `case "$*" in -f*) exec $real "$@";; */datastores*) $real "$1" "$2" "$3" /; echo "stat: cannot stat '/var/lib/one/datastores': Input/output error" >&2; exit 1;; esac\nexec $real "$@"`,
    asked: 'stat /var/lib/one/datastores / /',
    looks: /^exit 1 .*Input\/output error/s,
  }),
  flips: undetermined('203'),
  reasons: { 'BDS-203': [server, /Input\/output error/] },
} satisfies World;
