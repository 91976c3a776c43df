import { instead, together } from '../ways.ts';
import { server, undetermined, type World } from '../world.ts';

// Everything that has to do with the storage waits, as on a network file system whose server is gone.
export default {
  ...together(
    'storage does not answer',
    ...['find', 'stat', 'df'].map((program) =>
      instead(program, ['backup01'], {
        what: 'waits for storage that does not answer',
        script: 'case "$*" in */datastores*) exec sleep 60;; esac\nexec $real "$@"',
        asked: `timeout 1 ${program} /var/lib/one/datastores`,
        looks: /^exit 124/,
      }),
    ),
  ),
  site: { deadlines: { command: 2 } },
  flips: undetermined('201', '203', '204', '405'),
  reasons: {
    'BDS-201': [server, /no answer/],
    'BDS-203': [server, /no answer/],
    'BDS-204': [server, /no answer/],
    'BDS-405': [/no answer/],
  },
} satisfies World;
