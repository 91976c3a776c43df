import { broken } from '../ways.ts';
import { notApplicable, type World } from '../world.ts';

export default {
  ...broken('not-mounted'),
  site: { datastore: { mounted: false } },
  flips: notApplicable('203'),
  reasons: { 'BDS-203': [/mounted: false/] },
} satisfies World;
