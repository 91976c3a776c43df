import { files, loginSays } from '../faults.ts';
import { behind101, notMet, server, type World } from '../world.ts';

export default {
  ...files(
    'the shell of oneadmin on backup01 does not exist',
    { on: 'backup01', files: ['/etc/passwd'], script: "sed -i 's#/bin/bash#/bin/none#' /etc/passwd" },
    loginSays('frontend01', 'backup01', /Permission denied/),
  ),

  flips: { ...notMet('101', '102', '103'), ...behind101 },
  reasons: { 'BDS-101': [server, /Permission denied/], 'BDS-102': [/Permission denied/], 'BDS-103': [/none of which is accepted/] },
} satisfies World;
