import { quicker, slow } from '../drills.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...slow('backup01 hands disks out more slowly than the deadline', {
    of: ['cat', 'backup01'],
    when: '/*disk.0.*',
    tried: 'cat /disk.0.0',
    seconds: 6,
  }),
  profile: 'gate',
  site: quicker({ restore: 5 }),
  flips: notMet('601'),
  reasons: { 'BDS-601': [/found: “after 5 s: image \d+ locked”/] },
} satisfies World;
