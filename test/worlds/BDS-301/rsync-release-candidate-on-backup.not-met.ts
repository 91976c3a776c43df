import { saying } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...saying('rsync', ['backup01'], 'rsync  version 3.1.0pre1  protocol version 31.PR14'),
  flips: notMet('301'),
  reasons: { 'BDS-301': [server, /found 3\.1\.0pre1/] },
} satisfies World;
