import { agent, prints } from '../faults.ts';
import { behind101, blocked, notMet, type World } from '../world.ts';

export default {
  ...agent(
    "the front-end's agent uses its key only when somebody confirms it",
    'ssh-add -qD; ssh-add -q -c',
    prints('frontend01', /255/, 'sh', '-c', 'SSH_AUTH_SOCK=/var/run/one/ssh-agent.sock ssh -o BatchMode=yes backup01 true; echo $?'),
  ),

  flips: { ...notMet('101', '102', '103'), ...behind101, ...blocked('105', '205', '303') },
  reasons: {
    'BDS-101': [/frontend01.*backup01/, /Permission denied/],
    'BDS-102': [/frontend01.*kvm01.*kvm02/s, /Permission denied/],
    'BDS-103': [/none of which is accepted/],
  },
} satisfies World;
