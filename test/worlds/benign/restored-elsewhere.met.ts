import { quick } from '../drills.ts';
import { prints } from '../faults.ts';
import { knowing } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...knowing(
    'there is a second image datastore, and test backups are restored into that',
    ({ datastores }) => {
      const images = datastores.find(({ ID }) => ID === '1');
      datastores.push({ ...structuredClone(images ?? {}), ID: '120', NAME: 'for restores', BASE_PATH: '/run/one/restores', IMAGES: {} });
    },
    prints('frontend01', /for restores/, 'onedatastore', 'list', '-x'),
  ),
  profile: 'gate',
  site: { ...quick, restore: { datastore: 'for restores' } },
  flips: {},
  reasons: {},
} satisfies World;
