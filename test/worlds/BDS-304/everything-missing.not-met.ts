import { broken, together, without } from '../ways.ts';
import { kvm01, kvm02, notMet, type World } from '../world.ts';

export default {
  ...together(
    'something is missing on every machine',
    broken('curl-missing-on-frontend'),
    broken('virsh-missing-on-host'),
    without('ps', ['kvm02']),
    broken('jq-missing-on-backup'),
  ),
  flips: notMet('304'),
  machines: {
    'BDS-304': { [kvm01]: 'not-met', [kvm02]: 'not-met', 'frontend01.example.net': 'not-met', 'backup01.example.net': 'not-met' },
  },
  reasons: { 'BDS-304': [/frontend01.*curl/, /kvm01.*virsh/, /kvm02.*ps/, /backup01.*jq/] },
} satisfies World;
