import { failing, quick } from '../drills.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...failing('qemu-img on the front-end ends well, and does not say that the disks are the same', {
    of: ['qemu-img', 'frontend01'],
    when: 'compare*',
    tried: 'qemu-img compare --help',
    says: 'qemu-img: compare is not built in',
    exit: 0,
  }),
  profile: 'gate',
  site: quick,
  flips: undetermined('601'),
  reasons: { 'BDS-601': [/not compared: qemu-img compare .* ended with exit 0: .*compare is not built in/] },
} satisfies World;
