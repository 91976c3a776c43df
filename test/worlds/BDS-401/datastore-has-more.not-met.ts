import { settingUp } from '../drills.ts';
import { broken } from '../ways.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...settingUp(broken('template-drift')),
  profile: 'setup',
  flips: notMet('401'),
  reasons: { 'BDS-401': [/datastore 100: RSYNC_ARGS is “-aS --bwlimit=1000”/, /onedatastore update/] },
} satisfies World;
