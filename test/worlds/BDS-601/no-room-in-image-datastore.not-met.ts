import { believing, quick } from '../drills.ts';
import { prints } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...believing(
    'OpenNebula believes that the image datastore is full',
    ({ datastores }) => Object.assign(datastores.find(({ ID }) => ID === '1') ?? {}, { FREE_MB: '10' }),
    prints('frontend01', /<FREE_MB>10</, 'onedatastore', 'show', '-x', '1'),
  ),
  profile: 'gate',
  site: quick,
  flips: notMet('601'),
  reasons: {
    'BDS-601': [
      /into the datastore “default”, equal to its files, found: “.*Not enough space in datastore/,
      /a backup that does not come back is none/,
    ],
  },
} satisfies World;
