import { hosts } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...hosts('OpenNebula has one host', (cloud) => cloud.hosts.splice(1), /^(?![\s\S]*kvm02)[\s\S]*kvm01/),

  flips: {},
  reasons: {},
} satisfies World;
