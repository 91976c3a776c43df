/** The guide can be followed by hand, all ten steps, in a lab that has no backup datastore yet. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lab } from '../../lab/machines/lab.ts';

const TEMPLATE = `NAME = "rsync Backups"
TYPE = "BACKUP_DS"

DS_MAD = "rsync"
TM_MAD = "-"

RSYNC_USER = "oneadmin"
RSYNC_HOST = "backup01.example.net"
`;

let lab: Lab;
before(async () => {
  lab = await Lab.up({ datastore: false });
});
after(() => lab.down());

/** What a person types on the front-end, and sees. */
async function type(command: string, input?: string): Promise<string> {
  const { exitCode, stdout, stderr } = await lab.shell('frontend01', ['bash', '-c', command], input === undefined ? {} : { input });
  assert.equal(exitCode, 0, `${command}: ${stderr}`);
  return stdout;
}

it('steps 1 to 4: the backup server is reached and has what it needs', async () => {
  assert.equal(await type('ssh oneadmin@backup01.example.net hostname'), 'backup01.example.net\n');
  assert.match(
    await type('ssh oneadmin@backup01.example.net "ls -ld /var/lib/one/datastores"'),
    /^drwxrwxr-x \d+ oneadmin oneadmin .* \/var\/lib\/one\/datastores$/m,
  );
  assert.match(await type('ssh oneadmin@backup01.example.net "rsync --version"'), /^rsync {2}version \d/);
  assert.match(await type('ssh oneadmin@backup01.example.net "qemu-img --version"'), /^qemu-img version \d/);
});

it('steps 5 to 7: the template is written, and the datastore created from it', async () => {
  await type('cat > ds_rsync_backup.txt', TEMPLATE);
  assert.equal(await type('onedatastore create ds_rsync_backup.txt'), 'ID: 100\n');
});

it('steps 8 and 9: it is listed as a backup datastore, and its template is saved', async () => {
  await lab.capacityKnown();
  assert.match(await type('onedatastore list'), /^ 100 rsync Back +\d+(\.\d)?M +100 0 +0 bck {2}rsync {3}- {7}on$/m);
  const shown = await type('onedatastore show 100');
  assert.match(shown, /^TYPE +: BACKUP *$/m);
  assert.match(shown, /^RSYNC_HOST="backup01\.example\.net"\nRSYNC_USER="oneadmin"$/m);
});

it('step 10: a small test backup is scheduled, and made', async () => {
  assert.match(
    await type('onevm backup --schedule now -d 100 0'),
    /^VM 0: backup scheduled at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}\n$/,
  );
  for (let waited = 0; !/<TYPE>6<.*<STATE>1</s.test(await type('oneimage list -x')); waited += 100) {
    assert.ok(waited < 20_000, 'no backup image within 20 s');
    await sleep(100);
  }
  assert.match(
    await type('ssh oneadmin@backup01.example.net find /var/lib/one/datastores/100/0 -type f'),
    /\/100\/0\/[0-9a-f]{6}\/disk\.0\.0/,
  );
});
