import { keepLast, withIncrements } from '../drills.ts';
import { notApplicable, type World } from '../world.ts';

export default {
  ...keepLast(20),
  profile: 'gate',
  site: withIncrements,
  flips: notApplicable('504'),
  reasons: { 'BDS-504': [/flattened beyond 20 increments, and a drill makes 10 at most/] },
} satisfies World;
