import { mounts } from '../ways.ts';
import { kvm01, notMet, type World } from '../world.ts';

export default {
  ...mounts('curl on frontend01 is not executable', ['frontend01'], {
    make: 'touch /run/plain; chmod 644 /run/plain; mount -n --bind /run/plain /usr/bin/curl',
    undo: 'umount -n /usr/bin/curl; rm /run/plain',
    looks: '! test -x /usr/bin/curl',
  }),
  flips: notMet('304'),
  machines: { 'BDS-304': { [kvm01]: 'met', 'frontend01.example.net': 'not-met' } },
  reasons: { 'BDS-304': [/frontend01.*curl \(package curl/] },
} satisfies World;
