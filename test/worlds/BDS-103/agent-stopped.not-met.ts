import { notMet, type World } from '../world.ts';

export default {
  lab: 'agent-stopped',

  flips: notMet('102', '103'),
  reasons: {
    'BDS-102': [/kvm01.*kvm02/s, /Permission denied/, /opennebula-ssh-agent/],
    'BDS-103': [/ssh-agent\.sock/, /systemctl start opennebula-ssh-agent/],
  },
} satisfies World;
