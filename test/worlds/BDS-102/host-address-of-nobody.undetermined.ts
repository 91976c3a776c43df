import { files, impatient, loginSays } from '../faults.ts';
import { blocked, onlyKvm01, undetermined, type World } from '../world.ts';

export default {
  ...files(
    'the front-end has an address of kvm01 where nobody is',
    { on: 'frontend01', files: ['/etc/hosts'], script: "sed -i 's/.*kvm01.*/198.18.2.99 kvm01.example.net kvm01/' /etc/hosts" },
    loginSays('frontend01', 'kvm01', /timed out|No route/),
  ),

  site: impatient,
  flips: { ...undetermined('102'), ...blocked('105', '205', '303', '304') },
  machines: onlyKvm01('102', 'undetermined'),
  reasons: { 'BDS-102': [/frontend01.*→ kvm01/, /timed out|No route/] },
} satisfies World;
