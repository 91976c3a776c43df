import { saying } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...saying('rsync', ['backup01'], 'rsync  version 3.2.3  protocol version 31'),
  site: { programs: { rsync: '3.2.4' } },
  flips: notMet('301'),
  reasons: { 'BDS-301': [server, /rsync 3\.2\.4 or newer, found 3\.2\.3/] },
} satisfies World;
