import { templateThere } from '../drills.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...templateThere('the template file holds something else', 'name: rsync Backups\nuser: oneadmin\n'),
  profile: 'setup',
  flips: notMet('401'),
  reasons: { 'BDS-401': [/ds_rsync_backup\.txt: it is not a list of NAME = "value"/] },
} satisfies World;
