import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stagingOf } from '../../support/facts/cloud.ts';
import { readLogin } from '../../support/facts/login.ts';
import { type Answer, asked, letIn } from '../answers.ts';
import { backup01, datastore, evidence, host, looked, unread, virtualMachine } from '../made.ts';
import { kvm01 } from '../worlds/world.ts';

const on = async (answers: Readonly<Record<string, string | Partial<Answer> | undefined>>) => {
  const [first] = (await asked({ [kvm01]: answers })).hosts.filter((each) => each.host.name === kvm01);
  return first ?? assert.fail();
};

describe('the rsync that the driver starts, on a host', () => {
  const command = `rsync -d --list-only -e 'ssh -o BatchMode=yes' oneadmin@${backup01}:/var/lib/one/datastores/`;
  const failed = (code: number, stderr = '', stdout = ''): Partial<Answer> => ({ code: `${code}`, stderr: letIn + stderr, stdout });
  const closed = { code: '255', stderr: `${letIn}Connection to backup01 closed by remote host.` };
  const unanswered = (said: string) => ({ state: 'unanswered', said, command });
  const cut = (said: string) => ({ state: 'cut', said, command });
  for (const [what, handshake, expected, login] of [
    ['lists the directory', 'drwxr-xr-x 4,096 .', { state: 'answered' }],
    ['is content with a list of nothing', '', { state: 'answered' }],
    ['lists it, and not all that is in it', failed(23, 'stale', 'drwxr-xr-x 4096 2026/11/23 09:10:00 .\n'), { state: 'answered' }],
    ['lists what is in it, but not the directory', failed(23, '', 'drwxr-xr-x 4096 .snapshots\nit ended .\n'), unanswered('exit 23')],
    ['is answered by something else', failed(12, 'not for you\nrsync: closed'), unanswered('not for you')],
    [
      'finds another one in its way',
      failed(1, '/usr/bin/rrsync error: Another instance of rrsync is already accessing this directory.\n'),
      cut('/usr/bin/rrsync error: Another instance of rrsync is already accessing this directory.'),
    ],
    ['is greeted', failed(2, 'protocol version mismatch -- is your shell clean?\n'), { state: 'greeted' }],
    ['says nothing of why', { code: '12' }, unanswered('exit 12')],
    ['is not answered in time', { ...failed(124), seconds: 25 }, cut('no answer within 25 s')],
    ['does not end when told to', { ...failed(137), seconds: 27 }, cut('no answer within 27 s')],
    ['is cut', closed, cut('Connection to backup01 closed by remote host.')],
    ['ends early, and the plain login after it is cut', failed(12), cut('Connection to backup01 closed by remote host.'), closed],
    [
      'is turned away before its login',
      { code: '255', stderr: 'kex_exchange_identification: Connection closed by remote host' },
      cut('kex_exchange_identification: Connection closed by remote host'),
    ],
    [
      'hears nothing',
      { code: '255', stderr: 'ssh: connect to host backup01 port 22: Connection timed out' },
      cut('ssh: connect to host backup01 port 22: Connection timed out'),
    ],
    [
      'is refused, and the plain login after it is not',
      { code: '255', stderr: 'ssh: connect to host backup01 port 2222: Connection refused' },
      unanswered('ssh: connect to host backup01 port 2222: Connection refused'),
      { stderr: letIn },
    ],
  ] as const satisfies readonly (readonly [string, string | Partial<Answer>, unknown, Partial<Answer>?])[])
    test(what, async () => {
      const facts = await on({ handshake, login });
      assert.deepEqual('value' in facts.handshake && facts.handshake.value, expected);
      assert.deepEqual(facts.handshake.evidence, facts.login?.evidence, 'both logins are shown');
    });

  test('was not asked: the host did not come so far', async () => {
    const { handshake, login } = await on({ handshake: undefined });
    assert.deepEqual(['fault' in handshake && handshake.fault, login], ['no answer (exit 0)', undefined]);
  });
});

describe('a host’s login to the backup server', () => {
  const denied = `oneadmin@${backup01}: Permission denied (publickey).`;
  test('is told by the handshake; where that one failed, by the plain one', async () => {
    const [first, both] = await Promise.all([
      on({ handshake: { code: '255', stderr: denied } }),
      on({ handshake: { code: '255', stderr: denied }, login: { stderr: letIn } }),
    ]);
    assert.deepEqual([first.login?.failure?.reason, first.login?.evidence.length], ['denied', 1]);
    assert.deepEqual([both.login?.failure, both.login?.evidence.length], [undefined, 2]);
    assert.deepEqual([both.login?.from, both.login?.to, both.login?.hostKey?.fingerprint], [kvm01, backup01, 'SHA256:q1w2e3']);
  });

  test('who was let in is told by the client itself, whatever the far command came to', () => {
    const entered = 'Authenticated to backup01 ([198.18.0.9]:22) using "publickey".\n';
    const failure = (changes: Parameters<typeof evidence>[0]) => readLogin('kvm01', 'backup01', evidence(changes)).failure;
    assert.equal(failure({ exitCode: 0 }), undefined);
    for (const exitCode of [1, 12, 124, 127, 255]) assert.equal(failure({ exitCode, stderr: `${entered}${denied}` }), undefined);
    const missing = "timeout: failed to run command 'ssh': No such file or directory";
    for (const [changes, expected] of [
      [
        { exitCode: 255, stderr: denied },
        { kind: 'refused', reason: 'denied', message: denied },
      ],
      [
        { exitCode: 255, stderr: 'who knows\n' },
        { kind: 'lost', message: 'who knows' },
      ],
      [{ exitCode: 255 }, { kind: 'lost', message: 'ssh ended with 255 and said nothing' }],
      [{ exitCode: 124 }, { kind: 'silent', message: 'no answer in time' }],
      [{ exitCode: 137 }, { kind: 'silent', message: 'no answer in time' }],
      [
        { exitCode: 127, stderr: `${missing}\n` },
        { kind: 'not-started', message: missing },
      ],
      [{ exitCode: 1 }, { kind: 'not-started', message: 'exit 1' }],
    ] as const)
      assert.deepEqual(failure(changes), expected);
  });

  test('keys of its own, and room to stage, are what it lists', async () => {
    const { keys, staging, noise } = await on({
      keys: '/home/a/.ssh/id_rsa\n/home/a/.ssh/id_x',
      staging: '4096 1000 90 90 0 0 /d\n4096 1000 20 20 1000 500 /e',
    });
    assert.deepEqual('value' in keys && keys.value, ['/home/a/.ssh/id_rsa', '/home/a/.ssh/id_x']);
    assert.deepEqual('value' in staging && staging.value.map(({ path, freePercent }) => [path, freePercent]), [
      ['/d', 9],
      ['/e', 2],
    ]);
    assert.equal(noise, '');
    for (const none of ['', 'lots of room', undefined]) assert.ok('fault' in (await on({ staging: none })).staging, none);
  });
});

describe('where a host stages its backups', () => {
  const system = (id: string, ...clusters: string[]) => datastore({ id, type: 'sys', basePath: `/srv//datastores/${id}`, clusters });
  const at = host('0', kvm01);
  const none = looked([], 'virtual-machines');
  const fault = unread('no answer', 'virtual-machines');
  const elsewhere = [virtualMachine({ systemDatastore: '1' }), virtualMachine({ systemDatastore: '2', host: 'kvm02.example.net' })];
  for (const [what, datastores, virtualMachines, expected] of [
    ['in the system datastores of its cluster', [system('0', '0'), system('1', '1'), system('2', '1', '0')], none, ['0', '2']],
    [
      'and where its virtual machines lie all the same',
      [system('0', '0'), system('1', '1'), system('2', '1')],
      looked(elsewhere, 'vms'),
      ['0', '1'],
    ],
    ['in any where none is of its cluster', [system('1', '1'), system('2')], fault, ['1', '2']],
  ] as const)
    test(what, () => {
      const paths = expected.map((id) => `/srv/datastores/${id}`);
      assert.deepEqual(stagingOf({ datastores: looked([datastore(), ...datastores], 'datastores'), virtualMachines }, at), paths);
    });
  test('in the stock directory where no system datastore is known', () => {
    for (const datastores of [fault, looked([], 'datastores')])
      assert.deepEqual(stagingOf({ datastores, virtualMachines: none }, at), ['/var/lib/one/datastores']);
  });
});
