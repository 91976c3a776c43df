/** What the recordings cannot show: many callers at once, crashes, capacity, names. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { freshCloud, newImage } from '../../lab/opennebula/state.ts';
import { all, int, text } from '../../lab/opennebula/tree.ts';
import { refused, TestCloud } from './harness.ts';
import { parseXml } from './recordings.ts';

const DATASTORE = 'TYPE = "BACKUP_DS"\nDS_MAD = "rsync"\nTM_MAD = "-"\nRSYNC_USER = "oneadmin"\nRSYNC_HOST = "backup01.example.net"\n';
const OK = { stderr: '', exitCode: 0 };

async function cloudWith(t: TestContext, options: Parameters<typeof freshCloud>[0] = {}, interval = 0): Promise<TestCloud> {
  const cloud = new TestCloud(t);
  const state = freshCloud(options);
  state.settings.MONITORING_INTERVAL_DATASTORE = interval;
  await cloud.start(state);
  return cloud;
}

test('twenty datastores created at once, with lists in between, are all there', async (t) => {
  const cloud = await cloudWith(t);
  const numbers = Array.from({ length: 20 }, (_, index) => index);
  for (const number of numbers) cloud.file(`t${number}`, `NAME = "parallel ${number}"\n${DATASTORE}`);
  const results = await Promise.all(
    numbers.flatMap((number) => [cloud.run(`onedatastore create t${number}`), cloud.run('onedatastore list -x')]),
  );
  for (const result of results) assert.partialDeepStrictEqual(result, OK);
  const ids = results.flatMap(({ stdout }) => /^ID: (\d+)$/m.exec(stdout)?.[1] ?? []).map(Number);
  assert.deepEqual(
    ids.sort((a, b) => a - b),
    numbers.map((number) => 100 + number),
  );
  const pool = parseXml((await cloud.run('onedatastore list -x')).stdout);
  assert.equal(all(pool, 'DATASTORE_POOL/DATASTORE').length, 23);
  assert.equal(new Set(cloud.read().datastores.map((datastore) => text(datastore, 'NAME'))).size, 23);
});

test('what was acknowledged survives kill -9', async (t) => {
  const cloud = await cloudWith(t);
  for (const number of [1, 2, 3, 4, 5]) {
    cloud.file('t', `NAME = "kept ${number}"\n${DATASTORE}`);
    assert.equal((await cloud.run('onedatastore create t')).stdout, `ID: ${99 + number}\n`);
    await cloud.stop('SIGKILL');
    await cloud.start();
    assert.match((await cloud.run(`onedatastore show "kept ${number}"`)).stdout, /^DATASTORE 10\d INFORMATION/);
  }
  assert.deepEqual(
    cloud.read().datastores.map((datastore) => int(datastore, 'ID')),
    [0, 1, 2, 100, 101, 102, 103, 104],
  );
});

test('SIGTERM ends it cleanly, and nobody answers after that', async (t) => {
  const cloud = await cloudWith(t);
  assert.equal(await cloud.stop(), 0);
  const refused = (host: string) => ({
    stdout: '',
    stderr: `Failed to open TCP connection to ${host}:${cloud.port} (Connection refused - connect(2) for "${host}" port ${cloud.port})\n`,
    exitCode: 255,
  });
  assert.deepEqual(await cloud.run('onedatastore list'), refused('127.0.0.1'));
  const env = { ONE_XMLRPC: `http://localhost:${cloud.port}/RPC2` };
  assert.deepEqual(await cloud.run('onevm list', { env }), refused('localhost'));
});

test('credentials: wrong password, unknown user, no file at all', async (t) => {
  const cloud = await cloudWith(t);
  for (const secret of ['oneadmin:wrong', 'nobody:opennebula', 'oneadmin']) {
    cloud.file('wrong', secret);
    const { stderr, exitCode } = await cloud.run('ONE_AUTH=$HOME/wrong onehost show 0');
    assert.deepEqual([stderr, exitCode], ["[one.host.info] User couldn't be authenticated, aborting call.\n", 255]);
  }
  assert.equal(
    (await cloud.run('onedatastore list --user oneadmin --password opennebula', { env: { ONE_AUTH: '/nonexistent' } })).exitCode,
    0,
  );
});

test('capacity of a backup datastore: by ssh, without holding up anybody', async (t) => {
  const cloud = await cloudWith(t, { backupDatastore: { host: 'backup01.example.net' } });
  // What the driver runs, told by its words; a server that takes its time.
  cloud.ssh(`printf '%s\\n' "$SSH_AUTH_SOCK" "$@" > "${cloud.dir}/called"; sleep 0.5
    echo 'Filesystem 1048576-blocks Used Available Capacity Mounted on'; echo '/dev/vdb 2000M 500M 1500M 25% /var/lib/one/datastores'`);
  await cloud.edit((state) => {
    state.settings.MONITORING_INTERVAL_DATASTORE = 1;
  });
  const before = await cloud.run('onedatastore list --csv -f ID=100 -l NAME,SIZE,AVAIL,STAT --no-header');
  assert.equal(before.stdout, 'rsync Backups,0M,-,on\n');
  await cloud.until((state) => text(state.datastores[3] ?? {}, 'TOTAL_MB') === '2000');
  const after = await cloud.run('onedatastore list --csv -f ID=100 -l NAME,SIZE,AVAIL,STAT --no-header');
  assert.equal(after.stdout, 'rsync Backups,2G,75%,on\n');
  const path = '/var/lib/one//datastores/100/';
  assert.equal(
    (await cloud.run('cat called')).stdout,
    `/var/run/one/ssh-agent.sock\noneadmin@backup01.example.net\nmkdir -p '${path}' && df -PBM '${path}'\n`,
  );
  // The blind spot: a server that is gone has no capacity, and is still `on`.
  cloud.ssh('echo "ssh: connect to host backup01.example.net port 22: Connection refused" >&2; exit 255');
  await cloud.until((state) => text(state.datastores[3] ?? {}, 'TOTAL_MB') === '0');
  assert.equal(
    (await cloud.run('onedatastore list --csv -f ID=100 -l NAME,SIZE,AVAIL,STAT --no-header')).stdout,
    'rsync Backups,0M,-,on\n',
  );
  assert.match(cloud.log, /Datastore rsync Backups \(100\) successfully monitored/);
});

test('a created datastore is monitored after the answer', async (t) => {
  const cloud = await cloudWith(t, {}, 3600);
  cloud.ssh("sleep 2; echo '/dev/vdb 2000M 500M 1500M 25% /'");
  cloud.file('t', `NAME = "new"\n${DATASTORE}`);
  const { stdout } = await cloud.run('onedatastore create t && onedatastore list --csv -l NAME,SIZE -f NAME=new --no-header');
  assert.equal(stdout, 'ID: 100\nnew,0M\n');
  await cloud.until((state) => text(state.datastores[3] ?? {}, 'FREE_MB') === '1500');
  assert.ok(int(cloud.read().datastores[1] ?? {}, 'TOTAL_MB') > 0, 'the front-end’s own disk has a size');
});

test('names: what OpenNebula takes, trims and refuses', async (t) => {
  const cloud = await cloudWith(t);
  const create = async (name: string) => {
    cloud.file('t', `NAME = "${name}"\n${DATASTORE}`);
    const { stdout, stderr } = await cloud.run('onedatastore create t');
    return stdout + stderr;
  };
  const refused = (reason: string) => `[one.datastore.allocate] Invalid NAME, ${reason}\n`;
  assert.equal(await create('  rsync Backups  '), 'ID: 100\n');
  assert.equal(await create('rsync Backups'), '[one.datastore.allocate] NAME is already taken by DATASTORE 100.\n');
  assert.equal(await create('Ümläut, (b=c) - 1'), 'ID: 101\n');
  assert.equal(await create('123'), 'ID: 102\n');
  assert.equal(await create('-dash'), 'ID: 103\n');
  assert.equal(await create('x'.repeat(128)), 'ID: 104\n');
  assert.equal(await create('x'.repeat(129)), refused('max length is 128 chars'));
  for (const character of ['\\"', "'", '\\', '&', '<', '>', '{', '$', '|', ';', '#', '\t', '\n']) {
    const shown = character === '\\"' ? '"' : character;
    assert.equal(await create(`a${character}b`), refused(`char '${shown}' is not allowed`));
  }
  assert.match((await cloud.run('onedatastore show 101 -x')).stdout, /<NAME>&#xDC;ml&#xE4;ut, \(b=c\) - 1<\/NAME>/);
  assert.equal((await cloud.run('onedatastore show 123')).stderr, '[one.datastore.info] Error getting datastore [123].\n');
  assert.equal((await cloud.run('onedatastore show -dash')).exitCode, 255);
  assert.match((await cloud.run('onedatastore show -- -dash')).stdout, /^DATASTORE 103 /);
});

test('an extended list has virtual machines whole, a plain one does not', async (t) => {
  const cloud = await cloudWith(t, { hosts: ['kvm01'], vms: [{ name: 'a', host: 'kvm01', keepLast: 3 }] });
  const pool = async (options: string) => parseXml((await cloud.run(`onevm list -x ${options}`)).stdout);
  const shown = parseXml((await cloud.run('onevm show a -x')).stdout);
  assert.deepEqual(await pool('--extended'), { VM_POOL: shown });
  assert.deepEqual(all(await pool(''), 'VM_POOL/VM/BACKUPS'), []);
  const { VM_POOL } = JSON.parse((await cloud.run('onevm list -j')).stdout) as { VM_POOL: { VM: unknown } };
  assert.ok(Array.isArray(VM_POOL.VM), 'a single virtual machine is an array in JSON');
});

test('options are read like Ruby reads them', async (t) => {
  const cloud = await cloudWith(t, { backupDatastore: { host: 'backup01.example.net' } });
  const same = (await cloud.run('onedatastore list --csv --filter NAME=default')).stdout;
  for (const words of ['--csv -fNAME=default', '-f NAME=default --csv', '--filt=NAME=default --csv']) {
    assert.equal((await cloud.run(`onedatastore list ${words}`)).stdout, same);
  }
  const complaints = {
    'list --nonsense': 'invalid option: --nonsense',
    'list --no': 'ambiguous option: --no',
    'list -l': 'missing argument: -l',
    'list -f FOO=1': "Column 'FOO' not found",
    'list 1': 'Wrong number of arguments\nNo argument is required',
    'show nope': 'DATASTORE named nope not found.',
    'delete 100,nope': 'DATASTORE named nope not found.',
    'create t -c nope': 'CLUSTER named nope not found.\noption cluster: Parsing error',
    'delete 1': '[one.datastore.delete] Cannot delete datastore. System Datastores (ID < 100) cannot be deleted.',
  };
  for (const [words, complaint] of Object.entries(complaints)) {
    assert.deepEqual(await cloud.run(`onedatastore ${words}`), refused(complaint));
  }
  assert.equal((await cloud.run('cat - | onedatastore create', { env: {} })).stderr, 'Wrong type NilClass. Not allowed!\n');
  const piped = await cloud.run(`printf 'NAME = "piped"\\n%s' '${DATASTORE}' | onedatastore create`);
  assert.deepEqual(piped, { stdout: 'ID: 101\n', ...OK });
});

test('help is given before what follows is looked at; a command that is missing here does not end well', async (t) => {
  const cloud = await cloudWith(t);
  const { stdout, ...rest } = await cloud.run('onevm backup --help --nonsense');
  assert.deepEqual(rest, OK);
  assert.match(stdout, /^## USAGE\nbackup <vmid>\n/);
  assert.deepEqual(await cloud.run('onetemplate instantiate 0'), {
    ...{ stdout: '', exitCode: 255 },
    stderr: 'The stand-in of OpenNebula does not implement onetemplate instantiate yet\n',
  });
  // One that nobody has ends as OpenNebula's does.
  assert.partialDeepStrictEqual(await cloud.run('onevm nonsense'), { stderr: "Command 'nonsense' not found\n", exitCode: 0 });
});

test('lists: mine, my group’s, somebody’s, nobody’s; backups only', async (t) => {
  const cloud = await cloudWith(t, {
    hosts: ['kvm01'],
    vms: [
      { name: 'a', host: 'kvm01' },
      { name: 'b', host: 'kvm01' },
    ],
  });
  await cloud.edit((state) => {
    state.users.push({ id: 2, name: 'alice', password: 'pw' });
    Object.assign(state.vms[1] ?? {}, { UID: '2', GID: '0', UNAME: 'alice' });
    state.images.push(newImage(1, 'backup', { size: 1, since: 0, backup: { datastore: { ID: '100', NAME: 'x' }, disks: ['0'] } }));
  });
  const names = async (flag: string) => (await cloud.run(`onevm list ${flag} --csv -l NAME --no-header`)).stdout.split('\n').slice(0, -1);
  for (const flag of ['mine', 'm', '0', 'oneadmin']) assert.deepEqual(await names(flag), ['a'], flag);
  for (const flag of ['', 'all', 'a', 'group', 'g', 'G']) assert.deepEqual(await names(flag), ['b', 'a'], flag);
  assert.deepEqual(await names('alice'), ['b']);
  assert.deepEqual(await cloud.run('onevm list nobody'), refused('USER named nobody not found.'));
  assert.equal((await cloud.run('oneimage list --backup --csv -l NAME --no-header')).stdout, 'backup\n');
});

test('times of a schedule: today, this year, a day alone', async (t) => {
  const cloud = await cloudWith(t, { hosts: ['kvm01'], vms: [{ name: 'a', host: 'kvm01' }] });
  const at = Date.parse('2026-11-23T20:00:00Z') / 1000;
  const times = { '14:15': '2026-11-23 14:15:00', '09/23 14:15': '2026-09-23 14:15:00', '2027-01-01': '2027-01-01 00:00:00' };
  for (const [given, time] of Object.entries(times)) {
    const { stdout } = await cloud.run(`onevm backup --schedule '${given}' -d 1 0`, { at, env: { TZ: 'America/New_York' } });
    assert.match(stdout, new RegExp(`^VM 0: backup scheduled at ${time} -0[45]00\n$`), given);
  }
  for (const wrong of ['soon', '1893981600', '25:99']) {
    assert.equal((await cloud.run(`onevm backup --schedule '${wrong}' -d 1 0`)).stderr, `Error parsing time spec: ${wrong}\n`);
  }
});
