import { onedDiesAt, quick } from '../drills.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...onedDiesAt('OpenNebula stops when a backup is restored', { of: 'oneimage', when: 'restore*', tried: 'oneimage restore 0 -d default' }),
  profile: 'gate',
  site: quick,
  flips: undetermined('601', '602'),
  reasons: { 'BDS-601': [/Failed to open TCP connection|Connection refused/], 'BDS-602': [/could not look/] },
} satisfies World;
