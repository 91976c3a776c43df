import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore(
    'the backup datastore names an account that differs in capitals only',
    (_, template) => Object.assign(template, { RSYNC_USER: 'Oneadmin' }),
    /<RSYNC_USER>(<!\[CDATA\[)?Oneadmin/,
  ),

  flips: notMet('403'),
  reasons: { 'BDS-403': [/RSYNC_USER “Oneadmin”/] },
} satisfies World;
