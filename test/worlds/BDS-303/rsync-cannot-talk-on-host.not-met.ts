import { client, prints } from '../faults.ts';
import { notMet, onlyKvm01, server, type World } from '../world.ts';

export default {
  ...client(
    'ssh on kvm01 reads nothing from whoever starts it',
    'kvm01',
    'Host backup01*\\n  StdinNull yes',
    prints('kvm01', /^stdinnull yes$/m, 'ssh', '-G', 'backup01.example.net'),
  ),
  flips: notMet('303'),
  machines: onlyKvm01('303'),
  reasons: { 'BDS-303': [/kvm01.*→ backup01/, server, /connection unexpectedly closed|argc is zero/, /ssh -G backup01/] },
} satisfies World;
