import { quicker, slow } from '../drills.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...slow('OpenNebula does not answer who restores', { of: ['oneimage', 'frontend01'], when: 'restore*', tried: 'oneimage restore 0' }),
  profile: 'gate',
  site: quicker({ restore: 4 }),
  flips: undetermined('601'),
  reasons: { 'BDS-601': [/oneimage restore .*no answer within 4 s/] },
} satisfies World;
