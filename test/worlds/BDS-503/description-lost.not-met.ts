import { arriving, quick } from '../drills.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...arriving('backup01 loses vm.xml', 'rm vm.xml', '! test -e vm.xml'),
  profile: 'gate',
  site: quick,
  flips: notMet('503', '601'),
  reasons: { 'BDS-503': [server, /vm\.xml is missing/], 'BDS-601': [/missing vm\.xml/] },
} satisfies World;
