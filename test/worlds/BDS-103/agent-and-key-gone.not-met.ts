import { agent, loginSays } from '../faults.ts';
import { behind101, blocked, notMet, type World } from '../world.ts';

export default {
  ...agent(
    'neither an agent nor a key is on the front-end',
    'kill $(pgrep -x ssh-agent); mv ~/.ssh/id_ed25519 ~/.ssh/id_off',
    loginSays('frontend01', 'backup01', /Permission denied/),
  ),

  flips: { ...notMet('101', '102', '103'), ...behind101, ...blocked('105', '205', '303') },
  reasons: {
    'BDS-101': [/frontend01.*backup01/, /Permission denied/],
    'BDS-102': [/frontend01.*kvm01.*kvm02/s, /Permission denied/],
    'BDS-103': [/ssh-agent\.sock/],
  },
} satisfies World;
