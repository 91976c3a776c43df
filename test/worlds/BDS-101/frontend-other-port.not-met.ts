import { client, loginSays } from '../faults.ts';
import { behind101, blocked, notMet, type World } from '../world.ts';

export default {
  ...client(
    'ssh on the front-end is told a port of backup01 where nobody listens',
    'frontend01',
    'Host backup01*\\n  Port 2222',
    loginSays('frontend01', 'backup01', /port 2222: Connection refused/),
  ),

  flips: { ...notMet('101'), ...behind101, ...blocked('105') },
  reasons: { 'BDS-101': [/frontend01.*backup01/, /port 2222: Connection refused/] },
} satisfies World;
