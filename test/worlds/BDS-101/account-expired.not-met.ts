import { files, loginSays } from '../faults.ts';
import { behind101, notMet, server, type World } from '../world.ts';

export default {
  ...files(
    'the account oneadmin on backup01 has expired',
    { on: 'backup01', files: ['/etc/shadow'], script: "echo 'oneadmin:*:19000:0:99999:7::1:' > /etc/shadow" },
    loginSays('frontend01', 'backup01', /Permission denied/),
  ),

  flips: { ...notMet('101', '102', '103'), ...behind101 },
  reasons: { 'BDS-101': [server, /Permission denied/], 'BDS-102': [/Permission denied/], 'BDS-103': [/none of which is accepted/] },
} satisfies World;
