import { knowing, mounts, scripts, together } from '../ways.ts';
import type { World } from '../world.ts';

const other = '/srv-one/datastores';

export default {
  ...together(
    'DATASTORE_LOCATION is another than the stock one, on all machines',
    mounts('', ['backup01'], {
      make: `mkdir -p ${other}; mount -n --move $storage ${other}; rmdir $storage`,
      // OpenNebula has made its directory there by then.
      undo: `rm -rf $own; mkdir -p $storage; chmod 775 $storage; mount -n --move ${other} $storage; rm -r /srv-one`,
      looks: `mountpoint --quiet ${other}; ! test -e $storage`,
    }),
    scripts('', ['kvm01', 'kvm02'], {
      make: `mkdir -p ${other}; mv $storage/* ${other}; rmdir $storage`,
      undo: `mkdir -m 775 $storage; mv ${other}/* $storage; rm -r /srv-one`,
      looks: `test -d ${other}/0`,
    }),
    knowing(
      '',
      ({ datastores }) => {
        for (const datastore of datastores) datastore.BASE_PATH = `${other}/${datastore.ID as string}`;
      },
      async (lab) => (await lab.shell('frontend01', ['onedatastore', 'list', '-x'])).stdout.includes(`${other}/100`),
    ),
  ),
  site: { datastore: { path: other } },
  flips: {},
  reasons: {},
} satisfies World;
