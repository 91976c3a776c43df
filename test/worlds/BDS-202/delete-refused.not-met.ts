import { failing, quick } from '../drills.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...failing('nothing on backup01 can be deleted, as on storage that keeps what was once written', {
    of: ['rm', 'backup01'],
    when: '*.backup-compliance-*|*datastores/*',
    tried: 'rm -- /var/lib/one/datastores/nothing',
    says: 'rm: cannot remove: Operation not permitted',
  }),
  profile: 'gate',
  site: quick,
  flips: notMet('202', '602'),
  reasons: {
    'BDS-202': [server, /could not be deleted: “.*Operation not permitted/],
    'BDS-602': [
      /\.backup-compliance-.*\.renamed on backup01\.example\.net: not removed/,
      /image \d+ \(.*Error removing image from datastore/,
    ],
  },
} satisfies World;
