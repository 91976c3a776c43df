import { mounts } from '../ways.ts';
import { blocked, kvm01, notMet, undetermined, type World } from '../world.ts';

// No other machine can be asked without it.
export default {
  ...mounts('ssh on frontend01 cannot be run', ['frontend01'], {
    make: 'touch /run/plain; chmod 644 /run/plain; mount -n --bind /run/plain /usr/bin/ssh',
    undo: 'umount -n /usr/bin/ssh; rm /run/plain',
    looks: '! test -x /usr/bin/ssh',
  }),
  flips: {
    ...notMet('304'),
    ...undetermined('101', '102'),
    ...blocked('104', '105', '201', '203', '204', '205', '301', '302', '303', '405'),
  },
  machines: { 'BDS-304': { [kvm01]: 'blocked', 'frontend01.example.net': 'not-met', 'backup01.example.net': 'blocked' } },
  reasons: { 'BDS-101': [/ssh/], 'BDS-102': [/ssh/], 'BDS-304': [/frontend01.*ssh \(package openssh-client/] },
} satisfies World;
