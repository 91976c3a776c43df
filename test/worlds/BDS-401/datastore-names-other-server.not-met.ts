import { settingUp } from '../drills.ts';
import { broken } from '../ways.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...settingUp(broken('datastore-other-host')),
  profile: 'setup',
  flips: notMet('401'),
  reasons: { 'BDS-401': [/datastore 100: RSYNC_HOST is “frontend01\.example\.net”, expected “backup01\.example\.net”/] },
} satisfies World;
