import { scripts } from '../ways.ts';
import { blocked, undetermined, type World } from '../world.ts';

export default {
  ...scripts('onevm on frontend01 hangs', ['frontend01'], {
    make: `cd /usr/local/bin; mv onevm onevm.off; printf '#!/bin/sh\\nexec sleep 60\\n' > onevm; chmod 755 onevm`,
    undo: 'cd /usr/local/bin; mv onevm.off onevm',
    looks: '! timeout 1 onevm list',
  }),
  site: { deadlines: { command: 3 } },
  flips: { ...undetermined('304'), ...blocked('406') },
  reasons: { 'BDS-304': [/onevm list -x --extended/, /did not answer in time/] },
} satisfies World;
