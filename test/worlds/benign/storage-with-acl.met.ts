import { scripts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...scripts('the storage directory has an access control list, which ls shows as a plus', ['backup01'], {
    make: 'setfacl -m u:oneadmin:rwx -m d:u:oneadmin:rwx $storage $own',
    undo: 'setfacl -b $storage $own; chmod 775 $storage; chmod 755 $own',
    looks: 'ls -ld $storage | grep -q "^d[rwx-]*+ "',
  }),
  flips: {},
  reasons: {},
} satisfies World;
