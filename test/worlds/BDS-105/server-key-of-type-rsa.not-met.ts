import { files, loginSays } from '../faults.ts';
import { behind101, notMet, server, type World } from '../world.ts';

export default {
  ...files(
    'backup01 shows a host key of type rsa only, and machines know one of type ed25519',
    {
      on: 'backup01',
      files: ['/etc/ssh'],
      script:
        "rm /etc/ssh/ssh_host_*; ssh-keygen -q -t rsa -N '' -f /etc/ssh/ssh_host_rsa_key; sed -i 's/ssh_host_ed25519_key/ssh_host_rsa_key/' /etc/ssh/sshd_config",
      restart: true,
    },
    loginSays('frontend01', 'backup01', /IDENTIFICATION HAS CHANGED/),
  ),

  flips: { ...notMet('101', '102', '105'), ...behind101 },
  reasons: {
    'BDS-101': [server, /Host key verification failed/],
    'BDS-102': [/Host key verification failed/],
    'BDS-105': [/rsa.*SHA256:/, /frontend01.*kvm01.*kvm02/s],
  },
} satisfies World;
