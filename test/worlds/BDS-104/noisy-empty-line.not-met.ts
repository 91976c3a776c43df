import { login } from '../../../lab/worlds/tools.ts';
import { files } from '../faults.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...files(
    '.bashrc of oneadmin on backup01 prints an empty line',
    { on: 'backup01', files: ['/var/lib/one/.bashrc'], script: "sed -i '1i echo' ~/.bashrc" },
    async (lab) => (await login(lab, 'frontend01', 'backup01')).stdout === '\n',
  ),

  flips: notMet('104'),
  reasons: { 'BDS-104': [server, /blank/] },
} satisfies World;
