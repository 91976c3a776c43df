import { settingUp } from '../drills.ts';
import { prints } from '../faults.ts';
import { knowing } from '../ways.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...settingUp(
    knowing(
      'the declared name is that of an image datastore',
      ({ datastores }) => {
        const backups = datastores.find(({ ID }) => ID === '100');
        const images = datastores.find(({ ID }) => ID === '1');
        Object.assign(backups ?? {}, { NAME: 'other' });
        Object.assign(images ?? {}, { NAME: 'rsync Backups' });
      },
      prints('frontend01', /<ID>1<\/ID>.*<NAME>(<!\[CDATA\[)?rsync Backups/s, 'onedatastore', 'show', '-x', '1'),
    ),
  ),
  profile: 'setup',
  flips: notMet('401'),
  reasons: {
    'BDS-401': [/datastore 1: TYPE is “img”, expected “bck”; datastore 1: DS_MAD is “fs”, expected “rsync”/, /Nothing was changed/],
  },
} satisfies World;
