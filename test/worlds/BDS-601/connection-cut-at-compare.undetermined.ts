import { cutAt, quick } from '../drills.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...cutAt('backup01 drops its connections when a disk is fetched', { of: 'cat', when: '--*disk.0.*', tried: 'cat -- /disk.0.0' }),
  profile: 'gate',
  site: quick,
  flips: undetermined('601'),
  reasons: { 'BDS-601': [/could not be fetched from backup01\.example\.net: Connection to backup01\.example\.net closed/] },
} satisfies World;
