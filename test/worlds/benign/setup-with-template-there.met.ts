import { settingUp, TEMPLATE_TEXT, templateThere, unregistered } from '../drills.ts';
import { together } from '../faults.ts';
import type { World } from '../world.ts';

const there = templateThere('', TEMPLATE_TEXT);

export default {
  ...settingUp(together('the template is there, and no datastore', [unregistered, there], unregistered.isBroken)),
  profile: 'setup',
  flips: {},
  reasons: {},
  notes: { 'BDS-401': /^(?!.*wrote).*created the datastore/ },
} satisfies World;
