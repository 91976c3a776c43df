import { agent, impatient, prints } from '../faults.ts';
import { behind101, blocked, undetermined, type World } from '../world.ts';

export default {
  ...agent(
    "the front-end's agent is frozen",
    'kill -STOP $(pgrep -x ssh-agent)',
    prints('frontend01', /^124/m, 'sh', '-c', 'SSH_AUTH_SOCK=/var/run/one/ssh-agent.sock timeout 0.3 ssh-add -l; echo $?'),
  ),

  site: impatient,
  flips: { ...undetermined('101', '102', '103'), ...behind101, ...blocked('105', '205', '303') },
  reasons: {
    'BDS-101': [/frontend01.*backup01/, /no answer/],
    'BDS-102': [/frontend01.*kvm01.*kvm02/s, /no answer/],
    'BDS-103': [/no answer to .ssh-add -l. in time/],
  },
} satisfies World;
