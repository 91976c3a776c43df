import { blocked, notMet, server, type World } from '../world.ts';

// A directory that is not there lies on no device, so 203 is blocked by 201.
export default {
  lab: 'dir-missing',
  flips: { ...notMet('201'), ...blocked('203') },
  reasons: { 'BDS-201': [server, /found none/] },
} satisfies World;
