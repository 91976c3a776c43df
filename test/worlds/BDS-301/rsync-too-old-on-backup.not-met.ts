import { saying } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...saying('rsync', ['backup01'], 'rsync  version 3.0.9  protocol version 30'),
  flips: notMet('301'),
  reasons: { 'BDS-301': [server, /expected rsync 3\.1\.0 or newer, found 3\.0\.9\b/, /Repair or upgrade/] },
} satisfies World;
