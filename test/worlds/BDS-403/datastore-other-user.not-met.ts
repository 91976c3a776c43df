import { notMet, type World } from '../world.ts';

export default {
  lab: 'datastore-other-user',
  flips: notMet('403'),
  reasons: { 'BDS-403': [/RSYNC_USER/, /onedatastore update 100/] },
} satisfies World;
