import { settingUp, unregistered } from '../drills.ts';
import { broken, together } from '../ways.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...settingUp(together('the datastore is new, and its server down', unregistered, broken('sshd-down'))),
  profile: 'setup',
  site: { deadlines: { command: 4 } },
  flips: notMet('401'),
  reasons: { 'BDS-401': [/datastore 100 registered, but without capacity \(TOTAL_MB 0\) after 4 s/, /backup-compliance audit/] },
} satisfies World;
