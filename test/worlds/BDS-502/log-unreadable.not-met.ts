import { behind502, failing, quick } from '../drills.ts';
import { scripts, together } from '../ways.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...together(
    "the quota on backup01 is used up, and the virtual machine's log cannot be read",
    failing('', {
      of: ['mkdir', 'backup01'],
      when: '*datastores/100/0/*',
      tried: 'mkdir --version /var/lib/one/datastores/100/0/none',
      says: 'mkdir: cannot create directory: Disk quota exceeded',
    }),
    scripts('', ['frontend01'], {
      make: 'touch /var/log/one/0.log; chmod 200 /var/log/one/0.log',
      undo: 'chmod 644 /var/log/one/0.log',
      looks: '! test -r /var/log/one/0.log',
    }),
  ),
  profile: 'gate',
  site: quick,
  flips: { ...notMet('502'), ...behind502 },
  reasons: { 'BDS-502': [/failed: “.*BACKUP: .*”/, /\/var\/log\/one\/0\.log/] },
} satisfies World;
