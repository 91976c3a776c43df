import { files, loginSays } from '../faults.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...files(
    'the SSH server of backup01 lets bash read a file first that prints a word',
    {
      on: 'backup01',
      files: ['/etc/ssh', '/etc/greet'],
      script: "echo 'echo Greetings' > /etc/greet; sed -i '1i SetEnv BASH_ENV=/etc/greet' /etc/ssh/sshd_config",
      restart: true,
    },
    loginSays('frontend01', 'backup01', /Greetings/),
  ),

  flips: notMet('104'),
  reasons: { 'BDS-104': [server, /Greetings/] },
} satisfies World;
