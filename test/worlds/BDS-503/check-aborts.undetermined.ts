import { intercepted, quick } from '../drills.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...intercepted('qemu-img on backup01 aborts when it checks', {
    of: ['qemu-img', 'backup01'],
    when: 'check*',
    act: 'echo "qemu-img: Aborted" >&2; kill -ABRT $$',
    tried: 'qemu-img check --help',
    looks: /Aborted/,
  }),
  profile: 'gate',
  site: quick,
  flips: undetermined('503'),
  reasons: { 'BDS-503': [server, /qemu-img could not say whether .*disk\.0\.0 is: “qemu-img: Aborted/, /BDS-302/] },
} satisfies World;
