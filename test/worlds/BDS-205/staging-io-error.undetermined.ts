import { instead } from '../ways.ts';
import { onlyKvm01, undetermined, type World } from '../world.ts';

export default {
  ...instead('stat', ['kvm01'], {
    what: 'cannot read the figures of a file system',
    script: 'case "$*" in -f*) echo "stat: cannot read file system information: Input/output error" >&2; exit 1;; esac\nexec $real "$@"',
    asked: 'stat -f /var/tmp',
    looks: /^exit 1 stat: cannot read/,
  }),
  flips: undetermined('205'),
  machines: onlyKvm01('205', 'undetermined'),
  reasons: { 'BDS-205': [/kvm01/, /Input\/output error/] },
} satisfies World;
