import { notMet, type World } from '../world.ts';

export default {
  lab: 'datastore-other-host',
  flips: notMet('403'),
  reasons: { 'BDS-403': [/RSYNC_HOST/, /onedatastore update 100/] },
} satisfies World;
