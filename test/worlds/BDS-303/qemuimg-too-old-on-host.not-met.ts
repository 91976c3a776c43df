import { saying } from '../ways.ts';
import { kvm01, kvm02, notMet, type World } from '../world.ts';

export default {
  ...saying('qemu-img', ['kvm02'], 'qemu-img version 2.4.1 (Debian 1:2.4+dfsg-4), Copyright (c) 2004-2008 Fabrice Bellard'),
  flips: notMet('303'),
  machines: { 'BDS-303': { [kvm01]: 'met', [kvm02]: 'not-met' } },
  reasons: { 'BDS-303': [/kvm02/, /expected qemu-img 2\.5 or newer, found 2\.4\.1\b/, /Repair or upgrade/] },
} satisfies World;
