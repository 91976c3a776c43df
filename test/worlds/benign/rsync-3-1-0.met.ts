import { saying } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...saying(
    'rsync',
    ['backup01', 'kvm01', 'kvm02'],
    'rsync  version 3.1.0  protocol version 31\nCopyright (C) 1996-2013 by Andrew Tridgell, Wayne Davison, and others.\nWeb site: http://rsync.samba.org/',
  ),
  flips: {},
  reasons: {},
} satisfies World;
