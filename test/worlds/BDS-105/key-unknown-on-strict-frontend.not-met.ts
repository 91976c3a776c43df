import { client, loginSays } from '../faults.ts';
import { behind101, notMet, type World } from '../world.ts';

export default {
  ...client(
    'the front-end does not know the host key of backup01, and takes no new ones',
    'frontend01',
    'StrictHostKeyChecking yes',
    loginSays('frontend01', 'backup01', /Host key verification failed/),
    'sed -i /backup01/d ~/.ssh/known_hosts',
  ),

  flips: { ...notMet('101', '105'), ...behind101 },
  reasons: { 'BDS-101': [/frontend01/, /host key is known|Host key verification failed/], 'BDS-105': [/frontend01/] },
} satisfies World;
