import { files, loginSays } from '../faults.ts';
import { behind101, blocked, undetermined, type World } from '../world.ts';

export default {
  ...files(
    'no name server answers the front-end, which must ask for the name of backup01',
    {
      on: 'frontend01',
      files: ['/etc/hosts', '/etc/nsswitch.conf', '/etc/resolv.conf'],
      script:
        "sed -i /backup01/d /etc/hosts; sed -i 's/^hosts: files/hosts: files dns/' /etc/nsswitch.conf; echo nameserver 127.0.0.1 > /etc/resolv.conf",
    },
    loginSays('frontend01', 'backup01', /Temporary failure/),
  ),

  flips: { ...undetermined('101'), ...behind101, ...blocked('105') },
  reasons: { 'BDS-101': [/frontend01.*backup01/, /Temporary failure in name resolution/] },
} satisfies World;
