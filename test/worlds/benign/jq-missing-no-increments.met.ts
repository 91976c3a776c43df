import { broken, noIncrements, together } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...together('no virtual machine keeps increments, and backup01 has no jq', noIncrements, broken('jq-missing-on-backup')),
  flips: {},
  reasons: {},
  notes: { 'BDS-304': /backup01.*missing, but needed only once a virtual machine keeps increments: jq/ },
} satisfies World;
