import { files } from '../faults.ts';
import { behind101, notMet, type World } from '../world.ts';

export default {
  ...files(
    'the key in authorized_keys on backup01 is for sftp only',
    {
      on: 'backup01',
      files: ['/var/lib/one/.ssh'],
      script: 'sed -i \'s/^/restrict,command="internal-sftp" /\' /var/lib/one/.ssh/authorized_keys',
    },
    async (lab) => /sftp/.test((await lab.shell('backup01', ['cat', '/var/lib/one/.ssh/authorized_keys'])).stdout),
  ),

  flips: { ...notMet('101'), ...behind101 },
  reasons: { 'BDS-101': [/frontend01.*backup01/, /runs no commands/] },
} satisfies World;
