import { prints, program } from '../faults.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...program('date on the front-end prints no number', 'frontend01', 'date', 'echo soon', prints('frontend01', /soon/, 'date')),

  flips: undetermined('406'),
  reasons: { 'BDS-406': [/expected the time/] },
} satisfies World;
