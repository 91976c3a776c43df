import { settingUp, unregistered } from '../drills.ts';
import type { World } from '../world.ts';

export default {
  ...settingUp(unregistered),
  profile: 'setup',
  flips: {},
  reasons: {},
  notes: {
    'BDS-401':
      /wrote the template of the datastore to .*; created the datastore “rsync Backups” for oneadmin@backup01\.example\.net: datastore 100/,
  },
} satisfies World;
