import { files, overHostSays } from '../faults.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...files(
    '.bashrc of oneadmin on backup01 greets hypervisors only',
    { on: 'backup01', files: ['/var/lib/one/.bashrc'], script: "sed -i '1i case $SSH_CLIENT in 198.19.*) echo Welcome ;; esac' ~/.bashrc" },
    overHostSays('kvm01', /Welcome/),
  ),

  flips: notMet('104'),
  reasons: { 'BDS-104': [server, /greeted with something else/] },
} satisfies World;
