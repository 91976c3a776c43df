import { arriving, quick } from '../drills.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...arriving('backup01 loses every disk that arrives', 'rm disk.*', '! ls disk.*'),
  profile: 'gate',
  site: quick,
  flips: notMet('503', '601'),
  reasons: { 'BDS-503': [server, /disk\.0\.0 is missing/], 'BDS-601': [/Backup does not contain any disks/] },
} satisfies World;
