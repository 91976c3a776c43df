import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore(
    'somebody set BRIDGE_LIST of the backup datastore to kvm01.example.net',
    (_, template) => Object.assign(template, { BRIDGE_LIST: 'kvm01.example.net' }),
    /<BRIDGE_LIST>(<!\[CDATA\[)?kvm01\.example\.net[<\]]/,
  ),

  flips: notMet('404'),
  reasons: { 'BDS-404': [/BRIDGE_LIST is “kvm01\.example\.net”, expected none/] },
} satisfies World;
