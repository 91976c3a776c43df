import { prints } from '../faults.ts';
import { scripts } from '../ways.ts';
import { notMet, onlyKvm01, server, type World } from '../world.ts';

export default {
  ...scripts('rsync on kvm01 is told by its environment to log in at another port', ['kvm01'], {
    make: `sed -i '1i export RSYNC_RSH="ssh -p 2222"' ~/.bashrc`,
    undo: 'sed -i 1d ~/.bashrc',
    looks: `grep -q RSYNC_RSH ~/.bashrc`,
  }),
  isBroken: prints('frontend01', /^ssh -p 2222$/m, 'ssh', '-o', 'BatchMode=yes', 'kvm01.example.net', 'echo $RSYNC_RSH'),
  flips: notMet('303'),
  machines: onlyKvm01('303'),
  reasons: { 'BDS-303': [/kvm01.*→ backup01/, server, /Connection refused/, /RSYNC_RSH/] },
} satisfies World;
