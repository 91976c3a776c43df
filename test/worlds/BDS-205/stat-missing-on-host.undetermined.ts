import { without } from '../ways.ts';
import { onlyKvm01, undetermined, type World } from '../world.ts';

export default {
  ...without('stat', ['kvm01']),
  flips: undetermined('205'),
  machines: onlyKvm01('205', 'undetermined'),
  reasons: { 'BDS-205': [/kvm01/, /stat: command not found|'stat'/] },
} satisfies World;
