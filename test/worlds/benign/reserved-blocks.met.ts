import { instead } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...instead('stat', ['backup01'], {
    what: 'tells of a file system half of which is kept for root',
    script: 'case "$*" in -f*) for at in "${@:5}"; do echo "4096 196608 196608 98304 4096 4090 $at"; done;; *) exec $real "$@";; esac',
    asked: 'stat -f -c "%S %b %f %a %c %d %n" -- /var/tmp',
    looks: /^exit 0 4096 196608 196608 98304/,
  }),
  flips: {},
  reasons: {},
} satisfies World;
