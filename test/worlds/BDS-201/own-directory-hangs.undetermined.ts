import { instead } from '../ways.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...instead('find', ['backup01'], {
    what: "waits for the datastore's own directory, which does not answer",
    script: 'case "$*" in *100*maxdepth?1*) exec sleep 60;; esac\nexec $real "$@"',
    asked: 'timeout 1 find /var/lib/one/datastores/100 -maxdepth 1',
    looks: /^exit 124/,
  }),
  site: { deadlines: { command: 3 } },
  flips: undetermined('201'),
  reasons: { 'BDS-201': [server, /no answer/] },
} satisfies World;
