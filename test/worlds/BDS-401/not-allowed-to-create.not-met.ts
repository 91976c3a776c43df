import { settingUp, unregistered } from '../drills.ts';
import { files, prints, together } from '../faults.ts';
import { notMet, type World } from '../world.ts';

const AUTH = '/var/lib/one/.one/one_auth';

export default {
  ...settingUp(
    together(
      'the account on the front-end is an ordinary user of OpenNebula, and may create no datastore',
      [
        unregistered,
        files(
          'an ordinary user',
          { on: 'frontend01', files: [AUTH], script: `oneuser create clerk secret && echo clerk:secret > ${AUTH}` },
          prints('frontend01', /clerk/, 'cat', AUTH),
        ),
      ],
      prints(
        'frontend01',
        /Not authorized to perform CREATE DATASTORE/,
        'sh',
        '-c',
        'printf "NAME = a\nDS_MAD = rsync\n" > /tmp/ds; onedatastore create /tmp/ds; rm /tmp/ds',
      ),
    ),
  ),
  profile: 'setup',
  site: { deadlines: { command: 6 } },
  flips: notMet('401'),
  reasons: {
    'BDS-401': [
      /refused: “onedatastore create .*Not authorized to perform CREATE DATASTORE/,
      /What was done before stands: wrote the template/,
    ],
  },
} satisfies World;
