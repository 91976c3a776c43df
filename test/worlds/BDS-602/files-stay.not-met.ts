import type { Lab } from '../../../lab/machines/lab.ts';
import { sh } from '../../../lab/worlds/tools.ts';
import { intercepted, quick } from '../drills.ts';
import { notMet, type World } from '../world.ts';

const lies = intercepted('rm on backup01 says that it deleted, and did not', {
  of: ['rm', 'backup01'],
  when: '*datastores/100/0/*',
  act: 'exit 0',
  tried: 'mkdir -p /tmp/datastores/100/0/x; rm -rf /tmp/datastores/100/0/x; ls /tmp/datastores/100/0; rm -r /tmp/datastores',
  looks: /^x$/m,
});

export default {
  ...lies,
  repair: async (lab: Lab, memo: string) => {
    await lies.repair(lab, memo);
    // No image tells whose they are any more: this is for a person to do, as the reason says.
    await sh(lab, 'backup01', 'rm -rf /var/lib/one/datastores/100/0');
  },
  profile: 'gate',
  site: quick,
  flips: notMet('602'),
  reasons: {
    'BDS-602': [
      /datastores\/100\/0\/[0-9a-f]{6} on backup01\.example\.net belongs to no image/,
      /rm -r \/var\/lib\/one\/datastores\/100\/0/,
    ],
  },
} satisfies World;
