import { command } from '../faults.ts';
import { blocked, undetermined, type World } from '../world.ts';

export default {
  ...command('onehost alone fails, and hosts are declared', 'onehost', 'echo failed >&2; exit 255', /failed/),

  site: { hosts: ['kvm01.example.net', 'kvm02.example.net'] },
  flips: { ...undetermined('102'), ...blocked('105', '106', '205', '303', '304') },
  reasons: { 'BDS-102': [/onehost list -x/] },
} satisfies World;
