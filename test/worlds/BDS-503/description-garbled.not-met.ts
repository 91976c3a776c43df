import { arriving, quick } from '../drills.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...arriving('the description beside the disks is garbled', 'echo garbage > vm.xml', 'grep -q garbage vm.xml'),
  profile: 'gate',
  site: quick,
  flips: notMet('503', '601'),
  reasons: {
    'BDS-503': [server, /vm\.xml cannot be decoded: “base64: invalid input”/],
    'BDS-601': [/Cannot (find disk 0|determine Image SIZE)/],
  },
} satisfies World;
