import { instead } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

// A lab has one group; that the account's is another one is said by its name.
export default {
  ...instead('id', ['backup01'], {
    what: 'says that the group of oneadmin is backup',
    script: '[ "$*" = -gn ] && { echo backup; exit; }\nexec $real "$@"',
    asked: 'id -gn',
    looks: /^exit 0 backup/,
  }),
  flips: notMet('201'),
  reasons: { 'BDS-201': [server, /datastores belongs to oneadmin:oneadmin/, /chown oneadmin:backup/] },
} satisfies World;
