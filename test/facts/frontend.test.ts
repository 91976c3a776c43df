import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { declaredDatastore, registeredDatastore, releaseOf, surveyFrontend } from '../../support/facts/frontend.ts';
import { LocalShell } from '../../support/machines/local.ts';
import type { Shell } from '../../support/machines/shell.ts';
import { type Answer, ask, asked, pools } from '../answers.ts';
import { datastore, frontend01, host, looked, wholeCloud } from '../made.ts';

const on = async (answers: Readonly<Record<string, string | Partial<Answer> | undefined>>) =>
  (await asked({ [frontend01]: answers })).frontend;

describe('the agent of the front-end', () => {
  const key = '256 SHA256:key oneadmin@frontend01 (ED25519)';
  const late = { fault: 'no answer to “ssh-add -l” in time', fix: 'Look at the agent: systemctl status opennebula-ssh-agent' };
  const strange = (said: string) => ({
    fault: `an answer that names no key: ${said}`,
    fix: 'Ask it by hand: SSH_AUTH_SOCK=/var/run/one/ssh-agent.sock ssh-add -l',
  });
  for (const [what, given, expected] of [
    ['holds a key', key, { value: { state: 'keys', keys: 1 } }],
    ['says something first', `Loaded.\n${key}`, { value: { state: 'keys', keys: 1 } }],
    ['speaks of no key, but something like one', `at ${key}`, strange(`“at ${key}”`)],
    ['says nothing', '', strange('blank lines')],
    ['holds none', { code: '1', stdout: 'The agent has no identities.' }, { value: { state: 'empty' } }],
    [
      'is not there',
      { code: '2', stderr: 'Error connecting to agent: No such file or directory\n' },
      { value: { state: 'absent', said: 'Error connecting to agent: No such file or directory' } },
    ],
    ['is not there, and nobody says so', { code: '2' }, { value: { state: 'absent', said: 'exit 2' } }],
    [
      'cannot be asked: no ssh-add',
      { code: '127' },
      { fault: 'that ssh-add is not on the front-end to ask it', fix: 'Install openssh-client.' },
    ],
    ['does not answer', { code: '124' }, late],
    ['does not answer, nor end when told to', { code: '137' }, late],
    ['was not asked', undefined, late],
  ] as const)
    test(what, async () => {
      const { evidence, ...read } = (await on({ agent: given })).agent;
      assert.deepEqual(read, expected);
      assert.ok(evidence.length > 0);
    });
});

describe('the front-end', () => {
  test('tells its clock, or why it does not', async () => {
    const now = async (given: string | Partial<Answer>) => (await on({ now: given })).now;
    assert.equal(((await now('1795409972')) as { value: number }).value, 1_795_409_972);
    for (const [given, fault] of [
      ['', 'no answer (date +%s: exit 0)'],
      ['soon', 'no answer (date +%s: exit 0: soon)'],
      [{ code: '1', stderr: 'date: no clock' }, 'no answer (date +%s: exit 1: date: no clock)'],
    ] as const) {
      const read = await now(given);
      assert.equal('fault' in read && read.fault, fault);
    }
  });

  test('lists hosts by name, numbers by their size', async () => {
    const xml = ['kvm10', 'kvm2', 'kvm1'].map((name, id) => `<HOST><ID>${id}</ID><NAME>${name}</NAME></HOST>`).join('');
    const { hosts } = await on({ hosts: `<HOST_POOL>${xml}</HOST_POOL>` });
    assert.deepEqual('value' in hosts && hosts.value.map(({ name }) => name), ['kvm1', 'kvm2', 'kvm10']);
  });

  test('does not get as far as a question: that is said, and shown by all before', async () => {
    const { hosts, asked: conversation } = await on({ hosts: undefined, datastores: undefined, 'virtual-machines': undefined });
    assert.ok('fault' in hosts);
    assert.equal(hosts.fault, 'the front-end did not get as far as this question');
    assert.deepEqual(hosts.evidence, conversation);
    assert.deepEqual(conversation.map(({ stdout }) => stdout).slice(0, 3), [frontend01, 'oneadmin', '1795410100']);
  });

  test('keeps of the pools what is judged, wherever they are shown', async () => {
    const planted = 'hunter2hunter2';
    const vms = pools.vms.replace('</VM>', `<USER_TEMPLATE><DB_PASS>${planted}</DB_PASS></USER_TEMPLATE></VM>`);
    for (const odd of [
      {},
      { printed: (machine: string, text: string) => (machine === frontend01 ? text.slice(0, -40) : text) },
      { printed: (_: string, text: string, mark: string) => text.replaceAll(mark, '|') },
    ]) {
      const { frontend } = await ask({
        answer: (_, question, good) => (question === 'virtual-machines' && good ? { ...good, stdout: vms } : good),
        ...odd,
      });
      const shown = JSON.stringify([frontend, 'fault' in frontend.virtualMachines && frontend.virtualMachines]);
      assert.doesNotMatch(shown, new RegExp(planted));
    }
  });

  test('finds the datastore of the declared name; registered is only an rsync backup datastore', () => {
    const { frontend, site } = wholeCloud();
    const among = (...value: ReturnType<typeof datastore>[]) => ({ site, frontend: { ...frontend, datastores: { value, evidence: [] } } });
    const other = datastore({ id: '1', name: 'other' });
    assert.equal(declaredDatastore(among(other, datastore()))?.id, '100');
    assert.equal(registeredDatastore(among(other, datastore()))?.id, '100');
    for (const changes of [{ type: 'img' }, { dsMad: 'restic' }]) {
      assert.equal(declaredDatastore(among(datastore(changes)))?.id, '100');
      assert.equal(registeredDatastore(among(datastore(changes))), undefined);
    }
    assert.equal(declaredDatastore({ site, frontend: { datastores: { fault: 'no', evidence: [] } } }), undefined);
  });
});

test('a front-end that does not know its full name is called by the one we know: no reason is without a name', async () => {
  const bin = mkdtempSync(join(tmpdir(), 'nameless'));
  after(() => rmSync(bin, { recursive: true }));
  for (const program of ['date', 'onehost']) writeFileSync(join(bin, program), '#!/bin/sh\nexit 127\n', { mode: 0o755 });
  writeFileSync(join(bin, 'hostname'), '#!/bin/sh\necho "hostname: Name or service not known" >&2\nexit 1\n', { mode: 0o755 });
  const local = new LocalShell();
  const shell: Shell = {
    ...{ machine: 'frontend01', account: 'oneadmin', hop: (to) => local.hop(to) },
    run: async (command) => ({ ...(await local.run({ ...command, env: { PATH: `${bin}:${process.env.PATH}` } })), machine: 'frontend01' }),
  };
  const facts = await surveyFrontend(shell, wholeCloud().site);
  assert.deepEqual([facts.name, facts.account, facts.failure], ['frontend01', local.account, undefined]);
  assert.ok('fault' in facts.now, 'no time is not 1970');
  assert.match('fault' in facts.hosts ? facts.hosts.fault : '', /onehost list -x: command not found/);
});

test('the release is the newest that hosts in use tell; one that is OFFLINE was monitored before the upgrade', () => {
  const of = (...hosts: readonly (readonly [string, string])[]) =>
    releaseOf({
      hosts: looked(
        hosts.map(([state, version], at) => host(String(at), `kvm0${at}`, state, { version })),
        'hosts',
      ),
    });
  assert.equal(of(['off', '6.10.5'], ['on', '7.4.0']), '7.4.0');
  assert.equal(of(['on', '6.10.5'], ['off', '7.4.0']), '6.10.5');
  assert.equal(of(['on', '7.4.0'], ['on', '7.10.0']), '7.10.0');
  assert.equal(of(['off', '6.10.5'], ['on', '']), '6.10.5');
  assert.equal(of(['on', '']), undefined);
});
