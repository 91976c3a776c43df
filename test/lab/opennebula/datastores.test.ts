/** Datastores: their capacity, their names, and what is changed in them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int, text, trees } from '../../../lab/opennebula/tree.ts';
import { AS_ALICE, OK, ok, quietCloud, refused, type TestCloud } from './harness.ts';
import { parseXml } from './recordings.ts';

const DATASTORE = 'TYPE = "BACKUP_DS"\nDS_MAD = "rsync"\nTM_MAD = "-"\nRSYNC_USER = "oneadmin"\nRSYNC_HOST = "backup01.example.net"\n';
const DF = (figures: string) => `echo 'Filesystem 1048576-blocks Used Available Capacity Mounted on'; echo '/dev/vdb ${figures} /'`;

/** What a list shows of a datastore's size and what is free. */
const sizes = async (cloud: TestCloud, name: string) =>
  (await cloud.run('onedatastore list')).stdout
    .split('\n')
    .find((line) => line.includes(name))
    ?.slice(16, 26);
const total = (megabytes: string) => (state: { datastores: Parameters<typeof text>[0][] }) =>
  text(state.datastores.at(-1) ?? {}, 'TOTAL_MB') === megabytes;

test('capacity of a backup datastore: by ssh, without holding up anybody', async (t) => {
  const cloud = await quietCloud(t);
  // What the driver runs, told by its words; a server that takes its time.
  cloud.ssh(`printf '%s\\n' "$SSH_AUTH_SOCK" "$@" > "${cloud.dir}/called"
    until [ -e "$HOME/go" ]; do sleep 0.02; done; ${DF('2000M 500M 1500M 25%')}`);
  await cloud.edit((state) => {
    state.settings.MONITORING_INTERVAL_DATASTORE = 0.3;
  });
  assert.equal(await sizes(cloud, 'rsync Back'), '    0M -  ');
  cloud.file('go', '');
  await cloud.until(total('2000'));
  assert.equal(await sizes(cloud, 'rsync Back'), '    2G 75%');
  const path = '/var/lib/one//datastores/100/';
  const called = `/var/run/one/ssh-agent.sock\noneadmin@backup01.example.net\nmkdir -p '${path}' && df -PBM '${path}'`;
  await cloud.says({ 'cat called': ok(called) });
  // The blind spot: a server that is gone has no capacity, and is still `on`.
  cloud.ssh('echo "ssh: connect to host backup01.example.net port 22: Connection refused" >&2; exit 255');
  await cloud.until(total('0'));
  assert.match((await cloud.run('onedatastore list')).stdout, /^ 100 rsync Back +0M - .* on$/m);
  assert.match(cloud.log, /Datastore rsync Backups \(100\) successfully monitored/);
});

test('a created datastore is monitored after the answer', async (t) => {
  const cloud = await quietCloud(t, (state) => {
    state.settings.MONITORING_INTERVAL_DATASTORE = 3600;
  });
  cloud.ssh(`until [ -e "$HOME/go" ]; do sleep 0.02; done; ${DF('2000M 500M 1500M 25%')}`);
  cloud.file('t', `NAME = "new"\n${DATASTORE}`);
  await cloud.says({ 'onedatastore create t': ok('ID: 101') });
  assert.equal(await sizes(cloud, 'new'), '    0M -  ');
  cloud.file('go', '');
  await cloud.until(total('2000'));
  assert.ok(int(cloud.read().datastores[1] ?? {}, 'TOTAL_MB') > 0, 'the front-end’s own disk has a size');
});

test('a datastore with a limit has no more room than that', async (t) => {
  const cloud = await quietCloud(t, ({ datastores }) =>
    Object.assign(datastores[3] ?? {}, { TOTAL_MB: '9000', FREE_MB: '5000', USED_MB: '4000' }),
  );
  const limited = (limit: string) => `echo 'LIMIT_MB="${limit}"' | onedatastore update 100 -a && onevm backup -d 100 vm`;
  const full = refused('Error creating VM backup: [one.vm.backup] Not enough free space on target datastore');
  await cloud.says({ [limited('4200')]: full, [limited('4300')]: OK }); // for a disk of 256 MB
});

test('names: what OpenNebula takes, trims and refuses', async (t) => {
  const cloud = await quietCloud(t);
  const create = async (name: string) => {
    cloud.file('t', `NAME = "${name}"\n${DATASTORE}`);
    const { stdout, stderr } = await cloud.run('onedatastore create t');
    return stdout + stderr;
  };
  const invalid = (reason: string) => `[one.datastore.allocate] Invalid NAME, ${reason}\n`;
  assert.equal(await create('  more Backups  '), 'ID: 101\n');
  assert.equal(await create('more Backups'), '[one.datastore.allocate] NAME is already taken by DATASTORE 101.\n');
  for (const [index, name] of ['Ümläut, (b=c) - 1', '123', '-dash', 'x'.repeat(128)].entries())
    assert.equal(await create(name), `ID: ${102 + index}\n`);
  assert.equal(await create('x'.repeat(129)), invalid('max length is 128 chars'));
  for (const character of ['\\"', "'", '\\', '&', '<', '>', '{', '$', '|', ';', '#', '\t', '\n'])
    assert.equal(await create(`a${character}b`), invalid(`char '${character === '\\"' ? '"' : character}' is not allowed`));
  assert.match((await cloud.run('onedatastore show 102 -x')).stdout, /<NAME>&#xDC;ml&#xE4;ut, \(b=c\) - 1<\/NAME>/);
  await cloud.says({
    'onedatastore show 123': refused('[one.datastore.info] Error getting datastore [123].'),
    'onedatastore show -dash': refused('invalid option: -d'),
    'onedatastore create < /dev/null': refused('Wrong type NilClass. Not allowed!'),
    [`printf 'NAME = "piped"\\n%s' '${DATASTORE}' | onedatastore create`]: ok('ID: 106'),
  });
  assert.match((await cloud.run('onedatastore show -- -dash')).stdout, /^DATASTORE 104 /);
});

/** The template of the guide's datastore, as lines. */
async function contents(cloud: TestCloud): Promise<string[]> {
  const tree = trees(parseXml((await cloud.run('onedatastore show 100 -x')).stdout), 'DATASTORE/TEMPLATE')[0] ?? {};
  return Object.keys(tree).map((name) => `${name}=${text(tree, name)}`);
}

test('a template is replaced or added to, and stays one of a backup datastore', async (t) => {
  const cloud = await quietCloud(t);
  const files = {
    more: 'RSYNC_ARGS = "-aS --bwlimit=1000"\nRSYNC_HOST = "backup02.example.net"',
    half: 'RSYNC_USER = "oneadmin"',
    wrong: 'RSYNC_HOST = "b"\nRSYNC_USER = "u"\nDS_MAD = "rsyncd"',
    broken: 'RSYNC_HOST "b"',
  };
  for (const [name, content] of Object.entries(files)) cloud.file(name, content);
  await cloud.says({ 'onedatastore update "rsync Backups" more --append': OK });
  assert.deepEqual(await contents(cloud), [
    ...['DS_MAD=rsync', 'RESTRICTED_DIRS=/', 'RSYNC_ARGS=-aS --bwlimit=1000', 'RSYNC_HOST=backup02.example.net'],
    ...['RSYNC_USER=oneadmin', 'SAFE_DIRS=/var/tmp', 'TM_MAD=-', 'TYPE=BACKUP_DS'],
  ]);
  // What is not said is gone, but for what makes it what it is; a transfer driver and another type are not taken.
  const whole = `printf '%s\\n' 'RSYNC_HOST="b"' 'RSYNC_USER=u' 'TM_MAD="ssh"' 'TYPE="IMAGE_DS"'`;
  await cloud.says({ [`${whole} | onedatastore update 100`]: OK });
  const left = ['DS_MAD=rsync', 'RSYNC_HOST=b', 'RSYNC_USER=u', 'TM_MAD=-', 'TYPE=BACKUP_DS'];
  assert.deepEqual(await contents(cloud), left);

  const cannot = (why: string) => refused(`[one.datastore.update] Cannot update template. ${why}`);
  await cloud.says({
    'onedatastore update 100 half': cannot('Datastore template is missing the "RSYNC_HOST" attribute or it\'s empty.'),
    'onedatastore update 100 wrong': cannot('DS_MAD named "rsyncd" is not defined in oned.conf'),
    'onedatastore update 100 broken': cannot(
      'Parse error: syntax error, unexpected VARIABLE, expecting EQUAL or EQUAL_EMPTY at line 0, columns 13:14',
    ),
    'onedatastore update 999 half': refused('[one.datastore.update] Error getting datastore [999].'),
    [`${AS_ALICE} onedatastore update 100 more`]: refused(
      '[one.datastore.update] User [2] : Not authorized to perform MANAGE DATASTORE [100].',
    ),
  });
  assert.deepEqual(await contents(cloud), left, 'what is refused changes nothing');
});

test('a datastore is renamed, unless the name is taken or the datastore somebody else’s', async (t) => {
  const cloud = await quietCloud(t);
  await cloud.says({
    'onedatastore rename 100 Backups': OK,
    'onedatastore rename Backups Backups': OK,
    'onedatastore rename Backups default': refused('[one.datastore.rename] NAME is already taken by DATASTORE 1.'),
    'onedatastore rename 999 x': refused('[one.datastore.rename] Error getting datastore [999].'),
    [`${AS_ALICE} onedatastore rename 100 x`]: refused(
      '[one.datastore.rename] User [2] : Not authorized to perform MANAGE DATASTORE [100].',
    ),
  });
  assert.match((await cloud.run('onedatastore show Backups -x')).stdout, /<NAME>Backups</);
});

test('without a file, and nothing on stdin, an editor is opened', async (t) => {
  const cloud = await quietCloud(t);
  const onStdout = (said: string) => ({ stdout: `${said}\n`, stderr: '', exitCode: 255 });
  const edit = (editor: string, words = '100') => `EDITOR='${editor}' onedatastore update ${words}`;
  await cloud.says({ [edit('sed -i s/backup01/backup02/')]: OK });
  assert.ok((await contents(cloud)).includes('RSYNC_HOST=backup02.example.net'));
  await cloud.says({
    [edit('false')]: onStdout('Editor not defined'),
    [edit('true', '999')]: onStdout('[one.datastore.info] Error getting datastore [999].'),
    // What is appended is written on an empty page.
    [edit('echo LABELS=x >', '100 --append')]: OK,
  });
  assert.ok((await contents(cloud)).includes('LABELS=x'));
});
