import type { Lab } from '../../../lab/machines/lab.ts';
import { sh } from '../../../lab/worlds/tools.ts';
import { failing, quick } from '../drills.ts';
import { notMet, type World } from '../world.ts';

const fails = failing('backup01 does not hand disks out', {
  of: ['cat', 'backup01'],
  when: '/*disk.0.*',
  tried: 'cat /disk.0.0',
  says: 'cat: disk.0.0: Input/output error',
});

export default {
  ...fails,
  repair: async (lab: Lab, memo: string) => {
    await fails.repair(lab, memo);
    // OpenNebula forgets the file of a download that failed.
    await sh(lab, 'frontend01', 'find ~/datastores/1 -type f -empty -delete');
  },
  profile: 'gate',
  site: quick,
  flips: notMet('601'),
  reasons: { 'BDS-601': [/image \d+ in state ERROR: .*Error copying/] },
} satisfies World;
