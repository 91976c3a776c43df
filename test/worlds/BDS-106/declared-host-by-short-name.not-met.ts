import { hosts } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...hosts(
    'OpenNebula lists a host by its short name that is declared by its full one',
    (cloud) => Object.assign(cloud.hosts[1] ?? {}, { NAME: 'kvm02' }),
    /<NAME>kvm02</,
  ),

  site: { hosts: ['kvm01.example.net', 'kvm02.example.net'] },
  flips: notMet('106'),
  reasons: { 'BDS-106': [/kvm02: expected only/, /kvm02\.example\.net: expected in/] },
} satisfies World;
