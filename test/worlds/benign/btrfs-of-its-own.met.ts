import { instead } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...instead('df', ['backup01'], {
    what: 'tells that the root file system is btrfs, and storage another one',
    script:
      '[ "$1" = --output=target,source,fstype ] || exec $real "$@"\nprintf "Mounted on Filesystem Type\\n/ /dev/vda2 btrfs\\n/var/lib/one/datastores /dev/vdb btrfs\\n"',
    asked: 'df --output=target,source,fstype /',
    looks: /\/dev\/vdb btrfs/,
  }),
  flips: {},
  reasons: {},
} satisfies World;
