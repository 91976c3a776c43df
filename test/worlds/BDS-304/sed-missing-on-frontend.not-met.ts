import { without } from '../ways.ts';
import { kvm01, notMet, type World } from '../world.ts';

export default {
  ...without('sed', ['frontend01']),
  flips: notMet('304'),
  machines: { 'BDS-304': { [kvm01]: 'met', 'frontend01.example.net': 'not-met' } },
  reasons: { 'BDS-304': [/frontend01.*sed \(package sed; .*arguments/] },
} satisfies World;
