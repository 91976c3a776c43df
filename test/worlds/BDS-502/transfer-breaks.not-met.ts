import { behind502, failing, quick } from '../drills.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...failing('rsync on kvm01 breaks when it transfers', {
    of: ['rsync', 'kvm01'],
    when: '-aS*',
    tried: 'rsync -aS --version',
    says: 'rsync: [sender] read error: Connection reset by peer (104)',
    exit: 12,
  }),
  profile: 'gate',
  site: quick,
  flips: { ...notMet('502'), ...behind502 },
  reasons: {
    'BDS-502': [
      /failed: “backup: rsync: \[sender\] read error: Connection reset by peer \(104\)”/,
      /\/var\/log\/one\/0\.log/,
      /--only BDS-102/,
    ],
  },
} satisfies World;
