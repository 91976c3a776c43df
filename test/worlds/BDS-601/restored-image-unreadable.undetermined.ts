import { intercepted, quick } from '../drills.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...intercepted('restored images cannot be read on the front-end', {
    of: ['oneimage', 'frontend01'],
    when: "'list -x'",
    // What it shows is what can no more be read.
    act: `images=$($real list -x); printf '%s\\n' "$images" | grep -o '/var/lib/one//datastores/1/[0-9a-f]\\{32\\}' | xargs -r chmod 0; printf '%s\\n' "$images"; exit`,
    tried: 'grep -c "xargs -r chmod 0" /usr/local/bin/oneimage',
    looks: /^1/,
  }),
  profile: 'gate',
  site: quick,
  flips: undetermined('601'),
  reasons: {
    'BDS-601': [/was restored, but not compared: the restored image \d+ lies at \/var\/lib\/one.*, which cannot be read on frontend01/],
  },
} satisfies World;
