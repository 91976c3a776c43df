import type { Lab } from '../../../lab/machines/lab.ts';
import { behind502, intercepted, quicker } from '../drills.ts';
import { notMet, type World } from '../world.ts';

const freezes = intercepted('the SSH server of backup01 freezes when a backup begins', {
  of: ['mkdir', 'backup01'],
  when: '*datastores/100/0/*',
  act: "pkill -STOP -f '^(/usr/sbin/)?[s]shd'",
  tried: "mkdir --version /var/lib/one/datastores/100/0/; ps -eo state,args | grep '^T.*[s]shd'",
  looks: /^T.*sshd/m,
});

export default {
  ...{
    ...freezes,
    isBroken: (lab: Lab) => freezes.isBroken(lab).finally(() => lab.signal('backup01', 'sshd', 'CONT')),
    repair: async (lab: Lab, memo: string) => {
      await freezes.repair(lab, memo);
      await lab.signal('backup01', 'sshd', 'CONT');
    },
  },
  profile: 'gate',
  site: quicker({ backup: 4, command: 5, connect: 1 }),
  flips: { ...notMet('502', '602'), ...behind502 },
  reasons: {
    'BDS-502': [/after 4 s the virtual machine is still in BACKUP/, /Look at backup01\.example\.net/],
    'BDS-602': [/virtual machine 0 is still in BACKUP, since the backup server does not answer/],
  },
} satisfies World;
