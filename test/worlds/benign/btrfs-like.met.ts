import { instead } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...instead('stat', ['backup01'], {
    what: 'tells of a file system without a fixed number of inodes, such as btrfs',
    script: 'case "$*" in -f*) $real "$@" | sed -E "s/^([0-9]+ [0-9]+ [0-9]+ [0-9]+) [0-9]+ [0-9]+/\\\\1 0 0/";; *) exec $real "$@";; esac',
    asked: 'stat -f -c "%S %b %f %a %c %d %n" /var/tmp',
    looks: /^exit 0 \d+ \d+ \d+ \d+ 0 0 \/var\/tmp/,
  }),
  flips: {},
  reasons: {},
} satisfies World;
