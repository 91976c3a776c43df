import { kvm01, notMet, server, undetermined, type World } from '../world.ts';

export default {
  lab: 'find-missing-on-backup',
  flips: { ...undetermined('201'), ...notMet('304') },
  machines: { 'BDS-304': { [kvm01]: 'met', 'backup01.example.net': 'not-met' } },
  reasons: { 'BDS-201': [server, /find/, /No such file|not found/], 'BDS-304': [/backup01.*find/, /findutils/] },
} satisfies World;
