import { filter, loginSays } from '../faults.ts';
import { behind101, blocked, server, undetermined, type World } from '../world.ts';

export default {
  ...filter(
    'a packet filter on backup01 answers that its SSH server is out of reach',
    'backup01',
    'input',
    'tcp dport 22 reject with icmp type host-unreachable',
    loginSays('frontend01', 'backup01', /No route to host/),
  ),

  flips: { ...undetermined('101', '102'), ...behind101, ...blocked('105') },
  reasons: { 'BDS-101': [server, /No route to host/], 'BDS-102': [/kvm01.*kvm02/s, /No route to host/] },
} satisfies World;
