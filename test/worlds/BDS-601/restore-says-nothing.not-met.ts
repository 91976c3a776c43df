import { intercepted, quick } from '../drills.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...intercepted('OpenNebula says nothing to who restores, as for an image that is not there', {
    of: ['oneimage', 'frontend01'],
    when: 'restore*',
    act: 'exit 0',
    tried: 'oneimage restore 0 -d default',
    looks: /^exit 0/,
  }),
  profile: 'gate',
  site: quick,
  flips: notMet('601'),
  reasons: { 'BDS-601': [/found: “no word”/] },
} satisfies World;
