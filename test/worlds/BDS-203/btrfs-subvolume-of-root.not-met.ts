import { instead } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...instead('df', ['backup01'], {
    what: 'tells that the root file system is btrfs, and storage a subvolume of it',
    script:
      '[ "$1" = --output=target,source,fstype ] || exec $real "$@"; shift\nprintf "Mounted on Filesystem Type\\n"; for at; do echo "$at /dev/vda2 btrfs"; done',
    asked: 'df --output=target,source,fstype /',
    looks: /\/dev\/vda2 btrfs/,
  }),
  flips: notMet('203'),
  reasons: { 'BDS-203': [server, /root file system/] },
} satisfies World;
