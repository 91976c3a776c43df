import { asBefore, aside, mounts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...mounts('the backup volume is not mounted, and the directory is empty', ['backup01'], {
    make: aside,
    undo: `true${asBefore}`,
    looks: '! mountpoint --quiet $storage; test -z "$(ls $storage)"',
  }),
  flips: notMet('203'),
  reasons: { 'BDS-203': [server, /root file system/] },
} satisfies World;
