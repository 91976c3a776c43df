import { failing, quick } from '../drills.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...failing('OpenNebula lets the account delete no image', {
    of: ['oneimage', 'frontend01'],
    when: 'delete*',
    tried: 'oneimage delete 999',
    says: '[one.image.delete] User [2] : Not authorized to perform MANAGE IMAGE [1].',
    exit: 255,
  }),
  profile: 'gate',
  site: quick,
  flips: notMet('602'),
  reasons: { 'BDS-602': [/image \d+: remove it with oneimage delete \d+; image \d+: remove it/] },
} satisfies World;
