import { TEMPLATE_TEXT, templateThere } from '../drills.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...templateThere('the template file cannot be read', TEMPLATE_TEXT, '0'),
  profile: 'setup',
  flips: undetermined('401'),
  reasons: { 'BDS-401': [/ds_rsync_backup\.txt: Permission denied/] },
} satisfies World;
