import { noIncrements, together, without } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...together('no virtual machine keeps increments, and backup01 has no mv', noIncrements, without('mv', ['backup01'])),
  flips: {},
  reasons: {},
  notes: { 'BDS-304': /backup01.*mv \(package coreutils; flattening/ },
} satisfies World;
