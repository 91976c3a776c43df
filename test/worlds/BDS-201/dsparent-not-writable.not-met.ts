import { notMet, server, type World } from '../world.ts';

export default {
  lab: 'dsparent-not-writable',
  flips: notMet('201'),
  reasons: { 'BDS-201': [server, /\/var\/lib\/one\/datastores/] },
} satisfies World;
