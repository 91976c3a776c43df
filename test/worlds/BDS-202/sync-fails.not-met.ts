import { failing, quick } from '../drills.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...failing('a file on backup01 cannot be brought to the disk', {
    of: ['sync', 'backup01'],
    when: '*datastores/*|*.backup-compliance-*',
    tried: 'sync -- /var/lib/one/datastores/',
    says: 'sync: error syncing: Input/output error',
  }),
  profile: 'gate',
  site: quick,
  flips: notMet('202'),
  reasons: { 'BDS-202': [server, /could not be synced: “.*Input\/output error/] },
} satisfies World;
