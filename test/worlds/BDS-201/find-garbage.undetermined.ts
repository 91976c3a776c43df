import { instead } from '../ways.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...instead('find', ['backup01'], {
    what: 'is one of another kind, which knows no -printf',
    script: 'echo "find: unrecognized: -printf" >&2; exit 1',
    asked: 'find / -maxdepth 0 -printf %p',
    looks: /^exit 1 find: unrecognized/,
  }),
  flips: undetermined('201'),
  reasons: { 'BDS-201': [server, /unrecognized: -printf/] },
} satisfies World;
