import { arriving, quick } from '../drills.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...arriving(
    'the description beside the disks is that of another virtual machine',
    "base64 -d vm.xml | sed 's#<ID>[0-9]*</ID>#<ID>77</ID>#' | base64 > other; mv other vm.xml",
    'base64 -d vm.xml | grep -q "<ID>77<"',
  ),
  profile: 'gate',
  site: quick,
  flips: notMet('503'),
  reasons: { 'BDS-503': [server, /vm\.xml is that of virtual machine 77/] },
} satisfies World;
