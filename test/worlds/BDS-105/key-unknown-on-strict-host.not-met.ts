import { client, overHostSays } from '../faults.ts';
import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...client(
    'kvm01 does not know the host key of backup01, and takes no new ones',
    'kvm01',
    'StrictHostKeyChecking yes',
    overHostSays('kvm01', /Host key verification failed/),
    'sed -i /backup01/d ~/.ssh/known_hosts',
  ),

  flips: notMet('102', '105'),
  machines: onlyKvm01('102'),
  reasons: { 'BDS-102': [/kvm01/, /host key is known|Host key verification failed/], 'BDS-105': [/kvm01/] },
} satisfies World;
