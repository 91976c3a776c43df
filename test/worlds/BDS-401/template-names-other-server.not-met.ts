import { TEMPLATE_TEXT, templateThere } from '../drills.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...templateThere('the template file names another server', TEMPLATE_TEXT.replace('backup01', 'old-backup')),
  profile: 'setup',
  flips: notMet('401'),
  reasons: {
    'BDS-401': [
      /ds_rsync_backup\.txt: RSYNC_HOST is “old-backup\.example\.net”, expected “backup01\.example\.net”/,
      /or the template file/,
    ],
  },
} satisfies World;
