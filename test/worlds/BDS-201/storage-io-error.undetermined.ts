import { instead } from '../ways.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...instead('find', ['backup01'], {
    what: 'gets an input/output error from storage',
    script: `echo "find: '/var/lib/one/datastores': Input/output error" >&2; exit 1`,
    asked: 'find /var/lib/one/datastores',
    looks: /^exit 1 .*Input\/output error/,
  }),
  flips: undetermined('201'),
  reasons: { 'BDS-201': [server, /Input\/output error/] },
} satisfies World;
