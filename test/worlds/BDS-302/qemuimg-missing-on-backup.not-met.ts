import { notMet, server, type World } from '../world.ts';

export default {
  lab: 'qemuimg-missing-on-backup',
  flips: notMet('302'),
  reasons: { 'BDS-302': [server, /command not found/, /qemu-utils/] },
} satisfies World;
