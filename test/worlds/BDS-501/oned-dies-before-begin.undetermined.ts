import { behind501, onedDiesAt, quick } from '../drills.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...onedDiesAt('OpenNebula stops when the virtual machine is looked at', {
    of: 'onevm',
    when: "'show -x 0'",
    tried: 'onevm show -x 0',
  }),
  profile: 'gate',
  site: quick,
  flips: { ...undetermined('501'), ...behind501 },
  reasons: { 'BDS-501': [/could not begin: onevm show -x 0 ended with exit 255: .*Connection refused/] },
} satisfies World;
