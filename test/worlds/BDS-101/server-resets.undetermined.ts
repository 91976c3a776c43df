import { filter, loginSays } from '../faults.ts';
import { behind101, blocked, server, undetermined, type World } from '../world.ts';

export default {
  ...filter(
    'a packet filter on backup01 tears down connections to its SSH server as soon as they stand',
    'backup01',
    'input',
    'tcp dport 22 ct state established reject with tcp reset',
    loginSays('frontend01', 'backup01', /Connection reset by/),
  ),

  flips: { ...undetermined('101', '102'), ...behind101, ...blocked('105') },
  reasons: { 'BDS-101': [server, /reset by/], 'BDS-102': [/kvm01.*kvm02/s, /reset by/] },
} satisfies World;
