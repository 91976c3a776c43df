import { files, overHostSays } from '../faults.ts';
import { kvm01, kvm02, notMet, server, type World } from '../world.ts';

const KEYS = '/var/lib/one/.ssh/authorized_keys';

export default {
  ...files(
    'the key lets hypervisors do no more than rsync, and that only below a directory that is a root of its own to them',
    {
      on: 'backup01',
      files: [KEYS],
      script: `key=$(cat ${KEYS}); printf '%s\\n' "from=\\"198.18.1.1\\" $key" "restrict,command=\\"rrsync /var/lib/one/datastores\\" $key" > ${KEYS}`,
    },
    overHostSays('kvm01', /rrsync/),
  ),
  flips: notMet('303'),
  machines: { 'BDS-303': { [kvm01]: 'not-met', [kvm02]: 'not-met' } },
  reasons: { 'BDS-303': [/kvm01/, server, /No such file or directory/, /command=/] },
} satisfies World;
