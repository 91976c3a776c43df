import { behind502, intercepted, quick } from '../drills.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...intercepted('somebody deletes new backups at once', {
    of: ['oneimage', 'frontend01'],
    when: "'list -x'",
    act: `for id in $($real list -x | tr -d '\\n' | sed 's#<IMAGE>#\\n&#g' | sed -n 's#.*<ID>\\([0-9]*\\)</ID>.*<TYPE>6</TYPE>.*#\\1#p'); do $real delete $id; sleep 2; done`,
    tried: 'grep -c delete /usr/local/bin/oneimage',
    looks: /^1/,
  }),
  profile: 'gate',
  site: quick,
  flips: { ...notMet('502'), ...behind502 },
  reasons: { 'BDS-502': [/failed: “neither an image nor an error”/] },
} satisfies World;
