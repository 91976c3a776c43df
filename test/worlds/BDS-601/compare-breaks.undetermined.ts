import { failing, quick } from '../drills.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...failing('qemu-img on the front-end compares nothing', {
    of: ['qemu-img', 'frontend01'],
    when: 'compare*',
    tried: 'qemu-img compare --help',
    says: 'qemu-img: Could not open image: Too many open files',
    exit: 2,
  }),
  profile: 'gate',
  site: quick,
  flips: undetermined('601'),
  reasons: { 'BDS-601': [/not compared: qemu-img compare .* ended with exit 2: .*Too many open files/] },
} satisfies World;
