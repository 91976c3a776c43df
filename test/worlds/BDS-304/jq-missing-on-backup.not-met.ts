import { kvm01, notMet, type World } from '../world.ts';

// The lab has a virtual machine that keeps increments, so what only increments need is needed.
export default {
  lab: 'jq-missing-on-backup',

  flips: notMet('304'),
  machines: { 'BDS-304': { [kvm01]: 'met', 'backup01.example.net': 'not-met' } },
  reasons: { 'BDS-304': [/backup01.*jq/, /files01 \(1\)/, /first flatten destroys the chain/] },
} satisfies World;
