import { files, prints, together } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...together(
    'backup01 is declared by an alias, which all machines know',
    ['frontend01', 'kvm01', 'kvm02'].map((on) =>
      files(
        '',
        {
          on,
          files: ['/etc/hosts', '/var/lib/one/.ssh'],
          script:
            "sed -i '/backup01/s/$/ store.example.net/' /etc/hosts; sed -i s/,backup01.example.net/,store.example.net\\&/ ~/.ssh/known_hosts",
        },
        prints('frontend01', /./, 'hostname'),
      ),
    ),
    prints('kvm01', /^198\.18\.2\.1/, 'getent', 'hosts', 'store.example.net'),
  ),

  site: { datastore: { rsync_host: 'store.example.net' } },
  flips: {},
  reasons: {},
  notes: { 'BDS-403': /“backup01\.example\.net”.*same host key/ },
} satisfies World;
