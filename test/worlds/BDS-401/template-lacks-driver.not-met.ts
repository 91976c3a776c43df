import { TEMPLATE_TEXT, templateThere } from '../drills.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...templateThere('the template file names no driver, and a limit', `${TEMPLATE_TEXT.replace('DS_MAD = "rsync"\n', '')}LIMIT_MB = 100\n`),
  profile: 'setup',
  flips: notMet('401'),
  reasons: { 'BDS-401': [/DS_MAD is missing, expected “rsync”/, /LIMIT_MB is “100”, expected none/] },
} satisfies World;
