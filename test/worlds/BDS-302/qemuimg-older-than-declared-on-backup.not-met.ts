import { saying } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...saying('qemu-img', ['backup01'], 'qemu-img version 6.2.0 (Debian 1:6.2+dfsg-2ubuntu6.24)'),
  site: { programs: { qemu_img: '6.10' } },
  flips: notMet('302'),
  reasons: { 'BDS-302': [server, /qemu-img 6\.10 or newer, found 6\.2\.0/] },
} satisfies World;
