import { failing, quick } from '../drills.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...failing('backup01 hands no disk out to who compares', {
    of: ['cat', 'backup01'],
    when: '--*disk.0.*',
    tried: 'cat -- /disk.0.0',
    says: 'cat: disk.0.0: Input/output error',
  }),
  profile: 'gate',
  site: quick,
  flips: undetermined('601'),
  reasons: { 'BDS-601': [/not compared: .*disk\.0\.0 could not be fetched from backup01\.example\.net: .*Input\/output error/] },
} satisfies World;
