import type { World } from '../world.ts';

export default {
  lab: 'noisy-bashrc-on-host',
  flips: {},
  reasons: {},
  notes: { 'BDS-104': /kvm01/ },
} satisfies World;
