/** What the recordings cannot show: many callers at once, crashes, who calls, how a command is written. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { all, int, text } from '../../../lab/opennebula/tree.ts';
import { AS_ALICE, OK, ok, quietCloud, refused } from './harness.ts';
import { parseXml } from './recordings.ts';
import { canSandbox, stock } from './replay.ts';

const DATASTORE = 'TYPE = "BACKUP_DS"\nDS_MAD = "rsync"\nTM_MAD = "-"\nRSYNC_USER = "oneadmin"\nRSYNC_HOST = "backup01.example.net"\n';

test('ten datastores created at once, with lists in between, are all there', async (t) => {
  const cloud = await quietCloud(t);
  const numbers = Array.from({ length: 10 }, (_, index) => index);
  for (const number of numbers) cloud.file(`t${number}`, `NAME = "parallel ${number}"\n${DATASTORE}`);
  const results = await Promise.all(
    numbers.flatMap((number) => [cloud.run(`onedatastore create t${number}`), cloud.run('onedatastore list -x')]),
  );
  for (const { stderr, exitCode } of results) assert.deepEqual([stderr, exitCode], ['', 0]);
  const ids = results.flatMap(({ stdout }) => /^ID: (\d+)$/m.exec(stdout)?.[1] ?? []).map(Number);
  assert.deepEqual(
    ids.sort((a, b) => a - b),
    numbers.map((number) => 101 + number),
  );
  const pool = parseXml((await cloud.run('onedatastore list -x')).stdout);
  assert.equal(all(pool, 'DATASTORE_POOL/DATASTORE').length, 14);
  assert.equal(new Set(cloud.read().datastores.map((datastore) => text(datastore, 'NAME'))).size, 14);
});

test('what was acknowledged survives kill -9', async (t) => {
  const cloud = await quietCloud(t);
  for (const number of [1, 2, 3]) {
    cloud.file('t', `NAME = "kept ${number}"\n${DATASTORE}`);
    await cloud.says({ 'onedatastore create t': ok(`ID: ${100 + number}`) });
    await cloud.stop('SIGKILL');
    await cloud.start();
    assert.match((await cloud.run(`onedatastore show "kept ${number}"`)).stdout, /^DATASTORE 10\d INFORMATION/);
  }
  assert.deepEqual(
    cloud.read().datastores.map((datastore) => int(datastore, 'ID')),
    [0, 1, 2, 100, 101, 102, 103],
  );
});

test('SIGTERM ends it cleanly, and nobody answers after that', async (t) => {
  const cloud = await quietCloud(t);
  assert.equal(await cloud.stop(), 0);
  const nobody = (host: string) =>
    refused(`Failed to open TCP connection to ${host}:${cloud.port} (Connection refused - connect(2) for "${host}" port ${cloud.port})`);
  const nowhere = 'Failed to open TCP connection to nosuch.invalid:80 (getaddrinfo: Name or service not known)';
  await cloud.says({
    'onedatastore list': nobody('127.0.0.1'),
    [`ONE_XMLRPC=http://localhost:${cloud.port}/RPC2 onevm list`]: nobody('localhost'),
    'ONE_XMLRPC=http://nosuch.invalid onevm list': refused(nowhere),
  });
});

test("the endpoint is that of ONE_XMLRPC, else of the user's file, else of OpenNebula's own", async (t) => {
  const cloud = await quietCloud(t);
  const list = 'onehost list -x';
  const found = await cloud.run(list);
  assert.equal(found.exitCode, 0);
  const [right, wrong] = [`http://localhost:${cloud.port}/RPC2 \t\n`, 'http://nosuch.invalid \n'];
  const nowhere = refused('Failed to open TCP connection to nosuch.invalid:80 (getaddrinfo: Name or service not known)');
  const byFile = `env -u ONE_XMLRPC ${list}`;
  cloud.file('.one/one_endpoint', right);
  await cloud.says({ [list]: found, [byFile]: found });
  cloud.file('.one/one_endpoint', wrong);
  await cloud.says({ [byFile]: nowhere, [list]: found, [`ONE_XMLRPC='${right}' ${list}`]: found });
  if (!canSandbox()) return;
  cloud.file('stock', right);
  const inside = stock(join(cloud.dir, 'stock'), 'one_endpoint');
  await cloud.says({ [byFile]: nowhere, [`HOME=/nowhere ${byFile}`]: found }, { inside });
});

test('credentials: wrong password, unknown user, no password', async (t) => {
  const cloud = await quietCloud(t);
  for (const secret of ['oneadmin:wrong', 'nobody:opennebula', 'oneadmin']) {
    cloud.file('wrong', secret);
    await cloud.says({
      'ONE_AUTH=$HOME/wrong onehost show 0 -x': refused("[one.host.info] User couldn't be authenticated, aborting call."),
    });
  }
  await cloud.edit(({ vms }) => Object.assign(vms[0] ?? {}, { GID: '0' }));
  const list = async (who: string) => (await cloud.run(`${who} onevm list -x`)).stdout;
  assert.match(await list(''), /<NAME>vm</);
  assert.equal(await list(AS_ALICE), '<VM_POOL/>\n', 'what is not hers she does not see');
  assert.match((await cloud.run(`${AS_ALICE} oneuser show -x`)).stdout, /<ID>2<.*<NAME>alice</s, 'who names nobody means herself');
  await cloud.says({ [`${AS_ALICE} onevm show 0 -x`]: refused('[one.vm.info] User [2] : Not authorized to perform USE VM [0].') });
});

test('an extended list has virtual machines whole but for their monitoring and scheduled actions, a plain one does not', async (t) => {
  const cloud = await quietCloud(t, ({ vms }) => Object.assign(vms[0] ?? {}, { LAST_POLL: '0', MONITORING: {} }));
  const pool = async (options: string) => parseXml((await cloud.run(`onevm list -x ${options}`)).stdout);
  assert.deepEqual(await pool('--extended'), { VM_POOL: parseXml((await cloud.run('onevm show vm -x')).stdout) });
  assert.deepEqual(all(await pool(''), 'VM_POOL/VM/BACKUPS'), []);
  await cloud.run('onevm backup --schedule 2030-01-07 -d 100 0');
  const extended = await pool('--extended');
  assert.deepEqual(all(extended, 'VM_POOL/VM/SCHED_ACTIONS/ID'), ['0']);
  assert.deepEqual(all(extended, 'VM_POOL/VM/TEMPLATE/SCHED_ACTION'), []);
  assert.match((await cloud.run('onevm show -x 0')).stdout, /<SCHED_ACTION>/);
});

test('in a plain C locale there is ASCII alone', async (t) => {
  const cloud = await quietCloud(t);
  cloud.file('t', 'NAME = "Sicherung für alle"\nTYPE = "BACKUP_DS"\nDS_MAD = "rsync"\nRSYNC_HOST = "h"\nRSYNC_USER = "u"\n');
  const wrong = refused('invalid byte sequence in US-ASCII');
  await cloud.says({
    'LC_ALL=C onedatastore create t': wrong,
    'LC_ALL=C onedatastore create < t': wrong,
    'LANG=C onedatastore show für -x': wrong,
    'LC_ALL=C.UTF-8 onedatastore create t': ok('ID: 101'),
  });
  // Output is another matter.
  assert.match((await cloud.run('LC_ALL=C onedatastore list -x')).stdout, /f&#xFC;r/);
});

test('options and arguments: what is wrong is told in OpenNebula’s words, what is not done here in ours', async (t) => {
  const cloud = await quietCloud(t);
  await cloud.says({
    'onedatastore list --nonsense': refused('invalid option: --nonsense'),
    'onedatastore list -j': refused('invalid option: -j'),
    'onedatastore list --xml=1': refused('needless argument: --xml=1'),
    'onevm backup 0 -d': refused('missing argument: -d'),
    'onevm backup -d 100': refused('Command backup requires one parameter to run'),
    'onevm sched-delete 0': refused('Command sched-delete requires 2 parameters to run.'),
    'onedatastore list 1': refused('Wrong number of arguments\nNo argument is required'),
    'onedatastore update 1 t x': refused('Wrong number of arguments\nThe arguments should be: <datastoreid> [file]'),
    'onedatastore show nope': refused('DATASTORE named nope not found.'),
    'onedatastore delete 100,nope': refused('DATASTORE named nope not found.'),
    'onedatastore delete 1': refused('[one.datastore.delete] Cannot delete datastore. System Datastores (ID < 100) cannot be deleted.'),
    'onehost list': refused('The stand-in for OpenNebula does "onehost list" with -x only'),
    'onevm show 0': refused('The stand-in for OpenNebula does "onevm show" with -x only'),
    'onebackupjob create job': refused('command create: argument 0 must be one of file, '),
    'onebackupjob chown 0 alice': refused(
      'The stand-in for OpenNebula has no command "onebackupjob chown", but: list, show, create, backup, cancel, delete, lock, priority, retry, sched-delete, unlock, update',
    ),
    'oneflow list': refused('The stand-in for OpenNebula has no command "oneflow list"'),
    'onetemplate chown 0 alice': refused(
      'The stand-in for OpenNebula has no command "onetemplate chown", but: list, show, create, instantiate, update, delete',
    ),
  });
  const room = refused('Error creating VM backup: [one.vm.backup] Not enough free space on target datastore');
  for (const words of ['-d100 vm --reset', 'vm --datastore "rsync Backups"', '--datastore=100 -- vm'])
    await cloud.says({ [`onevm backup ${words}`]: room });
});

test('oned takes no part of a line for a call, and ends nobody else’s', async (t) => {
  const cloud = await quietCloud(t);
  await cloud.says({ [`exec 3<> /dev/tcp/127.0.0.1/${cloud.port}; echo nonsense >&3; cat <&3`]: OK });
  assert.equal((await cloud.run('onedatastore list')).exitCode, 0);
});
