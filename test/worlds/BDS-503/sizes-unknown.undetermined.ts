import { failing, quick } from '../drills.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...failing('files on backup01 cannot be looked at', {
    of: ['stat', 'backup01'],
    when: '*disk.0.0*',
    tried: 'stat /disk.0.0',
    says: 'stat: cannot statx: Input/output error',
  }),
  profile: 'gate',
  site: quick,
  flips: undetermined('503'),
  reasons: { 'BDS-503': [server, /found no answer: stat: cannot statx: Input\/output error/, /Log in and look: ssh backup01/] },
} satisfies World;
