import { client, loginSays } from '../faults.ts';
import { behind101, blocked, notMet, type World } from '../world.ts';

export default {
  ...client(
    'ssh on the front-end has a setting that it does not know',
    'frontend01',
    'Frobnicate yes',
    loginSays('frontend01', 'backup01', /Bad configuration option/),
  ),

  flips: { ...notMet('101', '102'), ...behind101, ...blocked('105', '205', '303') },
  reasons: { 'BDS-101': [/frontend01/, /Bad configuration option/], 'BDS-102': [/Bad configuration option/] },
} satisfies World;
