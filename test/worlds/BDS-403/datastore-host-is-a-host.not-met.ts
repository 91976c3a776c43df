import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore(
    'the backup datastore names a hypervisor for its server',
    (_, template) => Object.assign(template, { RSYNC_HOST: 'kvm01.example.net' }),
    /<RSYNC_HOST>(<!\[CDATA\[)?kvm01/,
  ),

  flips: notMet('403'),
  reasons: { 'BDS-403': [/RSYNC_HOST “kvm01\.example\.net”/, /same host key/] },
} satisfies World;
