import { client } from '../faults.ts';
import { behind101, blocked, notMet, type World } from '../world.ts';

export default {
  ...client(
    'everybody may write the settings of ssh on the front-end',
    'frontend01',
    '# open',
    async (lab) => (await lab.shell('frontend01', ['stat', '--format', '%a', '/var/lib/one/.ssh/config'])).stdout.trim() === '666',
    'chmod 666 ~/.ssh/config',
  ),

  flips: { ...notMet('101', '102'), ...behind101, ...blocked('105', '205', '303') },
  reasons: { 'BDS-101': [/frontend01/, /Bad owner or permissions/], 'BDS-102': [/Bad owner or permissions/] },
} satisfies World;
