import { onedDiesAt, quicker } from '../drills.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...onedDiesAt('OpenNebula stops when an image is deleted', { of: 'oneimage', when: 'delete*', tried: 'oneimage delete 999' }),
  profile: 'gate',
  site: quicker({}),
  flips: undetermined('602'),
  reasons: { 'BDS-602': [/could not look: .*Connection refused/, /Run: npx backup-compliance cleanup/] },
} satisfies World;
