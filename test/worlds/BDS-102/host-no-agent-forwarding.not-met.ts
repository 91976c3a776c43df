import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  lab: 'host-no-agent-forwarding',

  flips: notMet('102'),
  machines: onlyKvm01('102'),
  reasons: { 'BDS-102': [/kvm01/, /Permission denied/, /agent forwarding on kvm01/] },
} satisfies World;
