import { scripts } from '../ways.ts';
import { blocked, undetermined, type World } from '../world.ts';

// Whether increments are kept is not known, and so what is needed is not.
export default {
  ...scripts('onevm on frontend01 fails', ['frontend01'], {
    make: `cd /usr/local/bin; mv onevm onevm.off; printf '#!/bin/sh\\necho "execution expired" >&2; exit 255\\n' > onevm; chmod 755 onevm`,
    undo: 'cd /usr/local/bin; mv onevm.off onevm',
    looks: '! onevm list',
  }),
  flips: { ...undetermined('304'), ...blocked('406') },
  reasons: { 'BDS-304': [/onevm list -x --extended/, /execution expired/] },
} satisfies World;
