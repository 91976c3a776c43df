import { templateThere } from '../drills.ts';
import type { World } from '../world.ts';

export default {
  ...templateThere(
    'the template file is there, written by hand',
    `# rsync\n\nname="rsync Backups"\nTYPE = BACKUP_DS # bck\nDS_MAD=rsync\nTM_MAD = "-"\n  RSYNC_USER = oneadmin\nRSYNC_HOST = backup01.example.net\n`,
  ),
  profile: 'setup',
  flips: {},
  reasons: {},
  notes: { 'BDS-401': /nothing was to be done/ },
} satisfies World;
