import { saying } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...saying('qemu-img', ['backup01'], 'qemu-img version 2.4.1 (Debian 1:2.4+dfsg-4), Copyright (c) 2004-2008 Fabrice Bellard'),
  flips: notMet('302'),
  reasons: { 'BDS-302': [server, /expected qemu-img 2\.5 or newer, found 2\.4\.1\b/, /Repair or upgrade/] },
} satisfies World;
