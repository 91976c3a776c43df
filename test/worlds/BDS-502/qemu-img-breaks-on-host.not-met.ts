import { behind502, failing, quick } from '../drills.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...failing('qemu-img on kvm01 copies no disk', {
    of: ['qemu-img', 'kvm01'],
    when: 'convert*',
    tried: 'qemu-img convert --help',
    says: 'qemu-img: error while writing: Input/output error',
  }),
  profile: 'gate',
  site: quick,
  flips: { ...notMet('502'), ...behind502 },
  reasons: { 'BDS-502': [/failed: “prebackup_live: /] },
} satisfies World;
