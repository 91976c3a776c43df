import { behind502, quicker, slow } from '../drills.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...slow('rsync on kvm01 takes longer than the deadline', {
    of: ['rsync', 'kvm01'],
    when: '-aS*',
    tried: 'rsync -aS --version',
    seconds: 9,
  }),
  profile: 'gate',
  site: quicker({ backup: 4 }),
  flips: { ...notMet('502'), ...behind502 },
  reasons: { 'BDS-502': [/within 4 s, found that after 4 s the virtual machine is still in BACKUP/, /onevm backup-cancel 0/] },
} satisfies World;
