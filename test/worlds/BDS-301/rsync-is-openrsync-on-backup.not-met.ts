import { saying } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...saying('rsync', ['backup01'], 'openrsync: protocol version 29\nrsync version 2.6.9 compatible'),
  flips: notMet('301'),
  reasons: { 'BDS-301': [server, /found 2\.6\.9/] },
} satisfies World;
