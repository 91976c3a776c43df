import { settingUp } from '../drills.ts';
import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...settingUp(
    datastore(
      'the datastore is registered for another account (backup)',
      (_, template) => Object.assign(template, { RSYNC_USER: 'backup' }),
      /<RSYNC_USER>(<!\[CDATA\[)?backup\b/,
    ),
  ),
  profile: 'setup',
  flips: notMet('401'),
  reasons: { 'BDS-401': [/datastore 100: RSYNC_USER is “backup”, expected “oneadmin”/, /Nothing was changed/] },
} satisfies World;
