import { failing, quick } from '../drills.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...failing('copies of disks on the front-end cannot be deleted', {
    of: ['rm', 'frontend01'],
    when: '*/backup-compliance-*',
    tried: 'rm -rf /var/tmp/backup-compliance-none',
    says: 'rm: cannot remove: Operation not permitted',
  }),
  profile: 'gate',
  site: quick,
  flips: notMet('602'),
  reasons: {
    'BDS-602': [
      /\/var\/tmp\/backup-compliance-.* on frontend01\.example\.net: rm: cannot remove: Operation not permitted\. Remove it: rm -rf/,
    ],
  },
} satisfies World;
