/** What is changed in objects that are there: templates, names, permissions. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { text, trees } from '../../lab/opennebula/tree.ts';
import { OK, quietCloud, refused, type TestCloud } from './harness.ts';
import { parseXml } from './recordings.ts';

const cloudWithAlice = (t: TestContext) => quietCloud(t, ({ users }) => users.push({ id: 2, name: 'alice', password: 'pw' }));

/** The template of an object, as lines. */
async function template(cloud: TestCloud, show: string, path: string): Promise<string[]> {
  const tree = trees(parseXml((await cloud.run(`${show} -x`)).stdout), path)[0] ?? {};
  return Object.keys(tree).map((name) => `${name}=${text(tree, name)}`);
}

test('a datastore’s template is replaced or added to, and stays one of a backup datastore', async (t) => {
  const cloud = await cloudWithAlice(t);
  const contents = () => template(cloud, 'onedatastore show 100', 'DATASTORE/TEMPLATE');
  cloud.file('more', 'RSYNC_ARGS = "-aS --bwlimit=1000"\nRSYNC_HOST = "backup02.example.net"');
  assert.deepEqual(await cloud.run('onedatastore update "rsync Backups" more --append'), OK);
  assert.deepEqual(await contents(), [
    ...['DS_MAD=rsync', 'RESTRICTED_DIRS=/', 'RSYNC_ARGS=-aS --bwlimit=1000', 'RSYNC_HOST=backup02.example.net'],
    ...['RSYNC_USER=oneadmin', 'SAFE_DIRS=/var/tmp', 'TM_MAD=-', 'TYPE=BACKUP_DS'],
  ]);
  // What is not said is gone, but for what makes it what it is; a transfer driver and another type are not taken.
  const whole = `printf '%s\\n' 'RSYNC_HOST="b"' 'RSYNC_USER=u' 'TM_MAD="ssh"' 'TYPE="IMAGE_DS"'`;
  assert.deepEqual(await cloud.run(`${whole} | onedatastore update 100 -v`), { ...OK, stdout: 'DATASTORE 100: modified\n' });
  assert.deepEqual(await contents(), ['DS_MAD=rsync', 'RSYNC_HOST=b', 'RSYNC_USER=u', 'TM_MAD=-', 'TYPE=BACKUP_DS']);

  const update = (words: string) => cloud.run(`onedatastore update ${words}`);
  const cannot = (why: string) => refused(`[one.datastore.update] Cannot update template. ${why}`);
  cloud.file('half', 'RSYNC_USER = "oneadmin"');
  assert.deepEqual(await update('100 half'), cannot('Datastore template is missing the "RSYNC_HOST" attribute or it\'s empty.'));
  cloud.file('wrong', 'RSYNC_HOST = "b"\nRSYNC_USER = "u"\nDS_MAD = "rsyncd"');
  assert.deepEqual(await update('100 wrong'), cannot('DS_MAD named "rsyncd" is not defined in oned.conf'));
  cloud.file('broken', 'RSYNC_HOST "b"');
  assert.match((await update('100 broken')).stderr, /^\[one\.datastore\.update\] Cannot update template\. Parse error: syntax error, /);
  assert.deepEqual(await update('999 half'), refused('[one.datastore.update] Error getting datastore [999].'));
  assert.deepEqual(
    await update('100 more --user alice --password pw'),
    refused('[one.datastore.update] User [2] : Not authorized to perform MANAGE DATASTORE [100].'),
  );
  assert.equal((await contents()).length, 5, 'what is refused changes nothing');
});

test('without a file, and nothing on stdin, an editor is opened', async (t) => {
  const cloud = await cloudWithAlice(t);
  const edit = (editor: string, words = 'onedatastore update 100') => cloud.run(words, { env: { EDITOR: editor } });
  assert.deepEqual(await edit('sed -i s/backup01/backup02/'), OK);
  assert.ok((await template(cloud, 'onedatastore show 100', 'DATASTORE/TEMPLATE')).includes('RSYNC_HOST=backup02.example.net'));
  assert.deepEqual(await edit('false'), { stdout: 'Editor not defined\n', stderr: '', exitCode: 255 });
  const unknown = { stdout: '[one.datastore.info] Error getting datastore [999].\n', stderr: '', exitCode: 255 };
  assert.deepEqual(await edit('true', 'onedatastore update 999'), unknown);
  // What is appended is written on an empty page.
  assert.deepEqual(await edit('echo LABELS=x >', 'onevm update vm --append'), OK);
  assert.deepEqual(await template(cloud, 'onevm show vm', 'VM/USER_TEMPLATE'), ['LABELS=x', 'SCHED_REQUIREMENTS=ID=0']);
});

test('renamed, and its images know; permissions as digits or letters', async (t) => {
  const cloud = await cloudWithAlice(t);
  assert.deepEqual(await cloud.run('onedatastore rename default "my images"'), OK);
  assert.equal((await cloud.run('oneimage list --csv -l NAME,DATASTORE --no-header')).stdout, 'tiny,my images\n');
  assert.deepEqual(await cloud.run('onedatastore rename 100 "rsync Backups"'), OK, 'the name it has');
  assert.deepEqual(
    await cloud.run('onedatastore rename 100 system'),
    refused('[one.datastore.rename] datastore cannot be renamed to system because it collides with datastore 0'),
  );
  assert.deepEqual(
    await cloud.run('onedatastore rename 100 "a;b"'),
    refused("[one.datastore.rename] Invalid NAME, char ';' is not allowed"),
  );
  const bits = () => template(cloud, 'onedatastore show 100', 'DATASTORE/PERMISSIONS');
  const shown = async () => (await bits()).map((line) => line.at(-1)).join('');
  assert.deepEqual(await cloud.run('onedatastore chmod 100 640'), OK);
  assert.equal(await shown(), '110100000');
  assert.deepEqual(await cloud.run('onedatastore chmod 100,0 u=rwx,o=r'), OK);
  assert.equal(await shown(), '111000100');
  assert.deepEqual(await cloud.run('onedatastore chmod 100 nonsense'), refused('Error in permissions format'));
  assert.deepEqual(await cloud.run('onedatastore chmod 99 600'), refused('[one.datastore.chmod] Error getting datastore [99].'));
});

test('given to another user, another group', async (t) => {
  const cloud = await cloudWithAlice(t);
  const owner = async (of = 'onedatastore list -f ID=100') => (await cloud.run(`${of} --csv -l USER,GROUP --no-header`)).stdout.trim();
  assert.deepEqual(await cloud.run('onedatastore chown 100 alice'), OK);
  assert.equal(await owner(), 'alice,oneadmin');
  assert.deepEqual(await cloud.run('onedatastore chgrp "rsync Backups" users'), OK);
  assert.equal(await owner(), 'alice,users');
  // What is hers she may change.
  assert.deepEqual(await cloud.run('echo LABELS=x | onedatastore update 100 -a --user alice --password pw'), OK);
  assert.deepEqual(await cloud.run('onevm chown vm 2 1'), OK);
  assert.equal(await owner('onevm list'), 'alice,users');
  assert.deepEqual(await cloud.run('onedatastore chown 100 nobody'), refused('USER named nobody not found.'));
  assert.deepEqual(await cloud.run('onedatastore chgrp 100 9'), refused('[one.datastore.chown] Error getting group [9].'));
  assert.deepEqual(await cloud.run('onedatastore chown 100 9'), refused('[one.datastore.chown] Error getting user [9].'));
});

test('a datastore with a limit has no more room than that', async (t) => {
  const cloud = await cloudWithAlice(t);
  const limited = (limit: string) => `echo 'LIMIT_MB="${limit}"' | onedatastore update 100 -a && onevm backup -d 100 vm`;
  await cloud.edit((state) => Object.assign(state.datastores[3] ?? {}, { TOTAL_MB: '9000', FREE_MB: '5000', USED_MB: '4000' }));
  const full = refused('Error creating VM backup: [one.vm.backup] Not enough free space on target datastore');
  assert.deepEqual(await cloud.run(limited('4200')), full, 'a disk of 256 MB');
  assert.deepEqual(await cloud.run(limited('4300')), OK);
});

test('clusters: made, shown, and datastores put into them', async (t) => {
  const cloud = await cloudWithAlice(t);
  assert.deepEqual(await cloud.run('onecluster create second'), { ...OK, stdout: 'ID: 100\n' });
  assert.deepEqual(await cloud.run('onecluster create second'), refused('[one.cluster.allocate] NAME is already taken by CLUSTER 100.'));
  const clustersOf = async () => (await cloud.run('onedatastore list --csv -f ID=100 -l CLUSTERS --no-header')).stdout.trim();
  assert.deepEqual(await cloud.run('onecluster adddatastore second "rsync Backups"'), OK);
  assert.equal(await clustersOf(), '"0,100"');
  assert.deepEqual(await cloud.run('onecluster deldatastore 0 100'), OK);
  assert.equal(await clustersOf(), '100');
  assert.deepEqual(await cloud.run('onecluster adddatastore 0 999'), refused('[one.cluster.adddatastore] Error getting datastore [999].'));
  const { stdout } = await cloud.run('onecluster show default');
  const lines = stdout.split('\n').map((line) => line.trimEnd());
  assert.deepEqual(lines.slice(0, 5), [
    'CLUSTER 0 INFORMATION',
    'ID                : 0',
    'NAME              : default',
    '',
    'CLUSTER RESOURCES',
  ]);
  const [cpus, , available] = lines.slice(5).map((line) => Number(line.split(': ')[1]));
  assert.equal(available, cpus, 'a tenth of a processor is none');
  assert.deepEqual(lines.slice(13), [
    'CLUSTER TEMPLATE',
    'RESERVED_CPU=""',
    'RESERVED_MEM=""',
    '',
    'HOSTS',
    '0',
    '',
    'VNETS',
    '',
    'DATASTORES',
    '0',
    '1',
    '2',
    '',
  ]);
});
