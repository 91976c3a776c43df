import { behind402, notMet, type World } from '../world.ts';

export default {
  lab: 'datastore-missing',
  flips: { ...notMet('402'), ...behind402 },
  reasons: { 'BDS-402': [/rsync Backups/, /onedatastore create/] },
} satisfies World;
