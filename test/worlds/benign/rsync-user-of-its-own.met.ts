import { datastore, files, loginSays, prints, sshd, together } from '../faults.ts';
import type { World } from '../world.ts';

// Its number is that of oneadmin, the only one the lab's machines have; its name comes first, and so is what everybody shows.
const account =
  'for file in passwd group; do sed "s/^oneadmin:\\(.*\\)/backup-keeper:\\1\\n&/" /etc/$file > /tmp/$file; cat /tmp/$file > /etc/$file; rm /tmp/$file; done';

export default {
  ...together(
    'RSYNC_USER is an account of its own, and backup01 lets no oneadmin in',
    [
      files('', { on: 'backup01', files: ['/etc/passwd', '/etc/group'], script: account }, prints('backup01', /./, 'hostname')),
      datastore('', (_, template) => Object.assign(template, { RSYNC_USER: 'backup-keeper' }), /backup-keeper/),
      sshd('', 'backup01', 'AllowUsers backup-keeper', loginSays('frontend01', 'backup01', /Permission denied/)),
    ],
    prints('frontend01', /^backup-keeper$/m, 'ssh', '-o', 'BatchMode=yes', '-l', 'backup-keeper', 'backup01.example.net', 'id -un'),
  ),

  site: { datastore: { rsync_user: 'backup-keeper' } },
  flips: {},
  reasons: {},
} satisfies World;
