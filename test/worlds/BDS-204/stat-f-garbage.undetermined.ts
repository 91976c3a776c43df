import { instead } from '../ways.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...instead('stat', ['backup01'], {
    what: 'knows no -c together with -f',
    script: 'case "$*" in -f*) echo "File: /var/tmp ID: 0 Namelen: 255"; exit;; esac\nexec $real "$@"',
    asked: 'stat -f /var/tmp',
    looks: /^exit 0 File: \/var\/tmp ID: 0/,
  }),
  flips: undetermined('204', '405'),
  reasons: { 'BDS-204': [server, /Namelen/], 'BDS-405': [/Namelen/] },
} satisfies World;
