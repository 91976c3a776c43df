import { files, loginSays } from '../faults.ts';
import { behind101, notMet, type World } from '../world.ts';

export default {
  ...files(
    'the front-end has the address of kvm01 for backup01',
    { on: 'frontend01', files: ['/etc/hosts'], script: "sed -i '/backup01/d; s/^198.19.0.1 /&backup01.example.net /' /etc/hosts" },
    loginSays('frontend01', 'backup01', /IDENTIFICATION HAS CHANGED/),
  ),

  flips: { ...notMet('101', '105'), ...behind101 },
  reasons: { 'BDS-101': [/frontend01.*backup01/, /Host key verification failed/], 'BDS-105': [/frontend01/] },
} satisfies World;
