import { behind502, failing, quick } from '../drills.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...failing('the quota of oneadmin on backup01 is used up for new directories', {
    of: ['mkdir', 'backup01'],
    when: '*datastores/100/0/*',
    tried: 'mkdir --version /var/lib/one/datastores/100/0/none',
    says: 'mkdir: cannot create directory: Disk quota exceeded',
  }),
  profile: 'gate',
  site: quick,
  flips: { ...notMet('502'), ...behind502 },
  reasons: { 'BDS-502': [/cannot create directory: Disk quota exceeded/] },
} satisfies World;
