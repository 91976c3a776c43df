import { scripts } from '../ways.ts';
import { blocked, undetermined, type World } from '../world.ts';

// The list of hosts can be read, that of datastores cannot: where system datastores lie is not known.
export default {
  ...scripts('onedatastore on frontend01 fails', ['frontend01'], {
    make: `cd /usr/local/bin; mv onedatastore onedatastore.off; printf '#!/bin/sh\\necho "execution expired" >&2; exit 255\\n' > onedatastore; chmod 755 onedatastore`,
    undo: 'cd /usr/local/bin; mv onedatastore.off onedatastore',
    looks: '! onedatastore list',
  }),
  flips: { ...undetermined('205'), ...blocked('402', '403', '404', '405', '406') },
  reasons: { 'BDS-205': [/onedatastore list -x/, /execution expired/] },
} satisfies World;
