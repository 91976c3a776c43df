import { prints, program } from '../faults.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...program(
    'date on the front-end does not run',
    'frontend01',
    'date',
    'echo date: broken >&2; exit 1',
    prints('frontend01', /date: broken/, 'date'),
  ),

  flips: undetermined('406'),
  reasons: { 'BDS-406': [/expected the time/, /date|no answer/] },
} satisfies World;
