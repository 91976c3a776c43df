import { scripts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...scripts('500 of the 4096 inodes of the backup volume are in use', ['backup01'], {
    make: 'mkdir $storage/filler; cd $storage/filler; seq 500 | xargs touch',
    undo: 'rm -r $storage/filler',
    looks: 'test -e $storage/filler/500',
  }),
  site: { free_percent: { storage_inodes: 90 } },
  flips: notMet('204'),
  reasons: { 'BDS-204': [server, /has 87\.\d % of its inodes free, expected at least 90 %/, /df -i/] },
} satisfies World;
