import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { leftOut, surveyHost } from '../../support/facts/host.ts';
import { identityAfter } from '../../support/facts/identity.ts';
import { confinementOf } from '../../support/facts/libvirt.ts';
import { readLogin } from '../../support/facts/login.ts';
import { stagingOf } from '../../support/facts/staging.ts';
import { commonType } from '../../support/facts/transfer.ts';
import type { Shell } from '../../support/machines/shell.ts';
import { type Answer, asked, letIn, pools, wouldCopy } from '../answers.ts';
import { backup01, datastore, evidence, frontend01, host, login, looked, storedKey, unread, virtualMachine, wholeCloud } from '../made.ts';
import { kvm01 } from '../worlds/world.ts';

const on = async (answers: Readonly<Record<string, string | Partial<Answer> | undefined>>, args?: string) => {
  const [first] = (await asked({ [kvm01]: answers }, args)).hosts.filter((each) => each.host.name === kvm01);
  return first ?? assert.fail();
};

describe('the rsync that the driver starts, on a host', () => {
  const command = `rsync -n -v -aS -e 'ssh -o BatchMode=yes' /proc/sys/kernel/random/ oneadmin@${backup01}:/var/lib/one/datastores/100/`;
  const failed = (code: number, stderr = '', stdout = ''): Partial<Answer> => ({ code: `${code}`, stderr: letIn + stderr, stdout });
  const closed = { code: '255', stderr: `${letIn}Connection to backup01 closed by remote host.` };
  const unanswered = (said: string) => ({ state: 'unanswered', said, command });
  const cut = (said: string) => ({ state: 'cut', said, command });
  const answered = { state: 'answered', absent: false, copies: true, waited: false };
  const nothing = 'skipping directory .\n\nsent 17 bytes  received 12 bytes  58.00 bytes/sec';
  const lock = '/usr/bin/rrsync error: Another instance of rrsync is already accessing this directory.';
  const shared = 'debug1: mux_client_request_session: master session id: 2\n';
  const unbound = 'unix_listener: cannot bind to path /var/lib/one/.ssh/mux/a.b: No such file or directory';
  for (const [what, handshake, expected, login, letsIn = true] of [
    ['would copy', { stdout: wouldCopy, stderr: letIn }, answered],
    [
      'would make the directory',
      { stdout: wouldCopy.replace('./', 'created directory /x\n./'), stderr: letIn },
      { ...answered, absent: true },
    ],
    ['would copy nothing', { stdout: nothing, stderr: letIn }, { ...answered, copies: false }],
    ['was told to say nothing', { stdout: '', stderr: letIn }, { state: 'answered', absent: false, waited: false }],
    ['is answered, and its client tells of no login', wouldCopy, answered],
    ['goes over a connection that stood', { stdout: '', stderr: shared }, { state: 'answered', absent: false, waited: false }],
    ['is answered, and could not check a file of its own', failed(23, 'stale', wouldCopy), answered],
    ['was in the way of another one, and then answered', { stdout: wouldCopy, stderr: `${letIn}${lock}` }, { ...answered, waited: true }],
    ['ends well, and logs in nowhere', '', { state: 'pretended', said: 'nothing', command }, undefined, false],
    [
      'says that it is done, and logs in nowhere',
      'done\n',
      { state: 'pretended', said: 'done', command },
      { stdout: 'runs\nrsync', stderr: letIn },
    ],
    ['ends with a code alone', failed(23, '', 'sent'), unanswered('exit 23')],
    ['is answered by something else', failed(12, 'not for you\nrsync: closed'), unanswered('not for you')],
    ['cannot share its connection', { code: '255', stderr: letIn + unbound }, unanswered(unbound), { stdout: 'runs', stderr: letIn }],
    ['finds another one in its way', failed(1, lock), cut(lock)],
    [
      'is greeted',
      failed(2, 'protocol version mismatch -- is your shell clean?\n'),
      {
        ...{ state: 'greeted', said: 'protocol version mismatch -- is your shell clean?', command },
      },
    ],
    ['says nothing of why', { code: '12' }, unanswered('exit 12'), undefined, false],
    ['is not answered in time', { ...failed(124), seconds: 25 }, cut('no answer within 25 s')],
    ['does not end when told to', { ...failed(137), seconds: 27 }, cut('no answer within 27 s')],
    ['is cut', closed, cut('Connection to backup01 closed by remote host.')],
    ['ends early, and the plain login after it is cut', failed(12), cut('Connection to backup01 closed by remote host.'), closed],
    [
      'is turned away before its login',
      { code: '255', stderr: 'kex_exchange_identification: Connection closed by remote host' },
      cut('kex_exchange_identification: Connection closed by remote host'),
      undefined,
      false,
    ],
    [
      'hears nothing',
      { code: '255', stderr: 'ssh: connect to host backup01 port 22: Connection timed out' },
      cut('ssh: connect to host backup01 port 22: Connection timed out'),
      undefined,
      false,
    ],
    [
      'is refused, and the plain login after it is not',
      { code: '255', stderr: 'ssh: connect to host backup01 port 2222: Connection refused' },
      unanswered('ssh: connect to host backup01 port 2222: Connection refused'),
      { stderr: letIn },
    ],
  ] as const satisfies readonly (readonly [string, string | Partial<Answer>, unknown, (Partial<Answer> | undefined)?, boolean?])[])
    test(what, async () => {
      const facts = await on({ handshake, login });
      assert.deepEqual('value' in facts.handshake && facts.handshake.value, expected);
      assert.deepEqual(facts.handshake.evidence, facts.login?.evidence, 'both logins are shown');
      assert.equal(facts.login?.failure === undefined, letsIn);
    });

  test('was not asked: the host did not come so far', async () => {
    const { handshake, login } = await on({ handshake: undefined });
    assert.deepEqual(['fault' in handshake && handshake.fault, login], ['no answer (exit 0)', undefined]);
  });

  test('whether rsync runs behind the door is told by the plain login', async () => {
    const behind = async (stdout: string) => (await on({ handshake: failed(12), login: { stdout, stderr: letIn } })).behind;
    assert.deepEqual(
      [await behind('Welcome\nruns\nrsync'), await behind('runs'), await behind(''), (await on({})).behind],
      [{ runs: true, rsync: true }, { runs: true, rsync: false }, { runs: false, rsync: false }, undefined],
    );
  });
});

describe('what a host’s rsync is started with', () => {
  /** The questions in the script that a host gets. */
  const asks = async (args?: string) => {
    let script = '';
    const shell: Shell = {
      ...{ machine: kvm01, account: 'oneadmin', hop: () => shell },
      run: ({ stdin = '', turn }) => {
        script = stdin + (turn?.rest ?? '');
        return Promise.resolve(evidence());
      },
    };
    const asking = {
      staging: [],
      folders: { folders: ['/var/lib/one/datastores/0/0'], own: ['/var/lib/one/datastores/0/0'] },
      own: '/d/100',
      args,
      scripts: { folder: '/d' },
      confinement: confinementOf(undefined, undefined),
      sbin: true,
    };
    await surveyHost(shell, host('0', kvm01), wholeCloud().site, asking);
    return script.split('\n').flatMap((line) => {
      const [, question, words] =
        /probe (\w+) lookedUp patiently timeout -k 2 \d+ rsync (.*) -e "\$rsh" \/proc\/sys\/kernel\/random\/ \S+:\/d\/100\/$/.exec(line) ??
        [];
      return question ? [`${question} ${words}`] : [];
    });
  };
  for (const [args, ...expected] of [
    [undefined, '-n -v -aS'],
    ['-aS', '-n -v -aS'],
    ['-rlt --bwlimit=9', '-n -v -rlt --bwlimit=9', 'stock -n -v -aS'],
    ['', '-n -v', 'stock -n -v -aS'],
    ["-aS -e 'ssh -p 2222' --log-file=/tmp/x --rsync-path=/opt/rsync", '-n -v -aS', 'stock -n -v -aS'],
    ['-aS; touch /tmp/x', '-n -v', 'stock -n -v -aS'],
  ] as const)
    test(args === undefined ? 'nothing saved' : `“${args}” saved`, async () =>
      assert.deepEqual(await asks(args), [`handshake ${expected[0]}`, ...expected.slice(1)]),
    );
});

describe('which machine a login leads to, after what proves the login', () => {
  const of = (stdout: string, exitCode = 0) => {
    const looked = identityAfter(evidence({ stdout, exitCode }));
    return 'value' in looked ? looked.value : looked.fault;
  };
  const id = '0a1b2c3d-0000-4000-8000-0123456789ab\n64:2';
  for (const [said, expected] of [
    [`runs\n${id}\n`, id],
    [`Hi\nruns\n${id}`, id],
    [`${id}\n`, 'no answer (exit 0)'],
    [`runs\n${id}\nmore`, 'no answer (exit 0)'],
    ['runs\n', 'no answer (exit 0)'],
    ['', 'no answer (exit 0)'],
  ] as const)
    test(JSON.stringify(said), () => assert.equal(of(said), expected));
  test('a failure is told by its exit code', () => assert.equal(of('runs\n', 1), 'no answer (exit 1)'));
});

describe('a host’s login to the backup server', () => {
  const denied = `oneadmin@${backup01}: Permission denied (publickey).`;
  const refused = (answer: Partial<Answer>) => ({ code: '1', stderr: 'rsync: --no-such: unknown option', ...answer });
  test('is told by the handshake; where that one failed, by the plain one', async () => {
    const [first, both] = await Promise.all([
      on({ handshake: { code: '255', stderr: denied } }),
      on({ handshake: { code: '255', stderr: denied }, login: { stderr: letIn } }),
    ]);
    assert.deepEqual([first.login?.failure?.reason, first.login?.evidence.length], ['denied', 1]);
    assert.deepEqual([both.login?.failure, both.login?.evidence.length], [undefined, 2]);
    assert.deepEqual([both.login?.from, both.login?.to, both.login?.hostKey?.fingerprint], [kvm01, backup01, 'SHA256:q1w2e3']);
  });

  test('is told by rsync with a stock OpenNebula’s arguments, where those that are saved are refused', async () => {
    const { handshake, login } = await on({ handshake: refused({}), stock: { stdout: wouldCopy, stderr: letIn } }, '-aS --no-such');
    assert.deepEqual('value' in handshake && [handshake.value.state, 'said' in handshake.value && handshake.value.said], [
      'refused',
      'rsync: --no-such: unknown option',
    ]);
    assert.deepEqual([login?.failure, login?.hostKey?.type, login?.evidence.length], [undefined, 'ssh-ed25519', 2]);
    const neither = await on({ handshake: refused({}), stock: refused({ code: '12' }), login: { stderr: letIn } }, '-aS --no-such');
    assert.equal('value' in neither.handshake && neither.handshake.value.state, 'unanswered');
  });

  test('who was let in is told by the client itself, or by what came back, whatever the far command came to', () => {
    const entered = 'Authenticated to backup01 ([198.18.0.9]:22) using "publickey".\n';
    const failure = (changes: Parameters<typeof evidence>[0]) =>
      readLogin('kvm01', 'backup01', evidence({ stdout: '', ...changes }), /^runs$/m).failure;
    assert.equal(failure({ exitCode: 0, stdout: 'Hi\nruns\n' }), undefined);
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
      [{ exitCode: 1 }, { kind: 'not-started', message: 'exit 1, and no login' }],
      [{ exitCode: 0 }, { kind: 'not-started', message: 'exit 0, and no login' }],
      [
        { exitCode: 0, stdout: 'it runs' },
        { kind: 'not-started', message: 'exit 0, and no login' },
      ],
    ] as const)
      assert.deepEqual(failure(changes), expected);
  });

  test('what rsync has aliases for is what it lists', async () => {
    const lines = ['/etc/popt: rsync exec -x y', '/var/lib/one/.popt: rsync alias -a -r'];
    const { aliases } = await on({ aliases: lines.join('\n') });
    assert.deepEqual('value' in aliases && aliases.value, lines);
    for (const none of [{ code: '1' }, undefined]) assert.ok('fault' in (await on({ aliases: none })).aliases);
  });

  test('whether it is lent an agent, and room to stage, are what it lists', async () => {
    const { lent, staging, noise } = await on({ lent: 'no', staging: '4096 1000 90 90 0 0 /d\n4096 1000 20 20 1000 500 /e' });
    assert.deepEqual('value' in lent && lent.value, false);
    assert.deepEqual('value' in staging && staging.value.map(({ path, freePercent }) => [path, freePercent]), [
      ['/d', 9],
      ['/e', 2],
    ]);
    assert.equal(noise, '');
    for (const none of ['', 'lots of room', undefined]) assert.ok('fault' in (await on({ staging: none })).staging, none);
  });
});

describe('the type of key by which machines are compared', () => {
  const of = (type: string | undefined) => ({ login: login(kvm01, { hostKey: type === undefined ? undefined : { ...storedKey, type } }) });
  for (const [what, server, hosts, expected] of [
    ['is the front-end’s', 'a', ['b', 'b'], 'a'],
    ['is that of most hosts where the front-end was shown none', undefined, ['b', 'c', 'c'], 'c'],
    ['is nothing where nobody was shown one', undefined, [undefined], undefined],
  ] as const)
    test(what, () => assert.equal(commonType(of(server), hosts.map(of)), expected));
});

test('which hosts are asked: those of KVM, OFFLINE ones as long as VMs are on them', () => {
  const why = (state: string, changes: Parameters<typeof host>[3] = {}) => leftOut(host('0', 'kvm01', state, changes));
  for (const state of ['on', 'err', 'dsbl', 'init', 'update', 'retry']) assert.equal(why(state), undefined, state);
  for (const vmMad of ['', 'kvm', 'KVM', 'qemu']) assert.equal(why('on', { vmMad }), undefined, vmMad);
  for (const vmMad of ['lxc', 'firecracker', 'dummy'])
    assert.match(why('on', { vmMad }) ?? '', new RegExp(`^kvm01 runs its VMs by ${vmMad}`));
  assert.equal(why('off', { vms: ['3'] }), undefined);
  assert.equal(why('off'), 'kvm01 is OFFLINE in OpenNebula, and no VM is on it.');
});

describe('what the datastore’s limits need on a host', () => {
  const withQuota = pools.datastores.replace('<RSYNC_HOST>', '<RSYNC_CPU_QUOTA><![CDATA[50]]></RSYNC_CPU_QUOTA><RSYNC_HOST>');
  const limited = async (answers: Parameters<typeof on>[0]) => {
    const there = { 'confinement-broken': '', units: 'yes\tdirectory\t/h/.config' };
    const { hosts } = await asked({ [frontend01]: { datastores: withQuota }, [kvm01]: { ...there, ...answers } });
    const { confinement, limits } = hosts[0] ?? assert.fail();
    assert.deepEqual(limits, ['RSYNC_CPU_QUOTA']);
    return 'value' in confinement
      ? { ...confinement.value, missing: confinement.value.missing.map(({ name }) => name) }
      : confinement.fault;
  };
  test('all is there', async () => assert.deepEqual(await limited({ confinement: '', 'user-bus': 'Version=252' }), { missing: [] }));
  test('a program is missing, and the bus is not asked about then', async () =>
    assert.deepEqual(await limited({ confinement: 'systemd-run', 'user-bus': undefined }), { missing: ['systemd-run'] }));
  test('a program does not run', async () =>
    assert.match(
      JSON.stringify(await limited({ confinement: '', 'confinement-broken': 'flock 1 ', 'user-bus': 'Version=252' })),
      /"said":"exit 1"/,
    ));
  for (const [units, said] of [
    ['no\tno directory\t/h/.config', '/h/.config is no directory'],
    ['no\tlink to nothing\t/h/.config', '/h/.config is a symbolic link to nothing'],
    ['no\tdirectory\t/h/.config', '/h/.config cannot be written and entered'],
  ] as const)
    test(`no slice can be written: ${said}`, async () =>
      assert.deepEqual(await limited({ confinement: '', units, 'user-bus': 'Version=252' }), { missing: [], units: said }));
  test('there is no bus', async () => {
    const bus = 'Failed to connect to bus: No medium found';
    assert.deepEqual(await limited({ confinement: '', 'user-bus': { code: '1', stderr: bus } }), { missing: [], bus });
  });
  test('it is not told', async () => {
    assert.match(JSON.stringify(await limited({ confinement: '', 'user-bus': { code: '124' } })), /none within/);
    assert.match(JSON.stringify(await limited({ confinement: undefined })), /no answer/);
  });
});

describe('where a host stages its backups', () => {
  const system = (id: string, ...clusters: string[]) => datastore({ id, type: 'sys', basePath: `/srv//datastores/${id}`, clusters });
  const at = host('0', kvm01);
  const none = looked([], 'virtual-machines');
  const settings = looked({}, 'settings');
  const fault = unread('no answer', 'virtual-machines');
  const elsewhere = [virtualMachine({ systemDatastore: '1' }), virtualMachine({ systemDatastore: '2', host: 'kvm02.example.net' })];
  for (const [what, datastores, virtualMachines, expected] of [
    ['in the system datastores of its cluster', [system('0', '0'), system('1', '1'), system('2', '1', '0')], none, ['0', '2']],
    ['and where its VMs lie all the same', [system('0', '0'), system('1', '1'), system('2', '1')], looked(elsewhere, 'vms'), ['0', '1']],
    ['in any where none is of its cluster', [system('1', '1'), system('2')], fault, ['1', '2']],
  ] as const)
    test(what, () => {
      const paths = expected.map((id) => `/srv/datastores/${id}`);
      assert.deepEqual(stagingOf({ datastores: looked([datastore(), ...datastores], 'datastores'), virtualMachines, settings }, at), paths);
    });
  test('where OpenNebula’s settings say, if they do', () => {
    const told = {
      datastores: looked([system('0', '0')], 'datastores'),
      virtualMachines: none,
      settings: looked({ staging: '/srv/stage' }, 'settings'),
    };
    assert.deepEqual(stagingOf(told, at), ['/srv/stage']);
  });
  test('in the stock directory where no system datastore is known', () => {
    for (const datastores of [fault, looked([], 'datastores')])
      assert.deepEqual(stagingOf({ datastores, virtualMachines: none, settings }, at), ['/var/lib/one/datastores']);
  });
});
