import { hosts } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...hosts('OpenNebula lacks a host that is declared', (cloud) => cloud.hosts.pop(), /^(?![\s\S]*kvm02)/),

  site: { hosts: ['kvm01.example.net', 'kvm02.example.net'] },
  flips: notMet('106'),
  reasons: { 'BDS-106': [/kvm02\.example\.net: expected in OpenNebula.s list/, /onehost create kvm02\.example\.net/] },
} satisfies World;
