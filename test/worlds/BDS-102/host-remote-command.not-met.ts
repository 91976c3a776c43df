import { client, overHostSays } from '../faults.ts';
import { blocked, notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...client(
    'ssh on kvm01 is told to run a command of its own on backup01, and runs no other',
    'kvm01',
    'Host backup01*\\n  RemoteCommand hostname',
    overHostSays('kvm01', /Cannot execute command-line and remote command/),
  ),
  flips: { ...notMet('102'), ...blocked('105') },
  machines: onlyKvm01('102'),
  reasons: { 'BDS-102': [/kvm01.*→ backup01/, /Cannot execute command-line and remote command/] },
} satisfies World;
