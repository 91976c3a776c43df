import { behind502, quick } from '../drills.ts';
import { scripts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...scripts('oneadmin on backup01 may write no file larger than nothing', ['backup01'], {
    make: "sed -i '1i ulimit -f 0' ~/.bashrc",
    undo: 'sed -i 1d ~/.bashrc',
    looks: 'test "$(. ~/.bashrc; ulimit -f)" = 0',
  }),
  profile: 'gate',
  site: quick,
  flips: { ...notMet('202', '502'), ...behind502 },
  reasons: { 'BDS-202': [server, /could not be created: “.*File too large/], 'BDS-502': [/File too large|rsync/] },
} satisfies World;
