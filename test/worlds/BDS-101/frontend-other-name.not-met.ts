import { client, loginSays } from '../faults.ts';
import { behind101, blocked, notMet, type World } from '../world.ts';

export default {
  ...client(
    'ssh on the front-end is told another name of backup01, which nobody knows',
    'frontend01',
    'Host backup01*\\n  HostName old-backup.example.net',
    loginSays('frontend01', 'backup01', /resolve hostname old/),
  ),

  flips: { ...notMet('101'), ...behind101, ...blocked('105') },
  reasons: { 'BDS-101': [/frontend01.*backup01/, /resolve hostname old-backup/, /Make the name old-backup\.example\.net known/] },
} satisfies World;
