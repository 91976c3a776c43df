import { cutAt, quick } from '../drills.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...cutAt('backup01 drops its connections when the files are looked at', { of: 'stat', when: '*disk.0.0*', tried: 'stat /disk.0.0' }),
  profile: 'gate',
  site: quick,
  flips: undetermined('503'),
  reasons: { 'BDS-503': [server, /found no answer: Connection to backup01\.example\.net closed/] },
} satisfies World;
