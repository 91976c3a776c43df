import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { bridgesOf, comparedOn, isName, savedBridges } from '../../support/facts/bridge.ts';
import { answerOf, fitting, readShared, sharedProbes } from '../../support/facts/shared.ts';
import { datastore, evidence, host, looked, virtualMachine, wholeCloud } from '../made.ts';
import { kvm01 } from '../worlds/world.ts';

describe('what a machine has at some paths', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shared-'));
  const at = (name: string) => join(folder, name);
  mkdirSync(at('here'));
  mkdirSync(at("it's here, too"));
  symlinkSync('here', at('link'));
  mkdirSync(at('shut'), { mode: 0o644 });
  const names = ['here', 'gone', "it's here, too", 'link', "it's: gone", 'shut', 'here/below/that'];
  const [probe = assert.fail()] = sharedProbes(names.map(at), 9);
  const [file, ...args] = probe.argv;
  const { stdout, stderr, status } = spawnSync(file, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
  const answer = evidence({ stdout, stderr, exitCode: status });
  const paths = names.map(at);
  const told = readShared(answer, paths) ?? assert.fail();
  chmodSync(at('shut'), 0o755);
  rmSync(folder, { recursive: true });

  test('is told by inode and change time, through links', () => {
    const here = told.get(at('here'));
    assert.ok(here && 'inode' in here && /^\d+$/.test(here.inode) && Math.abs(here.changed - Date.now() / 1000) < 60);
    assert.deepEqual(told.get(at('link')), here);
    assert.ok(!Number.isInteger(here.changed), 'with the fraction of the second');
    assert.notDeepEqual(told.get(at("it's here, too")), here);
  });
  test('or by what is in the way', () => {
    for (const name of ['gone', "it's: gone", 'here/below/that'])
      assert.deepEqual(told.get(at(name)), { said: 'No such file or directory' }, name);
    // Nothing is shut to root.
    if (process.getuid?.() !== 0) assert.deepEqual(told.get(at('shut')), { said: 'Permission denied' });
  });
  test('is not known where the answer is another one, or cut', () => {
    const cut = stdout.replace(/.*\n/, '');
    for (const changes of [{ stdout: 'hello' }, { stdout: `${stdout}1 2` }, { stdout: cut }, { stderr: '' }, { exitCode: 124 }])
      assert.equal(readShared({ ...answer, ...changes }, paths), undefined, JSON.stringify(changes));
    assert.equal(readShared(answer, paths.slice(1)), undefined, 'another path');
    const [own = assert.fail()] = sharedProbes([at('here')], 9);
    const mute = spawnSync(own.argv[0], own.argv.slice(1), { encoding: 'utf8', env: { PATH: folder } });
    assert.equal(readShared(evidence({ stdout: mute.stdout, stderr: mute.stderr, exitCode: mute.status }), [at('here')]), undefined);
  });
  test('is asked of as many as a command line holds, and shows a few', () => {
    const many = Array.from({ length: 40_000 }, (_, id) => `/var/lib/one/datastores/0/${id}`);
    const some = fitting(many);
    assert.ok(some.length > 20_000 && some.length < many.length, String(some.length));
    assert.deepEqual(fitting(many.slice(0, 10)), many.slice(0, 10));
    const [asked = assert.fail()] = sharedProbes(some, 9);
    const ran = spawnSync(asked.argv[0], asked.argv.slice(1), {
      encoding: 'utf8',
      maxBuffer: 2 ** 24,
      env: { ...process.env, LC_ALL: 'C' },
    });
    const { status, stderr } = ran;
    assert.equal(readShared(evidence({ stdout: '', stderr, exitCode: status }), some)?.size, some.length);
    assert.ok(answerOf(some) > Buffer.byteLength(stderr));
    assert.match(asked.typed ?? '', /\/49 # and \d+ more$/);
  });
});

describe('BRIDGE_LIST', () => {
  const known = (saved: readonly string[], version = '7.4.0') => {
    const { frontend, site } = wholeCloud();
    const template = { ...(datastore().template as object), BRIDGE_LIST: saved };
    const hosts = looked([host('0', kvm01, 'on', { version })], 'hosts');
    return { site, frontend: { ...frontend, hosts, datastores: looked([datastore({ template })], 'datastores') } };
  };
  test('is split at blanks', () => assert.deepEqual(savedBridges(known([' a  b\ta\n'])), ['a', 'b', 'a']));
  test('is of no use before 7.2, and where its release is not known taken for one', () => {
    for (const [version, bridges] of [
      ['7.4.0', ['a']],
      ['7.2.0', ['a']],
      ['7.0.1', []],
      ['6.10.5', []],
      ['', ['a']],
    ] as const)
      assert.deepEqual(bridgesOf(known(['a'], version)), bridges, version);
  });
  test('may hold what is no name', () => {
    for (const name of ['bridge01', 'bridge01.example.net', '198.18.3.1', '2001:db8::1']) assert.ok(isName(name), name);
    for (const name of ['-oProxyCommand=x', 'a;b', '$(x)', 'a/b', '']) assert.ok(!isName(name), name);
  });
});

test('the folders of all VMs on a host are compared, or where it stages backups', () => {
  const system = (id: string) => datastore({ id, type: 'sys', basePath: `/d/${id}` });
  const vms = ['1', '2', '3', '4'].map((id) => virtualMachine({ id }));
  const told = {
    datastores: looked([system('0'), system('7')], 'datastores'),
    virtualMachines: looked([...vms, virtualMachine({ id: '5', systemDatastore: '7' })], 'virtual-machines'),
    settings: looked({}, 'settings'),
  };
  assert.deepEqual(comparedOn(told, host('0', kvm01)), ['/d/0/1', '/d/0/2', '/d/0/3', '/d/0/4', '/d/7/5']);
  assert.deepEqual(comparedOn({ ...told, settings: looked({ staging: '/srv/stage' }, 'settings') }, host('0', kvm01)), ['/srv/stage']);
});
