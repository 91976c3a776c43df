import { datastore, files, overHostSays, together } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...together(
    'OpenNebula has the short name of backup01 saved, which kvm01 does not know',
    [
      datastore('', (_, template) => Object.assign(template, { RSYNC_HOST: 'backup01' }), /RSYNC_HOST.*backup01\]/),
      files(
        '',
        {
          on: 'kvm01',
          files: ['/etc/hosts'],
          script: "sed 's/ backup01$//; s/\\tbackup01$//' /etc/hosts > /tmp/hosts; cat /tmp/hosts > /etc/hosts; rm /tmp/hosts",
        },
        async () => true,
      ),
    ],
    async (lab) =>
      (await lab.shell('kvm01', ['getent', 'hosts', 'backup01'])).exitCode !== 0 && (await overHostSays('kvm01', /^\s*$/)(lab)),
  ),
  flips: notMet('403'),
  reasons: { 'BDS-403': [/RSYNC_HOST “backup01”/, /kvm01\.example\.net: .*Could not resolve hostname backup01/] },
} satisfies World;
