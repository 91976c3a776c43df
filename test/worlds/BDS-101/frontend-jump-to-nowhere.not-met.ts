import { client, prints } from '../faults.ts';
import { behind101, blocked, notMet, type World } from '../world.ts';

export default {
  ...client(
    'ssh on the front-end is told to go to backup01 by way of a machine that nobody knows',
    'frontend01',
    'Host backup01*\\n  ProxyJump gone.example.net',
    prints('frontend01', /proxyjump gone/, 'ssh', '-G', 'backup01.example.net'),
  ),

  flips: { ...notMet('101'), ...behind101, ...blocked('105') },
  reasons: { 'BDS-101': [/frontend01.*backup01/, /resolve hostname gone\.example\.net/, /Make the name gone\.example\.net known/] },
} satisfies World;
