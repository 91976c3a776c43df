import type { Lab } from '../../../lab/machines/lab.ts';
import { sh } from '../../../lab/worlds/tools.ts';
import { behind502, onedDiesAt, quicker, slow } from '../drills.ts';
import { together } from '../ways.ts';
import { undetermined, type World } from '../world.ts';

/** It is seen in BACKUP for the second time. */
const again = "$real show -x 0 | grep -q '<LCM_STATE>69<' && { [ -d /run/one/seen ] && rmdir /run/one/seen || ! mkdir /run/one/seen; }";
const dies = together(
  'OpenNebula stops while a backup is under way',
  slow('', { of: ['rsync', 'kvm01'], when: '-aS*', tried: 'rsync -aS --version', seconds: 4 }),
  onedDiesAt('', { of: 'onevm', when: "'show -x 0'|'show -x 999'", given: `[ $3 = 999 ] || { ${again}; }`, tried: 'onevm show -x 999' }),
);

export default {
  ...dies,
  repair: async (lab: Lab, memo: string) => {
    await dies.repair(lab, memo);
    // What is staged there stays until OpenNebula's next backup.
    await sh(lab, 'kvm01', 'while pgrep -x rsync > /dev/null; do sleep 0.1; done; cd ~/datastores/0/0; rm -rf backup tmp');
  },
  profile: 'gate',
  site: quicker({ backup: 8 }),
  flips: { ...undetermined('502', '602'), ...behind502 },
  reasons: { 'BDS-502': [/Connection refused/, /Run it again/], 'BDS-602': [/could not look: .*Connection refused/] },
} satisfies World;
