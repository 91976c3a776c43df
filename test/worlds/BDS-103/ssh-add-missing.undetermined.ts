import { lacking } from '../faults.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...lacking('ssh-add', 'frontend01'),

  flips: undetermined('103'),
  reasons: { 'BDS-103': [/ssh-add is not on the front-end/] },
} satisfies World;
