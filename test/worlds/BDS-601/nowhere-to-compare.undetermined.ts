import { quick } from '../drills.ts';
import { scripts } from '../ways.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...scripts('the directory to compare in is read-only', ['frontend01'], {
    make: 'mkdir -m 555 /var/tmp/closed',
    undo: 'rmdir /var/tmp/closed',
    looks: 'test -d /var/tmp/closed -a ! -w /var/tmp/closed',
  }),
  profile: 'gate',
  site: { ...quick, restore: { tmp_dir: '/var/tmp/closed' } },
  flips: undetermined('601'),
  reasons: { 'BDS-601': [/\/var\/tmp\/closed\/backup-compliance-.* could not be made: .*Permission denied/] },
} satisfies World;
