import { files, loginSays } from '../faults.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...files(
    '/etc/ssh/sshrc on backup01 prints a word',
    { on: 'backup01', files: ['/etc/ssh/sshrc'], script: "echo 'echo Property of ACME' > /etc/ssh/sshrc" },
    loginSays('frontend01', 'backup01', /ACME/),
  ),

  flips: notMet('104'),
  reasons: { 'BDS-104': [server, /ACME/] },
} satisfies World;
