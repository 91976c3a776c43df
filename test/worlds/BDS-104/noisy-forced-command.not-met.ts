import { loginSays, sshd } from '../faults.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...sshd(
    'every login to backup01 is greeted by a forced command',
    'backup01',
    'ForceCommand echo Welcome; eval "$SSH_ORIGINAL_COMMAND"',
    loginSays('frontend01', 'backup01', /Welcome/),
  ),

  flips: notMet('104'),
  reasons: { 'BDS-104': [server, /Welcome/] },
} satisfies World;
