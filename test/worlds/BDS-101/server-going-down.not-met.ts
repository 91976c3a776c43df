import { files, loginSays } from '../faults.ts';
import { behind101, notMet, type World } from '../world.ts';

export default {
  ...files(
    'backup01 is about to be shut down and lets nobody in (/etc/nologin)',
    { on: 'backup01', files: ['/etc/nologin'], script: 'echo Going down for maintenance > /etc/nologin' },
    loginSays('frontend01', 'backup01', /maintenance/),
  ),

  flips: { ...notMet('101'), ...behind101 },
  reasons: { 'BDS-101': [/frontend01.*backup01/, /runs no commands/, /maintenance/] },
} satisfies World;
