import { client, impatient, loginSays } from '../faults.ts';
import { behind101, blocked, undetermined, type World } from '../world.ts';

export default {
  ...client(
    'ssh on the front-end is told to go to backup01 through a program that says nothing',
    'frontend01',
    'Host backup01*\\n  ProxyCommand sleep 60',
    loginSays('frontend01', 'backup01', /timed out/),
  ),

  site: impatient,
  flips: { ...undetermined('101'), ...behind101, ...blocked('105') },
  reasons: { 'BDS-101': [/frontend01.*backup01/, /no answer|timed out/] },
} satisfies World;
