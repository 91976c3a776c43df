import { files, overHostSays } from '../faults.ts';
import { blocked, onlyKvm01, undetermined, type World } from '../world.ts';

export default {
  ...files(
    'no name server answers kvm01, which must ask for the name of backup01',
    {
      on: 'kvm01',
      files: ['/etc/hosts', '/etc/nsswitch.conf', '/etc/resolv.conf'],
      script:
        "sed -i /backup01/d /etc/hosts; sed -i 's/^hosts: files/hosts: files dns/' /etc/nsswitch.conf; echo nameserver 127.0.0.1 > /etc/resolv.conf",
    },
    overHostSays('kvm01', /Temporary failure/),
  ),

  flips: { ...undetermined('102'), ...blocked('105') },
  machines: onlyKvm01('102', 'undetermined'),
  reasons: { 'BDS-102': [/kvm01.*→ backup01/, /Temporary failure in name resolution/] },
} satisfies World;
