import { instead } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...instead('ls', ['backup01', 'kvm01', 'kvm02'], {
    what: 'shows a dot behind each mode, as where SELinux is on',
    script: '$real "$@" | sed -E "s/^([dlbcsp-][rwxsStT-]{9}) /\\1. /"',
    asked: 'ls -ld /tmp',
    looks: /^exit 0 d[rwxt]{9}\. /,
  }),
  flips: {},
  reasons: {},
} satisfies World;
