import { filter, loginSays } from '../faults.ts';
import { behind101, blocked, notMet, server, type World } from '../world.ts';

export default {
  ...filter(
    'a packet filter on backup01 rejects what comes for its SSH server',
    'backup01',
    'input',
    'tcp dport 22 reject with tcp reset',
    loginSays('frontend01', 'backup01', /Connection refused/),
  ),

  flips: { ...notMet('101', '102'), ...behind101, ...blocked('105') },
  reasons: { 'BDS-101': [server, /Connection refused/], 'BDS-102': [/kvm01.*kvm02/s, /Connection refused/] },
} satisfies World;
