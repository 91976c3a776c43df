import { files, loginSays } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...files(
    'the SSH server of backup01 shows a banner before every login',
    {
      on: 'backup01',
      files: ['/etc/ssh/sshd_config', '/etc/ssh/banner'],
      script: "echo Authorised use only > /etc/ssh/banner; sed -i '1i Banner /etc/ssh/banner' /etc/ssh/sshd_config",
      restart: true,
    },
    loginSays('frontend01', 'backup01', /Authorised/),
  ),

  flips: {},
  reasons: {},
} satisfies World;
