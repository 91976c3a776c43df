import { knowing } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...knowing(
    'the system datastore lies elsewhere, and both hypervisors have it there',
    ({ datastores }) => Object.assign(datastores.find(({ TYPE }) => TYPE === '1') as object, { BASE_PATH: '/media/ssd//0' }),
    async (lab) => (await lab.shell('frontend01', ['onedatastore', 'list', '-x'])).stdout.includes('/media/ssd//0'),
  ),
  flips: {},
  reasons: {},
} satisfies World;
