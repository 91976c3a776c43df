import { type World, withoutCommandLine } from '../world.ts';

export default {
  lab: 'oned-down',
  flips: withoutCommandLine,
  reasons: { 'BDS-102': [/Failed to open TCP connection/, /systemctl start opennebula/] },
} satisfies World;
