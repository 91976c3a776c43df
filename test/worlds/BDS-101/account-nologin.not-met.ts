import { files, loginSays } from '../faults.ts';
import { behind101, notMet, type World } from '../world.ts';

export default {
  ...files(
    'oneadmin on backup01 has the shell nologin',
    { on: 'backup01', files: ['/etc/passwd'], script: "sed -i 's#/bin/bash#/usr/sbin/nologin#' /etc/passwd" },
    loginSays('frontend01', 'backup01', /not available/),
  ),

  flips: { ...notMet('101'), ...behind101 },
  reasons: { 'BDS-101': [/frontend01.*backup01/, /runs no commands/, /not available/] },
} satisfies World;
