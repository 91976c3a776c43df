import { files, loginSays } from '../faults.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...files(
    'the shell of oneadmin on backup01 is a script that prints a word',
    {
      on: 'backup01',
      files: ['/etc/passwd', '/usr/local/bin/menu'],
      script:
        "printf '%s\\n' '#!/bin/bash' 'echo Menu' 'exec bash \"$@\"' > /usr/local/bin/menu; chmod 755 /usr/local/bin/menu; sed -i 's#/bin/bash#/usr/local/bin/menu#' /etc/passwd",
    },
    loginSays('frontend01', 'backup01', /Menu/),
  ),

  flips: notMet('104'),
  reasons: { 'BDS-104': [server, /Menu/] },
} satisfies World;
