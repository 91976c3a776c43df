import { type World, withoutCommandLine } from '../world.ts';

export default {
  lab: 'one-auth-wrong',
  flips: withoutCommandLine,
  reasons: { 'BDS-102': [/couldn't be authenticated/, /one_auth/] },
} satisfies World;
