import { instead } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...instead('df', ['backup01'], {
    what: 'tells of a network file system',
    script:
      '[ "$1" = --output=target,source,fstype ] || exec $real "$@"; shift\nprintf "Mounted on Filesystem Type\\n"; for at; do echo "/var/lib/one/datastores nas.example.net:/export/one nfs4"; done',
    asked: 'df --output=target,source,fstype /',
    looks: /nas\.example\.net:\/export\/one nfs4/,
  }),
  flips: {},
  reasons: {},
} satisfies World;
