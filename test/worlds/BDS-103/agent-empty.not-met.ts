import { notMet, type World } from '../world.ts';

export default {
  lab: 'agent-empty',

  flips: notMet('102', '103'),
  reasons: { 'BDS-102': [/Permission denied/], 'BDS-103': [/holds no key/, /ssh-add/] },
} satisfies World;
