import { files, impatient, loginSays } from '../faults.ts';
import { behind101, blocked, undetermined, type World } from '../world.ts';

export default {
  ...files(
    'the front-end has an address of backup01 where nobody is',
    { on: 'frontend01', files: ['/etc/hosts'], script: "sed -i 's/.*backup01.*/198.18.2.99 backup01.example.net backup01/' /etc/hosts" },
    loginSays('frontend01', 'backup01', /timed out|No route/),
  ),

  site: impatient,
  flips: { ...undetermined('101'), ...behind101, ...blocked('105') },
  reasons: { 'BDS-101': [/frontend01.*backup01/, /timed out|No route/] },
} satisfies World;
