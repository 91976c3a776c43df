import { failing, quick } from '../drills.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...failing('no backup on backup01 can be deleted, as on storage that keeps what was once written', {
    of: ['rm', 'backup01'],
    when: '*datastores/100/0/*',
    tried: 'rm -rf /var/lib/one/datastores/100/0/none',
    says: 'rm: cannot remove: Operation not permitted',
  }),
  profile: 'gate',
  site: quick,
  flips: notMet('602'),
  reasons: {
    'BDS-602': [/image \d+ \(.*Error removing image from datastore.*\): remove it with oneimage delete \d+/, /backup-compliance cleanup/],
  },
} satisfies World;
