import { addHost, files, hosts, prints, together } from '../faults.ts';
import type { World } from '../world.ts';

const more = Array.from({ length: 98 }, (_, at) => `kvm${at + 3}.example.net`);

// Each is a login of its own, to one of the two hypervisors that the lab has.
export default {
  ...together(
    'OpenNebula has a hundred hosts',
    [
      files(
        '',
        {
          on: 'frontend01',
          files: ['/etc/hosts'],
          script: 'for i in {3..100}; do echo "198.19.0.$((1 + i % 2)) kvm$i.example.net" >> /etc/hosts; done',
        },
        prints('frontend01', /^198/, 'getent', 'hosts', 'kvm100.example.net'),
      ),
      hosts(
        '',
        (cloud) => {
          for (const name of more) addHost(cloud, name);
        },
        /kvm100/,
      ),
    ],
    prints('frontend01', /^100/m, 'sh', '-c', 'onehost list -x | grep -c "<HOST>"'),
  ),

  flips: {},
  reasons: {},
  machines: { 'BDS-102': { 'kvm100.example.net': 'met' }, 'BDS-303': { 'kvm3.example.net': 'met', 'kvm02.example.net': 'met' } },
} satisfies World;
