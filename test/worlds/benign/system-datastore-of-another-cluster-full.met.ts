import { knowing, mounts, together } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...together(
    'kvm02 has a full directory of a system datastore that serves another cluster',
    mounts('', ['kvm02'], {
      make: 'mkdir $storage/105; mount -n -t tmpfs -o size=1m,mode=755 small $storage/105; cat /dev/zero > $storage/105/filler 2> /dev/null || true',
      undo: 'umount -n $storage/105; rmdir $storage/105',
      looks: 'test "$(df --output=avail $storage/105 | tail -n 1)" -eq 0',
    }),
    knowing(
      '',
      ({ datastores }) => {
        const system = datastores.find(({ TYPE }) => TYPE === '1');
        datastores.push({ ...system, ID: '105', NAME: 'edge', CLUSTERS: { ID: ['100'] }, BASE_PATH: '/var/lib/one//datastores/105' });
      },
      async (lab) => (await lab.shell('frontend01', ['onedatastore', 'list', '-x'])).stdout.includes('datastores/105'),
    ),
  ),
  flips: {},
  reasons: {},
} satisfies World;
