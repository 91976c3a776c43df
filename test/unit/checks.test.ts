import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as programs from '../../support/checks/programs.ts';
import type { FrontendFacts } from '../../support/facts/frontend.ts';
import type { HypervisorFacts } from '../../support/facts/hypervisor.ts';
import type { Failure } from '../../support/machines/shell.ts';
import type { Datastore } from '../../support/opennebula/pools.ts';
import type { Judgement } from '../../support/outcome/judgement.ts';
import type { Outcome } from '../../support/outcome/outcome.ts';
import { type Cloud, changed, checks, datastore, evidence, host, login, storedKey, survey, virtualMachine, wholeCloud } from './made.ts';

type Change = (cloud: Cloud) => Partial<Cloud>;
const after = (change: Change): Cloud => {
  const cloud = wholeCloud();
  return { ...cloud, ...change(cloud) };
};
const judge = (id: string, cloud: Cloud): readonly Judgement[] => {
  const judgements = [checks[id]?.(cloud) ?? assert.fail(id)].flat();
  for (const each of judgements.flatMap(({ evidence }) => evidence)) assert.equal(typeof each.command, 'string', 'evidence is answers');
  return judgements;
};
/** The questions whose answers a judgement rests on. */
const questions = ({ evidence }: Judgement): string[] => evidence.map(({ command }) => command);

const frontend =
  (changes: Partial<FrontendFacts>): Change =>
  (cloud) => ({ frontend: { ...cloud.frontend, ...changes } });
const site =
  (changes: Partial<Cloud['site']>): Change =>
  (cloud) => ({ site: { ...cloud.site, ...changes } });
const declared =
  (changes: Partial<Cloud['site']['datastore']>): Change =>
  (cloud) => ({ site: { ...cloud.site, datastore: { ...cloud.site.datastore, ...changes } } });
const saved = (changes: Partial<Datastore>): Change => frontend({ datastores: { value: [datastore(changes)] } });
type Answers = Parameters<typeof changed>[1];
const onFrontend =
  (answers: Answers): Change =>
  (cloud) => ({ frontend: { ...cloud.frontend, survey: changed(cloud.frontend.survey, answers) } });
const onServer =
  (answers: Answers): Change =>
  (cloud) => ({ server: { ...cloud.server, survey: changed(cloud.server.survey, answers) } });
const server =
  (changes: Partial<Cloud['server']>): Change =>
  (cloud) => ({ server: { ...cloud.server, ...changes } });
/** What differs on kvm01. */
const onKvm01 =
  (changes: { [K in keyof HypervisorFacts]?: HypervisorFacts[K] | undefined }, answers: Answers = {}): Change =>
  ({ hypervisors: [first, ...others] }) => {
    assert.ok(first);
    return { hypervisors: [{ ...first, survey: changed(first.survey, answers), ...changes } as HypervisorFacts, ...others] };
  };
const both =
  (one: Change, other: Change): Change =>
  (cloud) => {
    const so = { ...cloud, ...one(cloud) };
    return { ...so, ...other(so) };
  };

const failure = (kind: Failure['kind'], message: string): Failure => ({ kind, message });
const denied = failure('refused', 'oneadmin@backup01.example.net: Permission denied (publickey).');
const greeted = { exitCode: 2, stderr: 'protocol version mismatch -- is your shell clean?\n' };
const noAgent = { exitCode: 2, stderr: 'Error connecting to agent: No such file or directory\n' };
const kvm01 = 'kvm01.example.net';
const shut = onKvm01({
  survey: survey(kvm01, {}, { failure: failure('refused', 'ssh: connect to host kvm01.example.net port 22: Connection refused') }),
  login: undefined,
});

test('a whole cloud meets every requirement', () => {
  const cloud = wholeCloud();
  for (const id of Object.keys(checks)) {
    for (const judgement of judge(id, cloud)) {
      assert.deepEqual([judgement.outcome, judgement.reason], ['met', ''], `BDS-${id}: ${judgement.reason}`);
      if (id !== '402') assert.equal(judgement.note, undefined, `BDS-${id}`);
    }
  }
});

describe('what is met is shown by the answers to these questions', () => {
  const shownBy: Readonly<Record<string, readonly string[]>> = {
    '101': ['ssh'],
    '102': ['ssh'],
    '103': ['agent', 'ssh'],
    // Of a login that prints nothing of its own, all that it did print is the proof.
    '104': ['all of backup01.example.net'],
    '105': ['ssh'],
    '106': ['hosts'],
    '201': ['directory', 'own-directories', 'links'],
    '203': ['devices', 'mount'],
    '204': ['space'],
    '205': ['staging'],
    '301': ['rsync'],
    '302': ['qemu-img'],
    '303': ['rsync', 'qemu-img'],
    '304': ['programs'],
    '402': ['datastores'],
    '403': ['datastores'],
    '404': ['datastores'],
    '405': ['datastores', 'space'],
    '406': ['virtual-machines', 'now'],
  };
  for (const id of Object.keys(checks))
    test(`BDS-${id}: ${shownBy[id]?.join(', ')}`, () => {
      for (const judgement of judge(id, wholeCloud())) assert.deepEqual(questions(judgement), shownBy[id]);
    });
});

describe('what keeps all checks, or those behind it, from looking', () => {
  const outcomesAfter = (change: Change) => Object.fromEntries(Object.keys(checks).map((id) => [id, judge(id, after(change))]));
  const all = Object.keys(checks);

  const throughFrontend: readonly (readonly [what: string, change: Change, says: RegExp])[] = [
    [
      'the front-end does not let us in',
      (cloud) => ({
        frontend: {
          ...cloud.frontend,
          survey: { ...cloud.frontend.survey, failure: failure('refused', 'Permission denied (publickey).') },
        },
      }),
      /front-end \(local\).*Permission denied.*Check the setting/,
    ],
    ['we look as another account', frontend({ account: 'root' }), /expected to look as oneadmin.*we look as root.*sudo -u oneadmin/],
    ['the account is not told', frontend({ account: '' }), /expected to look as oneadmin.*no answer to “id -un”/],
  ];
  for (const [what, change, says] of throughFrontend) {
    test(`${what}: every requirement is undetermined, for one and the same cause`, () => {
      for (const [id, judgements] of Object.entries(outcomesAfter(change))) {
        assert.equal(judgements.length, 1, `BDS-${id}`);
        const [judgement] = judgements;
        assert.deepEqual([judgement?.outcome, judgement?.cause], ['undetermined', 'the front-end'], `BDS-${id}`);
        assert.match(judgement?.reason ?? '', says);
        assert.ok((judgement?.evidence.length ?? 0) > 0);
      }
    });
  }

  for (const [pool, question, its, ids] of [
    ['hosts', 'hosts', 'its hosts', ['102', '105', '106', '205', '303']],
    ['datastores', 'datastores', 'its datastores', ['205', '402', '403', '404', '405', '406']],
    ['virtualMachines', 'virtual-machines', 'its virtual machines', ['304', '406']],
  ] as const) {
    test(`OpenNebula does not list its ${pool}: ${ids.join(', ')} are undetermined, for one and the same cause`, () => {
      for (const [id, judgements] of Object.entries(outcomesAfter(frontend({ [pool]: { fault: 'the client ended with exit 255: no' } })))) {
        for (const judgement of judgements) {
          const { outcome, cause, reason } = judgement;
          const kept = (ids as readonly string[]).includes(id);
          if (kept) {
            assert.deepEqual([outcome, cause], ['undetermined', 'OpenNebula by its command line'], `BDS-${id}: ${reason}`);
            assert.equal(reason, `frontend01.example.net: expected OpenNebula to list ${its}, found: the client ended with exit 255: no`);
            assert.deepEqual(questions(judgement), [question], `BDS-${id}`);
          } else if (pool !== 'hosts' || id !== '304') assert.equal(outcome, 'met', `BDS-${id}: ${reason}`);
        }
      }
    });
  }

  test('the backup server does not let the front-end in: what lies behind is blocked by BDS-101', () => {
    const found = outcomesAfter(server({ login: login('frontend01.example.net', { failure: denied }) }));
    assert.equal(found['101']?.[0]?.outcome, 'not-met');
    for (const id of ['104', '201', '203', '204', '301', '302', '405']) {
      assert.equal(found[id]?.[0]?.outcome, 'blocked', `BDS-${id}`);
      assert.match(found[id]?.[0]?.reason ?? '', /Not tried.*BDS-101/);
    }
    assert.deepEqual(
      found['304']?.map(({ outcome, machine }) => `${machine} ${outcome}`),
      ['frontend01.example.net met', 'kvm01.example.net met', 'kvm02.example.net met', 'backup01.example.net blocked'],
    );
    for (const id of ['102', '106', '205', '303', '402', '403', '404', '406'])
      for (const { outcome } of found[id] ?? []) assert.equal(outcome, 'met', `BDS-${id}`);
  });

  test('a host does not let the front-end in: 102 of it is judged, what else concerns it is blocked, the others are looked at', () => {
    const found = outcomesAfter(shut);
    for (const id of ['102', '105', '205', '303', '304']) {
      const of = (name: string) => found[id]?.find(({ machine }) => machine === name);
      assert.equal(of(kvm01)?.outcome, id === '102' ? 'not-met' : 'blocked', `BDS-${id}: ${of(kvm01)?.reason}`);
      if (id !== '102') assert.match(of(kvm01)?.reason ?? '', /Not tried.*BDS-102/);
      assert.equal(of('kvm02.example.net')?.outcome, 'met', `BDS-${id}`);
    }
    for (const id of all.filter((each) => !['102', '105', '205', '303', '304'].includes(each)))
      for (const { outcome } of found[id] ?? []) assert.equal(outcome, 'met', `BDS-${id}`);
  });

  test('the datastore is not there: 402 says so, 403 to 406 are blocked by it', () => {
    const found = outcomesAfter(frontend({ datastores: { value: [datastore({ name: 'other' })] } }));
    assert.equal(found['402']?.[0]?.outcome, 'not-met');
    for (const id of ['403', '404', '405', '406']) {
      assert.equal(found[id]?.[0]?.outcome, 'blocked', `BDS-${id}`);
      assert.match(found[id]?.[0]?.reason ?? '', /“rsync Backups”.*BDS-402/);
    }
  });

  for (const [what, changes] of [
    ['another driver', { dsMad: 'restic' }],
    ['another type', { type: 'img' }],
  ] as const)
    test(`the datastore is there with ${what}: 402 says so, 403 to 406 are blocked by it`, () => {
      const found = outcomesAfter(saved(changes));
      assert.equal(found['402']?.[0]?.outcome, 'not-met');
      for (const id of ['403', '404', '405', '406']) assert.equal(found[id]?.[0]?.outcome, 'blocked', `BDS-${id}`);
    });

  test('a host that was not asked: what concerns it is undetermined, the others are looked at', () => {
    const found = outcomesAfter(({ hypervisors }) => ({ hypervisors: hypervisors.slice(0, 1) }));
    for (const id of ['102', '105', '205', '303', '304']) {
      const of = (name: string) => found[id]?.find(({ machine }) => machine === name);
      assert.equal(of(kvm01)?.outcome, 'met', `BDS-${id}`);
      assert.deepEqual(
        [of('kvm02.example.net')?.outcome, of('kvm02.example.net')?.reason],
        ['undetermined', 'kvm02.example.net was not asked.'],
        `BDS-${id}`,
      );
    }
  });

  test('a host that OpenNebula shows OFFLINE does not count', () => {
    const found = outcomesAfter((cloud) => ({
      frontend: { ...cloud.frontend, hosts: { value: [host('0', kvm01, 'off'), host('1', 'kvm02.example.net')] } },
      hypervisors: cloud.hypervisors.slice(1),
    }));
    for (const id of ['102', '105', '205', '303', '304']) {
      const offline = found[id]?.find(({ machine }) => machine === kvm01);
      assert.equal(offline?.outcome, 'not-applicable', `BDS-${id}`);
      assert.match(offline?.reason ?? '', /kvm01\.example\.net is OFFLINE/);
    }
  });

  for (const [what, hosts, says] of [
    ['no host at all', [], /it lists none/],
    ['all hosts OFFLINE', [host('0', kvm01, 'off'), host('1', 'kvm02.example.net', 'off')], /all 2 are OFFLINE/],
  ] as const) {
    test(`${what}: undetermined, not met and not applicable`, () => {
      const cloud = after((before) => ({ frontend: { ...before.frontend, hosts: { value: hosts } }, hypervisors: [] }));
      for (const id of ['102', '205', '303']) {
        const [judgement, ...others] = judge(id, cloud);
        assert.deepEqual([judgement?.outcome, others.length], ['undetermined', 0], `BDS-${id}`);
        assert.match(judgement?.reason ?? '', says);
        assert.match(judgement?.reason ?? '', /frontend01\.example\.net: expected at least one hypervisor.*onehost/);
        assert.deepEqual(judgement && questions(judgement), ['hosts']);
      }
    });
  }
});

const path = '/var/lib/one/datastores';
const stat = (usable: string, type: string, owner: string, group: string, mode: string, at = path) =>
  [usable, type, owner, group, mode, at].join('\t');
/** So many directories of virtual machines that belong to root. */
const ofRoot = (count: number): string =>
  Array.from({ length: count }, (_, at) => stat('yes', 'd', 'root', 'root', '755', `${path}/100/${at + 1}`)).join('\n');
const tooFull = (total: number, available: number, inodes: number, freeInodes: number, path: string) =>
  `4096 ${total} ${available} ${available} ${inodes} ${freeInodes} ${path}`;
const space = (storageLine: string, tmpLine = tooFull(1000, 500, 1000, 500, '/var/tmp')) =>
  onServer({ space: `${storageLine}\n${tmpLine}` });
const tenGb = space('1048576 10000 5000 5000 1000 500 /s');
const almostFull = space('1048576 10000 5 5 1000 500 /s');
const hundredGb = space('1048576 100000 40000 40000 1000 500 /s');
const action = (changes: object) => ({
  id: '3',
  datastoreId: '100',
  time: 1_795_409_972,
  done: -1,
  dispatched: false,
  message: '',
  ...changes,
});
const scheduled = (changes: object): Change =>
  frontend({ virtualMachines: { value: [virtualMachine({ id: '7', name: 'vm7', backupActions: [action(changes)] })] } });
/** So many virtual machines that keep increments. */
const keepers = (count: number): Change => {
  const ids = Array.from({ length: count }, (_, at) => String(at + 1));
  return frontend({ virtualMachines: { value: ids.map((id) => virtualMachine({ id, name: `vm${id}`, keepsIncrements: true })) } });
};
const increments = keepers(1);
const template = (changes: object) => saved({ template: { ...(datastore().template as object), ...changes } });
const otherKey = { ...storedKey, fingerprint: 'SHA256:other' };
/** OpenNebula has another name saved, by which the front-end is led to the declared server, and kvm01 to what is said. */
const savedAsBackup = (hypervisor: Parameters<typeof onKvm01>[0]) =>
  both(both(template({ RSYNC_HOST: ['backup'] }), server({ savedHost: login('frontend01.example.net') })), onKvm01(hypervisor));
const loader = 'rsync: error while loading shared libraries: libpopt.so.0: cannot open shared object file: No such file or directory';

const closed = evidence({ exitCode: 255, stderr: 'Connection to backup01 closed by remote host.' });
const agentKey = '256 SHA256:key oneadmin@frontend01 (ED25519)';
const mounts = 'Mounted on Filesystem Type\n/ /dev/sda2 ext4';
const room = '1048576 258020 100000 78224 1000 500 /var/tmp';

interface Row {
  readonly id: string;
  readonly when: string;
  readonly change: Change;
  readonly outcome: Outcome;
  /** All must be in the reason: where, what was expected, what was found, what to do. */
  readonly says?: readonly RegExp[];
  readonly note?: RegExp;
  /** The questions whose answers it rests on, where that is not plain. */
  readonly rests?: readonly string[];
  /** Where machine by machine: the one this is about. All others must be met. */
  readonly machine?: string;
}

const through = (kind: Failure['kind'], message: string) =>
  server({ login: login('frontend01.example.net', { failure: failure(kind, message) }) });
/** A login that got as far as no host key. */
const unseen = (kind: Failure['kind'], message: string) => {
  const { hostKey: _, ...shut } = login('frontend01.example.net', { failure: failure(kind, message) });
  return shut;
};
/** What the login to the backup server prints of its own. */
const noise =
  (text: string): Change =>
  (cloud) => ({ server: { ...cloud.server, survey: { ...cloud.server.survey, noise: text } } });
const from01 = (kind: Failure['kind'], message: string) => onKvm01({ login: login(kvm01, { failure: failure(kind, message) }) });

const rows: readonly Row[] = [
  // 101
  {
    id: '101',
    when: 'denied',
    change: through('refused', denied.message),
    outcome: 'not-met',
    says: [
      /frontend01\.example\.net → backup01\.example\.net/,
      /as oneadmin without a password/,
      /Permission denied \(publickey\)/,
      /~oneadmin\/\.ssh\/authorized_keys on backup01/,
    ],
  },
  {
    id: '101',
    when: 'sshd is down',
    change: through('refused', 'ssh: connect to host backup01.example.net port 22: Connection refused'),
    outcome: 'not-met',
    says: [/Connection refused/, /Start sshd on backup01/],
  },
  {
    id: '101',
    when: 'the host key changed',
    change: through('refused', 'Host key verification failed.'),
    outcome: 'not-met',
    says: [/ssh-keygen -R backup01/],
  },
  {
    id: '101',
    when: 'the name is unknown',
    change: through('refused', 'ssh: Could not resolve hostname backup01.example.net: Name or service not known'),
    outcome: 'not-met',
    says: [/Make the name backup01\.example\.net known.*DNS or \/etc\/hosts\.$/],
  },
  {
    id: '101',
    when: 'the name of a machine on the way is unknown',
    change: through('refused', 'ssh: Could not resolve hostname jump.example.net: Name or service not known'),
    outcome: 'not-met',
    says: [/Make the name jump\.example\.net known/, /not backup01\.example\.net itself/, /ssh -G backup01/],
  },
  {
    id: '101',
    when: 'it is silent',
    change: through('silent', 'Connection timed out during banner exchange'),
    outcome: 'undetermined',
    says: [/timed out/, /firewall/],
  },
  {
    id: '101',
    when: 'it was lost',
    change: through('lost', 'kex_exchange_identification: read: Connection reset by peer'),
    outcome: 'undetermined',
    says: [/Connection reset/, /Try it on frontend01\.example\.net: ssh oneadmin@backup01/],
  },
  {
    id: '101',
    when: 'the run was interrupted',
    change: through('interrupted', 'the run was interrupted'),
    outcome: 'undetermined',
    says: [/interrupted/],
  },
  // 102
  {
    id: '102',
    when: 'denied',
    machine: kvm01,
    change: from01('refused', denied.message),
    outcome: 'not-met',
    says: [
      /kvm01\.example\.net → backup01\.example\.net/,
      /authorized_keys on backup01/,
      /opennebula-ssh-agent/,
      /agent forwarding on kvm01/,
    ],
  },
  {
    id: '102',
    when: 'the host key is unknown there',
    machine: kvm01,
    change: from01('refused', 'Host key verification failed.'),
    outcome: 'not-met',
    says: [/known_hosts on kvm01/],
  },
  {
    id: '102',
    when: 'the server is silent',
    machine: kvm01,
    change: from01('silent', 'no answer in time'),
    outcome: 'undetermined',
    says: [/no answer in time/, /Is backup01\.example\.net up/],
  },
  {
    id: '102',
    when: 'the host refuses the front-end',
    machine: kvm01,
    change: shut,
    outcome: 'not-met',
    says: [/frontend01\.example\.net → kvm01\.example\.net/, /Start sshd on kvm01/],
  },
  {
    id: '102',
    when: 'the host denies the front-end',
    machine: kvm01,
    change: onKvm01({
      survey: survey(kvm01, {}, { failure: failure('refused', 'oneadmin@kvm01.example.net: Permission denied (publickey).') }),
      login: undefined,
    }),
    outcome: 'not-met',
    says: [/frontend01\.example\.net → kvm01\.example\.net/, /authorized_keys on kvm01\.example\.net\.$/],
  },
  {
    id: '102',
    when: 'the host is silent',
    machine: kvm01,
    change: both(shut, (cloud) => ({
      hypervisors: cloud.hypervisors.map((each, at) =>
        at === 0 ? { ...each, survey: { ...each.survey, failure: failure('silent', 'Connection timed out') } } : each,
      ),
    })),
    outcome: 'undetermined',
    says: [/frontend01\.example\.net → kvm01\.example\.net/, /timed out/],
  },
  {
    id: '102',
    when: 'the host lets in and answers nothing',
    machine: kvm01,
    change: onKvm01({ survey: survey(kvm01), login: undefined }),
    outcome: 'undetermined',
    says: [/frontend01\.example\.net → kvm01\.example\.net/, /did not answer/, /ssh kvm01/],
  },
  // 103
  {
    id: '103',
    when: 'the agent is not there',
    change: onFrontend({ agent: noAgent }),
    outcome: 'not-met',
    says: [
      /frontend01\.example\.net/,
      /\/var\/run\/one\/ssh-agent\.sock/,
      /Error connecting to agent/,
      /systemctl start opennebula-ssh-agent/,
    ],
  },
  {
    id: '103',
    when: 'the agent holds no key',
    change: onFrontend({ agent: { exitCode: 1, stdout: 'The agent has no identities.' } }),
    outcome: 'not-met',
    says: [/holds no key/, /ssh-add/],
  },
  {
    id: '103',
    when: 'none of its keys is accepted',
    change: server({ agentLogin: login('frontend01.example.net', { failure: denied }) }),
    outcome: 'not-met',
    says: [/Permission denied/, /authorized_keys on backup01/],
  },
  {
    id: '103',
    when: 'the server lets nobody in, and so cannot be asked',
    change: server({
      login: login('frontend01.example.net', { failure: failure('silent', 'timed out') }),
      agentLogin: login('frontend01.example.net', { failure: failure('silent', 'timed out') }),
    }),
    outcome: 'met',
    note: /could not be asked \(timed out\)/,
  },
  {
    id: '103',
    when: 'the server let us in, and could not be asked about the agent',
    change: server({
      agentLogin: login('frontend01.example.net', { failure: failure('lost', 'Connection closed by 198.18.2.1 port 22.') }),
    }),
    outcome: 'undetermined',
    says: [/accepts, but whether it accepts the agent's could not be asked: Connection closed by 198\.18\.2\.1 port 22\. Run it again\.$/],
    rests: ['agent', 'ssh'],
  },
  {
    id: '103',
    when: 'its key was taken, and the account runs no commands',
    change: server({
      agentLogin: login('frontend01.example.net', { failure: failure('refused', 'let in, but the account runs no commands') }),
    }),
    outcome: 'met',
  },
  {
    id: '103',
    when: 'the agent does not answer',
    change: onFrontend({ agent: { exitCode: 124 } }),
    outcome: 'undetermined',
    says: [/no answer/, /systemctl status/],
  },
  {
    id: '103',
    when: 'the agent was not asked',
    change: onFrontend({ agent: undefined }),
    outcome: 'undetermined',
    says: [/no answer/],
    rests: ['all of frontend01.example.net'],
  },
  {
    id: '103',
    when: 'there is no ssh-add',
    change: onFrontend({ agent: { exitCode: 127 } }),
    outcome: 'undetermined',
    says: [/ssh-add/, /openssh-client/],
  },
  {
    id: '103',
    when: 'a host has a key of its own',
    change: both(onFrontend({ agent: noAgent }), onKvm01({}, { keys: '/var/lib/one/.ssh/id_rsa' })),
    outcome: 'not-met',
    says: [/kvm01\.example\.net got in with a key of their own/],
  },
  {
    id: '103',
    when: 'the agent does not answer, nor end when told to',
    change: onFrontend({ agent: { exitCode: 137 } }),
    outcome: 'undetermined',
    says: [/no answer/],
  },
  {
    id: '103',
    when: 'two hosts have keys of their own',
    change: (cloud) => ({
      ...onFrontend({ agent: noAgent })(cloud),
      hypervisors: cloud.hypervisors.map((each) => ({ ...each, survey: changed(each.survey, { keys: '/var/lib/one/.ssh/id_rsa' }) })),
    }),
    outcome: 'not-met',
    says: [/kvm01\.example\.net, kvm02\.example\.net got in with a key of their own/],
  },
  {
    id: '103',
    when: 'a host has a key of its own, which does not let it in',
    change: both(
      onFrontend({ agent: noAgent }),
      onKvm01({ login: login(kvm01, { failure: denied }), survey: survey(kvm01, { keys: '/var/lib/one/.ssh/id_rsa' }) }),
    ),
    outcome: 'not-met',
    says: [/found none: Error connecting to agent: No such file or directory\. Start it/],
  },
  {
    id: '103',
    when: 'a host was not asked for keys of its own',
    change: both(onFrontend({ agent: noAgent }), onKvm01({}, { keys: undefined })),
    outcome: 'not-met',
    says: [/found none: Error connecting to agent: No such file or directory\. Start it/],
  },
  // 104
  {
    id: '104',
    when: 'the login prints',
    change: noise('Welcome to backup01\nhi\n'),
    outcome: 'not-met',
    says: [/backup01\.example\.net/, /print nothing/, /“Welcome to backup01”/, /\.bashrc/],
  },
  {
    id: '104',
    when: 'the login prints an empty line',
    change: noise('\n'),
    outcome: 'not-met',
    says: [/found blank lines/],
  },
  {
    id: '104',
    when: 'the login clears the screen',
    change: noise('\u001b[2J'),
    outcome: 'not-met',
    says: [/“\\u001b\[2J”/],
  },
  {
    id: '104',
    when: 'the login prints an empty line before it speaks',
    change: noise('\n  Welcome\nhi\n'),
    outcome: 'not-met',
    says: [/found “Welcome”/],
  },
  { id: '104', when: 'a line of 80 characters is shown whole', change: noise('x'.repeat(80)), outcome: 'not-met', says: [/“x{80}”/] },
  { id: '104', when: 'a longer one is cut', change: noise('x'.repeat(81)), outcome: 'not-met', says: [/“x{80}…”/] },
  {
    id: '104',
    when: 'rsync was greeted',
    change: onKvm01({}, { handshake: greeted }),
    outcome: 'not-met',
    says: [/rsync from kvm01/, /\.bashrc/],
    rests: ['handshake'],
  },
  {
    id: '104',
    when: 'rsync was greeted from two hosts',
    change: (cloud) => ({
      hypervisors: cloud.hypervisors.map((each) => ({ ...each, survey: changed(each.survey, { handshake: greeted }) })),
    }),
    outcome: 'not-met',
    says: [/rsync from kvm01\.example\.net, kvm02\.example\.net was greeted/],
    rests: ['handshake', 'handshake'],
  },
  {
    id: '104',
    when: 'a hypervisor is noisy',
    change: ({ hypervisors }) => ({
      hypervisors: hypervisors.map((each, at) => (at === 0 ? { ...each, survey: { ...each.survey, noise: 'hi\n' } } : each)),
    }),
    outcome: 'met',
    note: /^kvm01\.example\.net: a login prints/,
  },
  {
    id: '104',
    when: 'all hypervisors are noisy',
    change: (cloud) => ({ hypervisors: cloud.hypervisors.map((each) => ({ ...each, survey: { ...each.survey, noise: 'hi\n' } })) }),
    outcome: 'met',
    note: /^kvm01\.example\.net, kvm02\.example\.net: a login prints/,
  },
  {
    id: '104',
    when: 'the server answers no question',
    change: (cloud) => ({
      server: {
        ...cloud.server,
        survey: { ...cloud.server.survey, answers: new Map(), asked: evidence({ exitCode: 127, stderr: 'bash: not found' }) },
      },
    }),
    outcome: 'undetermined',
    says: [/bash: not found/],
  },
  {
    id: '104',
    when: 'it warns on stderr',
    change: (cloud) => ({ server: { ...cloud.server, survey: { ...cloud.server.survey, asked: evidence({ stderr: 'warned' }) } } }),
    outcome: 'met',
  },
  // 105
  {
    id: '105',
    when: 'another key is known',
    machine: kvm01,
    change: onKvm01({ login: login(kvm01, { hostKey: { ...otherKey, standing: 'refused' } }) }),
    outcome: 'not-met',
    says: [/kvm01\.example\.net → backup01/, /SHA256:other/, /ssh-keygen -lf/, /ssh-keygen -R/],
  },
  {
    id: '105',
    when: 'none is stored, and that passes',
    machine: kvm01,
    change: onKvm01({ login: login(kvm01, { hostKey: { ...storedKey, standing: 'new' } }) }),
    outcome: 'met',
    note: /kvm01\.example\.net does not have backup01/,
  },
  {
    id: '105',
    when: 'a machine sees another server',
    machine: kvm01,
    change: onKvm01({ login: login(kvm01, { hostKey: otherKey }) }),
    outcome: 'not-met',
    says: [/kvm01/, /SHA256:right/, /SHA256:other/, /getent hosts/],
  },
  {
    id: '105',
    when: 'no key exchange came about',
    machine: kvm01,
    change: onKvm01({ login: login(kvm01, { failure: failure('silent', 'x'), hostKey: undefined }) }),
    outcome: 'blocked',
    says: [/kvm01/, /BDS-102/],
  },
  {
    id: '105',
    when: 'the host lets in and answers nothing',
    machine: kvm01,
    change: onKvm01({ survey: survey(kvm01), login: undefined }),
    outcome: 'blocked',
    says: [/kvm01\.example\.net did not answer, see BDS-102/],
  },
  {
    id: '105',
    when: 'a machine sees a key of another type, and knows that one',
    machine: kvm01,
    change: onKvm01({ login: login(kvm01, { hostKey: { ...otherKey, type: 'ssh-rsa' } }) }),
    outcome: 'met',
  },
  {
    id: '105',
    when: 'the front-end sees another server than the hosts',
    machine: 'frontend01.example.net',
    change: server({ login: login('frontend01.example.net', { hostKey: otherKey }) }),
    outcome: 'not-met',
    says: [/frontend01\.example\.net → backup01.*the other machines see, SHA256:right, found SHA256:other/],
  },
  {
    id: '105',
    when: 'the front-end and the only host see different servers: the front-end’s counts',
    machine: kvm01,
    change: both(frontend({ hosts: { value: [host('0', kvm01)] } }), (cloud) => ({
      hypervisors: cloud.hypervisors.slice(0, 1).map((each) => ({ ...each, login: login(kvm01, { hostKey: otherKey }) })),
    })),
    outcome: 'not-met',
    says: [/SHA256:right, found SHA256:other/],
  },
  // 106
  { id: '106', when: 'none is declared', change: site({ hosts: 'all' }), outcome: 'not-applicable', says: [/hosts: all/] },
  {
    id: '106',
    when: 'one is missing in OpenNebula',
    machine: 'kvm03',
    change: site({ hosts: [kvm01, 'kvm02.example.net', 'kvm03'] }),
    outcome: 'not-met',
    says: [/kvm03: expected in OpenNebula/, /onehost create kvm03/],
  },
  {
    id: '106',
    when: 'one is declared by its full name, and by its short one besides, which is none',
    machine: 'kvm02',
    change: site({ hosts: [kvm01, 'kvm02.example.net', 'kvm02'] }),
    outcome: 'not-met',
    says: [/^kvm02: expected in OpenNebula.*missing\. OpenNebula calls it kvm02\.example\.net: let the site file do so, too\.$/],
  },
  {
    id: '106',
    when: 'one is not declared',
    machine: 'kvm02.example.net',
    change: site({ hosts: [kvm01] }),
    outcome: 'not-met',
    says: [/kvm02\.example\.net/, /onehost delete/],
  },
  {
    id: '106',
    when: 'one that is not declared is OFFLINE',
    machine: 'kvm02.example.net',
    change: both(site({ hosts: [kvm01] }), frontend({ hosts: { value: [host('0', kvm01), host('1', 'kvm02.example.net', 'off')] } })),
    outcome: 'not-applicable',
  },
  // 201
  {
    id: '201',
    when: 'it is missing',
    change: onServer({ directory: { exitCode: 1, stderr: "find: '/var/lib/one/datastores': No such file or directory\n" } }),
    outcome: 'not-met',
    says: [/backup01\.example\.net: expected \/var\/lib\/one\/datastores/, /found none/, /install -d -o oneadmin/],
  },
  {
    id: '201',
    when: 'it cannot be reached',
    change: onServer({ directory: { exitCode: 1, stderr: "find: '/var/lib/one/datastores': Permission denied\n" } }),
    outcome: 'not-met',
    says: [/Permission denied/, /enter the directories above/],
  },
  {
    id: '201',
    when: 'it is a file',
    change: onServer({ directory: stat('yes', 'f', 'oneadmin', 'oneadmin', '644') }),
    outcome: 'not-met',
    says: [/is not a directory/],
  },
  {
    id: '201',
    when: 'it belongs to root',
    change: onServer({ directory: stat('no', 'd', 'root', 'root', '755') }),
    outcome: 'not-met',
    says: [/belongs to root/, /belongs to root:root/, /chown oneadmin:oneadmin/],
  },
  {
    id: '201',
    when: 'the account has two names, and the directories show the first',
    change: onServer({
      user: 'one',
      directory: stat('yes', 'd', 'one', 'oneadmin', '755'),
      'own-directories': `yes\td\tone\toneadmin\t755\t/var/lib/one/datastores/100`,
    }),
    outcome: 'met',
  },
  {
    id: '201',
    when: 'it belongs to an account of another name, and the own name was not told',
    change: onServer({ user: undefined, directory: stat('yes', 'd', 'one', 'oneadmin', '755') }),
    outcome: 'not-met',
    says: [/belongs to one:oneadmin/],
  },
  {
    id: '201',
    when: 'it has another group',
    change: onServer({ directory: stat('yes', 'd', 'oneadmin', 'users', '755') }),
    outcome: 'not-met',
    says: [/belongs to oneadmin:users/],
  },
  {
    id: '201',
    when: 'everybody may write',
    change: onServer({ directory: stat('yes', 'd', 'oneadmin', 'oneadmin', '777') }),
    outcome: 'not-met',
    says: [/0777/, /writable for others/],
  },
  {
    id: '201',
    when: 'its owner may not write',
    change: onServer({ directory: stat('no', 'd', 'oneadmin', 'oneadmin', '555') }),
    outcome: 'not-met',
    says: [/0555/],
  },
  {
    id: '201',
    when: 'its file system is read-only',
    change: onServer({ directory: stat('no', 'd', 'oneadmin', 'oneadmin', '755') }),
    outcome: 'not-met',
    says: [/cannot be written and entered by oneadmin/],
  },
  {
    id: '201',
    when: 'what lies below is not told in time',
    change: onServer({ 'own-directories': { exitCode: 124 } }),
    outcome: 'undetermined',
    says: [/no answer/],
  },
  {
    id: '204',
    when: 'the figures are not in their form',
    change: onServer({ space: 'lots of room\nlots of room' }),
    outcome: 'undetermined',
    says: [/no answer/],
  },
  {
    id: '201',
    when: 'the directory of a virtual machine belongs to root',
    change: onServer({ 'own-directories': stat('yes', 'd', 'root', 'oneadmin', '755', '/var/lib/one/datastores/100/3') }),
    outcome: 'not-met',
    says: [/datastores\/100\/3 belongs to root/],
  },
  {
    id: '201',
    when: 'the mode is not the declared one',
    change: both(declared({ mode: '0750' }), onServer({ directory: stat('yes', 'd', 'oneadmin', 'oneadmin', '755') })),
    outcome: 'not-met',
    says: [/0755, not 0750/],
  },
  {
    id: '201',
    when: 'the mode is the declared one',
    change: both(declared({ mode: '2775' }), onServer({ directory: stat('yes', 'd', 'oneadmin', 'oneadmin', '2775') })),
    outcome: 'met',
  },
  // OUTCOMES: "owner rwx, others no write". The primary group may.
  {
    id: '201',
    when: 'its group may write',
    change: onServer({ directory: stat('yes', 'd', 'oneadmin', 'oneadmin', '775') }),
    outcome: 'met',
  },
  {
    id: '201',
    when: 'OpenNebula keeps the datastore at another place than the one looked at',
    change: frontend({ datastores: { value: [datastore({ basePath: '/srv//one/100' })] } }),
    outcome: 'met',
    note: /^OpenNebula keeps datastore 100 at \/srv\/one\/100, and the site file says \/var\/lib\/one\/datastores: .* Correct datastore\.path\.$/,
  },
  {
    id: '201',
    when: 'OpenNebula does not say where it keeps the datastore',
    change: frontend({ datastores: { value: [datastore({ basePath: '' })] } }),
    outcome: 'met',
  },
  {
    id: '201',
    when: 'it is a symbolic link',
    change: onServer({ links: '/var/lib/one/datastores -> /srv/backup' }),
    outcome: 'met',
    note: /symbolic link.*\/srv\/backup/,
  },
  {
    id: '201',
    when: 'it does not answer',
    change: onServer({ directory: { exitCode: 124, seconds: 30 } }),
    outcome: 'undetermined',
    says: [/backup01\.example\.net/, /ssh backup01/],
  },
  {
    id: '201',
    when: 'find is missing',
    change: onServer({ directory: { exitCode: 127, stderr: "timeout: failed to run command 'find': No such file or directory" } }),
    outcome: 'undetermined',
    says: [/exit 127: timeout: failed to run command 'find'/],
  },
  {
    id: '201',
    when: 'the disk cannot be read',
    change: onServer({ directory: { exitCode: 1, stderr: "find: '/var/lib/one/datastores': Input/output error" } }),
    outcome: 'undetermined',
    says: [/Input\/output error/],
  },
  {
    id: '201',
    when: 'what lies below cannot be read',
    change: onServer({ 'own-directories': { exitCode: 1, stderr: "find: '/var/lib/one/datastores/100': Input/output error" } }),
    outcome: 'undetermined',
    says: [/Input\/output error/],
  },
  { id: '201', when: 'what lies below was not asked', change: onServer({ 'own-directories': undefined }), outcome: 'undetermined' },
  {
    id: '201',
    when: 'OpenNebula has not made its directory yet',
    change: onServer({ 'own-directories': { exitCode: 1, stderr: "find: '/var/lib/one/datastores/100': No such file or directory" } }),
    outcome: 'met',
  },
  {
    id: '201',
    when: 'it is a link to nothing',
    change: onServer({ directory: stat('no', 'l', 'oneadmin', 'oneadmin', '777') }),
    outcome: 'not-met',
    says: [/is a symbolic link to nothing/],
  },
  { id: '201', when: 'it was not asked', change: onServer({ directory: undefined }), outcome: 'undetermined' },
  {
    id: '201',
    when: 'the primary group of its user is not told',
    change: onServer({ group: { exitCode: 124, seconds: 30 } }),
    outcome: 'undetermined',
    says: [/group: none within 30 s/],
  },
  {
    id: '201',
    when: 'the primary group of its user was not asked',
    change: onServer({ group: undefined }),
    outcome: 'undetermined',
    says: [/no answer/],
  },
  {
    id: '201',
    when: 'the datastore is not registered: it has no directory of its own yet',
    change: both(saved({ name: 'other' }), onServer({ 'own-directories': undefined })),
    outcome: 'met',
    rests: ['directory', 'links'],
  },
  {
    id: '201',
    when: 'OpenNebula does not list its datastores: whether it has a directory of its own is not known',
    change: both(frontend({ datastores: { fault: 'no' } }), onServer({ 'own-directories': undefined })),
    outcome: 'met',
  },
  {
    id: '201',
    when: 'the datastore is one of several, and what lies below was not asked',
    change: both(
      frontend({ datastores: { value: [datastore({ id: '1', name: 'default' }), datastore()] } }),
      onServer({ 'own-directories': undefined }),
    ),
    outcome: 'undetermined',
  },
  { id: '201', when: 'links were not looked for', change: onServer({ links: undefined }), outcome: 'met' },
  {
    id: '201',
    when: 'what lies below is not told, and find does not say why',
    change: onServer({ 'own-directories': { exitCode: 1 } }),
    outcome: 'undetermined',
    says: [/own-directories: exit 1\)/],
  },
  {
    id: '201',
    when: 'of what lies below one is gone, and another cannot be read',
    change: onServer({
      'own-directories': {
        exitCode: 1,
        stderr: `find: '${path}/100/3': No such file or directory\nfind: '${path}/100/4': Input/output error\n`,
      },
    }),
    outcome: 'undetermined',
  },
  {
    id: '201',
    when: 'the shell has no find',
    change: onServer({ directory: { exitCode: 127, stderr: 'bash: line 12: find: No such file or directory\n' } }),
    outcome: 'undetermined',
    says: [/bash: line 12: find/],
  },
  {
    id: '201',
    when: 'five directories are amiss, all are named',
    change: onServer({ 'own-directories': ofRoot(5) }),
    outcome: 'not-met',
    says: [/100\/1 belongs to root:root; .*100\/5 belongs to root:root\. On backup01/],
  },
  {
    id: '201',
    when: 'seven directories are amiss, five are named',
    change: onServer({ 'own-directories': ofRoot(7) }),
    outcome: 'not-met',
    says: [
      /100\/5 belongs to root:root; and 2 more\. On backup01\.example\.net: chown oneadmin:oneadmin \/var\/lib\/one\/datastores\/100\/1$/,
    ],
  },
  // 203
  {
    id: '203',
    when: 'it lies on /',
    change: onServer({ devices: '65024\t/\n65024\t/var/lib/one/datastores\n65024\t/var/lib/one/datastores/100' }),
    outcome: 'not-met',
    says: [/backup01/, /root file system/, /findmnt -T/, /mounted: false/],
  },
  {
    id: '203',
    when: 'it need not be mounted',
    change: both(declared({ mounted: false }), onServer({ devices: '65024\t/\n65024\t/var/lib/one/datastores' })),
    outcome: 'not-applicable',
    says: [/mounted: false/],
  },
  {
    id: '203',
    when: 'only the datastore’s own directory is a mount',
    change: onServer({ devices: '65024\t/\n65024\t/var/lib/one/datastores\n65025\t/var/lib/one/datastores/100' }),
    outcome: 'met',
  },
  {
    id: '203',
    when: 'it lies on /var',
    change: onServer({ mount: 'Mounted on Filesystem Type\n/ /dev/sda2 ext4\n/var /dev/sdb1 ext4' }),
    outcome: 'met',
    note: /mounted at \/var/,
  },
  {
    id: '203',
    when: 'it is not there',
    change: onServer({
      devices: { exitCode: 1, stdout: '65024\t/', stderr: "stat: cannot statx '/var/lib/one/datastores': No such file or directory" },
    }),
    outcome: 'blocked',
    says: [/BDS-201/],
  },
  {
    id: '203',
    when: 'only the datastore’s own directory lies on /',
    change: onServer({ devices: '65024\t/\n65025\t/var/lib/one/datastores\n65024\t/var/lib/one/datastores/100' }),
    outcome: 'not-met',
    says: [/found \/var\/lib\/one\/datastores\/100 on the root file system/],
  },
  {
    id: '203',
    when: 'it is a subvolume of the root file system',
    change: onServer({
      mount: [
        'Mounted on              Filesystem Type',
        '/                       /dev/sda2  btrfs',
        '/var/lib/one/datastores /dev/sda2  btrfs',
      ].join('\n'),
    }),
    outcome: 'not-met',
    says: [/root file system/],
  },
  {
    id: '203',
    when: 'only the datastore’s own directory is a subvolume of the root file system',
    change: onServer({
      mount: `Mounted on Filesystem Type\n/ /dev/sda2 btrfs\n${path} /dev/sdb1 ext4\n${path}/100 /dev/sda2 btrfs`,
    }),
    outcome: 'not-met',
    says: [/found \/var\/lib\/one\/datastores\/100 on the root file system/],
  },
  {
    id: '203',
    when: 'it is a btrfs of its own',
    change: onServer({ mount: 'Mounted on Filesystem Type\n/ /dev/sda2 btrfs\n/var/lib/one/datastores /dev/sdb1 btrfs' }),
    outcome: 'met',
  },
  {
    id: '203',
    when: 'stat cannot tell',
    change: onServer({
      devices: { exitCode: 1, stdout: '65024\t/', stderr: "stat: cannot statx '/var/lib/one/datastores': Input/output error" },
    }),
    outcome: 'undetermined',
    says: [/Input\/output error/],
  },
  { id: '203', when: 'stat does not answer', change: onServer({ devices: { exitCode: 124 } }), outcome: 'undetermined' },
  {
    id: '203',
    when: 'stat does not answer, nor end when told to',
    change: onServer({ devices: { exitCode: 137, seconds: 32 } }),
    outcome: 'undetermined',
  },
  { id: '203', when: 'stat was not asked', change: onServer({ devices: undefined }), outcome: 'undetermined', says: [/ssh backup01/] },
  {
    id: '203',
    when: 'df was not asked: it could be a subvolume of the root file system',
    change: onServer({ mount: undefined }),
    outcome: 'undetermined',
    says: [/ssh backup01/],
  },
  {
    id: '203',
    when: 'df is missing',
    change: onServer({ mount: { exitCode: 127, stderr: "timeout: failed to run command 'df': No such file or directory" } }),
    outcome: 'met',
  },
  {
    id: '203',
    when: 'stat does not tell of /: there is nothing to compare with',
    change: onServer({ devices: `65025\t${path}\n65025\t${path}/100` }),
    outcome: 'undetermined',
  },
  {
    id: '203',
    when: 'it cannot be reached',
    change: onServer({ devices: { exitCode: 1, stdout: '65024\t/', stderr: `stat: cannot statx '${path}': Permission denied\n` } }),
    outcome: 'blocked',
    says: [/BDS-201/],
  },
  {
    id: '203',
    when: 'it lies on /, and OpenNebula has not made its directory yet',
    change: onServer({
      devices: {
        exitCode: 1,
        stdout: `65024\t/\n65024\t${path}`,
        stderr: `stat: cannot statx '${path}/100': No such file or directory\n`,
      },
    }),
    outcome: 'not-met',
    says: [/found it on the root file system/],
  },
  // df names file systems that lie on no device by their type.
  {
    id: '203',
    when: 'both it and / are tmpfs',
    change: onServer({ mount: `Mounted on Filesystem Type\n/ tmpfs tmpfs\n${path} tmpfs tmpfs` }),
    outcome: 'met',
  },
  // 204
  {
    id: '204',
    when: '9 % free',
    change: space(tooFull(1000, 90, 1000, 500, '/s')),
    outcome: 'not-met',
    says: [/backup01/, /\/s has 9\.0 % free, expected at least 10 %/, /df -h/],
  },
  { id: '204', when: '10 % free', change: space(tooFull(1000, 100, 1000, 500, '/s')), outcome: 'met' },
  {
    id: '204',
    when: '4 % of inodes free',
    change: space(tooFull(1000, 500, 1000, 40, '/s')),
    outcome: 'not-met',
    says: [/4\.0 % of its inodes/, /at least 5 %/],
  },
  { id: '204', when: 'a file system without inodes (btrfs)', change: space(tooFull(1000, 500, 0, 0, '/s')), outcome: 'met' },
  {
    id: '204',
    when: '4 % free in RSYNC_TMP_DIR',
    change: space(tooFull(1000, 500, 1000, 500, '/s'), tooFull(1000, 40, 1000, 500, '/var/tmp')),
    outcome: 'not-met',
    says: [/\/var\/tmp has 4\.0 % free/],
  },
  {
    id: '204',
    when: 'only root’s reserve is free',
    change: space('4096 1000 50 0 1000 500 /s'),
    outcome: 'not-met',
    says: [/0\.0 % free/],
  },
  { id: '204', when: 'it was not answered', change: onServer({ space: { exitCode: 1, stderr: 'stat: x' } }), outcome: 'undetermined' },
  { id: '204', when: '5 % of inodes free', change: space(tooFull(1000, 500, 1000, 50, '/s')), outcome: 'met' },
  {
    id: '204',
    when: 'all three are short',
    change: space(tooFull(1000, 90, 1000, 40, '/s'), tooFull(1000, 40, 1000, 500, '/var/tmp')),
    outcome: 'not-met',
    says: [/\/s has 9\.0 % free.*; \/s has 4\.0 % of its inodes.*; \/var\/tmp has 4\.0 % free/],
  },
  {
    id: '204',
    when: 'it tells of one of the two',
    change: onServer({ space: tooFull(1000, 500, 1000, 500, '/s') }),
    outcome: 'undetermined',
  },
  // 205
  {
    id: '205',
    when: '9 % free',
    machine: kvm01,
    change: onKvm01({}, { staging: tooFull(1000, 90, 1000, 500, '/d') }),
    outcome: 'not-met',
    says: [/kvm01\.example\.net: \/d has 9\.0 % free/, /df -h/],
  },
  {
    id: '205',
    when: 'it was not answered',
    machine: kvm01,
    change: onKvm01({}, { staging: undefined }),
    outcome: 'undetermined',
    says: [/kvm01/],
  },
  {
    id: '205',
    when: 'it has two places, both of which are full',
    machine: kvm01,
    change: onKvm01({}, { staging: [tooFull(1000, 90, 1000, 500, '/d'), tooFull(1000, 20, 1000, 500, '/e')].join('\n') }),
    outcome: 'not-met',
    says: [/\/d has 9\.0 % free.*; \/e has 2\.0 % free.*df -h \/d \/e$/],
  },
  { id: '205', when: '10 % free', change: onKvm01({}, { staging: tooFull(1000, 100, 1000, 500, '/d') }), machine: kvm01, outcome: 'met' },
  {
    id: '205',
    when: 'the figures are not in their form',
    machine: kvm01,
    change: onKvm01({}, { staging: 'lots of room' }),
    outcome: 'undetermined',
    says: [/staging: exit 0: lots of room/],
  },
  {
    id: '205',
    when: 'it tells of no place',
    machine: kvm01,
    change: onKvm01({}, { staging: '' }),
    outcome: 'undetermined',
    says: [/staging: exit 0\)/],
  },
  // 301, 302, 303
  {
    id: '301',
    when: 'missing',
    change: onServer({ rsync: { exitCode: 127, stderr: "timeout: failed to run command 'rsync': No such file or directory" } }),
    outcome: 'not-met',
    says: [/backup01\.example\.net: expected rsync 3\.1\.0 or newer/, /found none/, /Install the package rsync on backup01/],
  },
  {
    id: '301',
    when: 'too old',
    change: onServer({ rsync: 'rsync  version 2.6.9  protocol version 29' }),
    outcome: 'not-met',
    says: [/found 2\.6\.9/, /package rsync/],
  },
  { id: '301', when: 'just new enough', change: onServer({ rsync: 'rsync  version 3.1.0  protocol version 31' }), outcome: 'met' },
  { id: '301', when: 'a v before the version', change: onServer({ rsync: 'rsync  version v3.4.1  protocol version 32' }), outcome: 'met' },
  {
    id: '301',
    when: 'a release candidate of the oldest that will do',
    change: onServer({ rsync: 'rsync  version 3.1.0pre12  protocol version 31' }),
    outcome: 'not-met',
    says: [/found 3\.1\.0pre12\./],
  },
  {
    id: '301',
    when: 'a release candidate of a newer one',
    change: onServer({ rsync: 'rsync  version 3.3.0pre1  protocol version 31' }),
    outcome: 'met',
  },
  {
    id: '301',
    when: 'not executable',
    change: onServer({ rsync: { exitCode: 126, stderr: "timeout: failed to run command 'rsync': Permission denied" } }),
    outcome: 'not-met',
    says: [/does not run \(exit 126\)/, /Permission denied/],
  },
  {
    id: '301',
    when: 'a library is missing',
    change: onServer({ rsync: { exitCode: 127, stderr: loader } }),
    outcome: 'not-met',
    says: [/does not run/, /libpopt\.so\.0/],
  },
  {
    id: '301',
    when: 'it crashes',
    change: onServer({ rsync: { exitCode: 139, stderr: '\n  timeout: the monitored command dumped core\nand more\n' } }),
    outcome: 'not-met',
    says: [/does not run \(exit 139\): timeout: the monitored command dumped core\. Repair/],
  },
  {
    id: '301',
    when: 'a library does not fit',
    change: onServer({ rsync: { exitCode: 127, stderr: 'rsync: symbol lookup error: rsync: no symbol poptGetContext' } }),
    outcome: 'not-met',
    says: [/does not run/, /symbol lookup error/],
  },
  {
    id: '301',
    when: 'it is killed',
    change: onServer({ rsync: { exitCode: 137, seconds: 0.1 } }),
    outcome: 'not-met',
    says: [/does not run \(exit 137\)/],
  },
  {
    id: '301',
    when: 'it did not answer, nor end when told to',
    change: onServer({ rsync: { exitCode: 137, seconds: 32 } }),
    outcome: 'undetermined',
    says: [/no answer/],
  },
  { id: '301', when: 'it names no version', change: onServer({ rsync: 'hello' }), outcome: 'not-met', says: [/names no version/] },
  {
    id: '301',
    when: 'it does not answer',
    change: onServer({ rsync: { exitCode: 124, seconds: 30 } }),
    outcome: 'undetermined',
    says: [/no answer.*within 30 s/, /ssh backup01/],
  },
  {
    id: '301',
    when: 'it was not asked',
    change: onServer({ rsync: undefined }),
    outcome: 'undetermined',
    says: [/backup01/, /ssh backup01/],
  },
  {
    id: '301',
    when: 'newer is declared',
    change: site({ programs: { rsync: '3.3', qemu_img: '2.5' } }),
    outcome: 'not-met',
    says: [/rsync 3\.3 or newer, found 3\.2\.7/],
  },
  {
    id: '301',
    when: 'it does not answer, nor end when told to, exactly at its deadline',
    change: onServer({ rsync: { exitCode: 137, seconds: 30 } }),
    outcome: 'undetermined',
  },
  {
    id: '301',
    when: 'it answers at the last moment',
    change: onServer({ rsync: { stdout: 'rsync  version 3.2.7  protocol version 31', seconds: 30 } }),
    outcome: 'met',
  },
  {
    id: '301',
    when: 'another program speaks of it',
    change: onServer({ rsync: 'a wrapper of rsync  version 3.2.7' }),
    outcome: 'not-met',
    says: [/names no version/],
  },
  {
    id: '302',
    when: 'missing',
    change: onServer({ 'qemu-img': { exitCode: 127, stderr: "timeout: failed to run command 'qemu-img': No such file or directory" } }),
    outcome: 'not-met',
    says: [/expected qemu-img 2\.5 or newer/, /Install the package qemu-utils on backup01/],
  },
  {
    id: '302',
    when: 'too old',
    change: onServer({ 'qemu-img': 'qemu-img version 2.0.0, Copyright' }),
    outcome: 'not-met',
    says: [/found 2\.0\.0/],
  },
  {
    id: '302',
    when: 'as CentOS prints it',
    change: onServer({ 'qemu-img': 'qemu-img version 9.1.0 (qemu-kvm-9.1.0-15.el9)\nCopyright' }),
    outcome: 'met',
  },
  {
    id: '302',
    when: 'another program speaks of it',
    change: onServer({ 'qemu-img': 'a wrapper of qemu-img version 9.1.0' }),
    outcome: 'not-met',
    says: [/names no version/],
  },
  {
    id: '303',
    when: 'rsync is missing',
    machine: kvm01,
    change: onKvm01({}, { rsync: { exitCode: 127 } }),
    outcome: 'not-met',
    says: [/kvm01\.example\.net: expected rsync/, /Install the package rsync on kvm01/],
  },
  {
    id: '303',
    when: 'qemu-img is missing',
    machine: kvm01,
    change: onKvm01({}, { 'qemu-img': { exitCode: 127 } }),
    outcome: 'not-met',
    says: [/kvm01\.example\.net: expected qemu-img/, /qemu-utils/],
  },
  {
    id: '303',
    when: 'both are missing',
    machine: kvm01,
    change: onKvm01({}, { rsync: { exitCode: 127 }, 'qemu-img': { exitCode: 127 } }),
    outcome: 'not-met',
    says: [/expected rsync/, /expected qemu-img/],
  },
  {
    id: '303',
    when: 'rsync is let in, and answered by something else',
    machine: kvm01,
    change: onKvm01({}, { handshake: { exitCode: 12, stderr: 'Authenticated to backup01 ([::1]:22).\nnot for you\nrsync: closed' } }),
    outcome: 'not-met',
    says: [/kvm01\.example\.net → backup01\.example\.net: expected rsync to be answered/, /“not for you”/, /then try it there: handshake$/],
  },
  {
    id: '303',
    when: 'rsync says nothing of why it was not answered',
    machine: kvm01,
    change: onKvm01({}, { handshake: { exitCode: 12 } }),
    outcome: 'not-met',
    says: [/“exit 12”/],
  },
  {
    id: '303',
    when: 'rsync is let in, and not answered in time',
    machine: kvm01,
    change: onKvm01({}, { handshake: { exitCode: 124, seconds: 25 } }),
    outcome: 'undetermined',
    says: [/expected rsync to be answered by rsync, found: no answer within 25 s/],
  },
  {
    id: '303',
    when: 'rsync is let in, and its connection is cut',
    machine: kvm01,
    change: onKvm01({ login: login(kvm01, { evidence: [closed] }) }, { handshake: { exitCode: 12 } }),
    outcome: 'undetermined',
    says: [/found: Connection to backup01 closed by remote host\. Try it/],
  },
  {
    id: '303',
    when: 'rsync ends early, and the plain login after it is cut',
    machine: kvm01,
    change: onKvm01(
      {
        login: login(kvm01, {
          evidence: [evidence({ exitCode: 12 }), closed],
        }),
      },
      { handshake: { exitCode: 12 } },
    ),
    outcome: 'undetermined',
    says: [/found: Connection to backup01 closed by remote host\. Try it/],
  },
  {
    id: '303',
    when: 'rsync is turned away before its login, and the plain login after it is not',
    machine: kvm01,
    change: onKvm01({}, { handshake: { exitCode: 255, stderr: 'kex_exchange_identification: Connection closed by remote host' } }),
    outcome: 'undetermined',
    says: [/found: kex_exchange_identification: Connection closed by remote host\. Try it/],
  },
  {
    id: '303',
    when: 'rsync is refused, and the plain login after it is not',
    machine: kvm01,
    change: onKvm01({}, { handshake: { exitCode: 255, stderr: 'ssh: connect to host backup01 port 2222: Connection refused' } }),
    outcome: 'not-met',
    says: [/“ssh: connect to host backup01 port 2222: Connection refused”/],
  },
  {
    id: '303',
    when: 'rsync is missing, and so is not answered',
    machine: kvm01,
    change: onKvm01({}, { rsync: { exitCode: 127 }, handshake: { exitCode: 127 } }),
    outcome: 'not-met',
    says: [/^(?!.*to be answered).*expected rsync/],
  },
  {
    id: '303',
    when: 'rsync lists what is in the directory, but not the directory',
    machine: kvm01,
    change: onKvm01({}, { handshake: { exitCode: 23, stdout: 'drwxr-xr-x 4096 2026/11/23 09:10:00 .snapshots\nit ended .\n' } }),
    outcome: 'not-met',
    says: [/“exit 23”/],
  },
  {
    id: '303',
    when: 'rsync is content with a list of nothing',
    machine: kvm01,
    change: onKvm01({}, { handshake: { stdout: '' } }),
    outcome: 'met',
  },
  {
    id: '303',
    when: 'rsync lists the directory, and not all that is in it',
    machine: kvm01,
    change: onKvm01({}, { handshake: { exitCode: 23, stdout: 'drwxr-xr-x 4096 2026/11/23 09:10:00 .\n', stderr: 'stale' } }),
    outcome: 'met',
  },
  {
    id: '303',
    when: 'a hypervisor was not let in at the backup server, which is BDS-102’s',
    machine: kvm01,
    change: onKvm01(
      { login: login(kvm01, { failure: failure('refused', 'Permission denied (publickey).') }) },
      { handshake: { exitCode: 255 } },
    ),
    outcome: 'met',
  },
  {
    id: '303',
    when: 'rsync is greeted with something else, which is BDS-104’s',
    machine: kvm01,
    change: onKvm01({}, { handshake: { exitCode: 2, stderr: 'protocol version mismatch -- is your shell clean?' } }),
    outcome: 'met',
  },
  {
    id: '303',
    when: 'one is missing, one does not answer',
    machine: kvm01,
    change: onKvm01({}, { rsync: { exitCode: 127 }, 'qemu-img': { exitCode: 124 } }),
    outcome: 'not-met',
    says: [/expected rsync/],
  },
  // 304
  {
    id: '304',
    when: 'a program is missing on a host',
    machine: kvm01,
    change: onKvm01({}, { programs: 'virsh' }),
    outcome: 'not-met',
    says: [/kvm01/, /virsh \(package libvirt-clients; /, /Install them on kvm01/],
  },
  {
    id: '304',
    when: 'a program is missing on the front-end',
    machine: 'frontend01.example.net',
    change: onFrontend({ programs: 'curl\nmd5sum' }),
    outcome: 'not-met',
    says: [/frontend01/, /curl/, /md5sum/],
  },
  {
    id: '304',
    when: 'jq is missing, nobody keeps increments',
    machine: 'backup01.example.net',
    change: onServer({ programs: 'jq' }),
    outcome: 'met',
    note: /jq/,
  },
  {
    id: '304',
    when: 'jq is missing, and vm1 keeps increments',
    machine: 'backup01.example.net',
    change: both(increments, onServer({ programs: 'jq' })),
    outcome: 'not-met',
    says: [/backup01/, /jq/, /vm1 \(1\)/],
  },
  {
    id: '304',
    when: 'nbdinfo is missing, and vm1 keeps increments',
    machine: kvm01,
    change: both(increments, onKvm01({}, { programs: 'nbdinfo' })),
    outcome: 'not-met',
    says: [/nbdinfo \(package libnbd-bin/],
  },
  {
    id: '304',
    when: 'qemu-nbd is missing, and vm1, which runs, keeps increments',
    machine: kvm01,
    change: both(increments, onKvm01({}, { programs: 'qemu-nbd' })),
    outcome: 'met',
    note: /only once one that keeps increments is powered off: qemu-nbd/,
  },
  {
    id: '304',
    when: 'qemu-nbd is missing, and vm1, which is powered off, keeps increments',
    machine: kvm01,
    change: both(
      frontend({ virtualMachines: { value: [virtualMachine({ id: '1', name: 'vm1', keepsIncrements: true, poweredOff: true })] } }),
      onKvm01({}, { programs: 'qemu-nbd' }),
    ),
    outcome: 'not-met',
    says: [/qemu-nbd/, /vm1 \(1\)/],
  },
  {
    id: '304',
    when: 'it was not asked',
    machine: kvm01,
    change: onKvm01({}, { programs: undefined }),
    outcome: 'undetermined',
    says: [/kvm01/],
  },
  {
    id: '304',
    when: 'it does not answer',
    machine: kvm01,
    change: onKvm01({}, { programs: { exitCode: 124 } }),
    outcome: 'undetermined',
    says: [/kvm01/],
  },
  {
    id: '304',
    when: 'the question fails',
    machine: kvm01,
    change: onKvm01({}, { programs: { exitCode: 1, stderr: 'bash: out of memory' } }),
    outcome: 'undetermined',
    says: [/programs: exit 1: bash: out of memory/],
  },
  {
    id: '304',
    when: 'df and jq are missing, and vm1 keeps increments',
    machine: 'backup01.example.net',
    change: both(increments, onServer({ programs: 'df\njq' })),
    outcome: 'not-met',
    says: [/df \(package coreutils; .*\), jq \(package jq; .*Increments are kept by vm1 \(1\)\.$/],
  },
  {
    id: '304',
    when: 'jq is missing, and five keep increments: all are named',
    machine: 'backup01.example.net',
    change: both(keepers(5), onServer({ programs: 'jq' })),
    outcome: 'not-met',
    says: [/kept by vm1 \(1\); vm2 \(2\); vm3 \(3\); vm4 \(4\); vm5 \(5\)\.$/],
  },
  {
    id: '304',
    when: 'jq is missing, and seven keep increments: five are named',
    machine: 'backup01.example.net',
    change: both(keepers(7), onServer({ programs: 'jq' })),
    outcome: 'not-met',
    says: [/vm5 \(5\); and 2 more\.$/],
  },
  // 402
  {
    id: '402',
    when: 'another type',
    change: saved({ type: 'img' }),
    outcome: 'not-met',
    says: [/frontend01/, /TYPE bck, DS rsync, TM -, STAT on/, /datastore 100 with TYPE img/, /onedatastore show 100/],
  },
  { id: '402', when: 'another driver', change: saved({ dsMad: 'restic' }), outcome: 'not-met', says: [/DS restic/] },
  { id: '402', when: 'another transfer driver', change: saved({ tmMad: 'local' }), outcome: 'not-met', says: [/TM local/] },
  { id: '402', when: 'off', change: saved({ state: 'off' }), outcome: 'not-met', says: [/STAT off/] },
  {
    id: '402',
    when: 'no backup datastore',
    change: frontend({ datastores: { value: [datastore({ name: 'files', type: 'fil' })] } }),
    outcome: 'not-met',
    says: [/“rsync Backups”/, /no backup datastore at all/, /onedatastore create/],
  },
  {
    id: '402',
    when: 'another backup datastore',
    change: saved({ name: 'rsync backups' }),
    outcome: 'not-met',
    says: [/backup datastores “rsync backups”/],
  },
  {
    id: '402',
    when: 'two other backup datastores',
    change: frontend({ datastores: { value: [datastore({ name: 'a' }), datastore({ name: 'b', dsMad: 'restic' })] } }),
    outcome: 'not-met',
    says: [/backup datastores “a”, “b”\./],
  },
  {
    id: '402',
    when: 'the list is empty',
    change: frontend({ datastores: { value: [] } }),
    outcome: 'not-met',
    says: [/no backup datastore at all/],
  },
  { id: '402', when: 'it is there', change: () => ({}), outcome: 'met', note: /STAT on proves nothing/ },
  // 403
  {
    id: '403',
    when: 'another user',
    change: template({ RSYNC_USER: ['root'] }),
    outcome: 'not-met',
    says: [/datastore 100/, /“oneadmin”/, /found RSYNC_USER “root”/, /onedatastore update 100/],
  },
  {
    id: '403',
    when: 'another server',
    change: both(template({ RSYNC_HOST: ['backup02'] }), server({ savedHost: login('frontend01.example.net', { hostKey: otherKey }) })),
    outcome: 'not-met',
    says: [/“backup01\.example\.net”/, /found RSYNC_HOST “backup02”, which does not show the same host key/, /onedatastore update 100/],
    rests: ['datastores', 'ssh'],
  },
  {
    id: '403',
    when: 'another server that nobody knows',
    change: both(
      template({ RSYNC_HOST: ['backup02'] }),
      server({ savedHost: unseen('refused', 'ssh: Could not resolve hostname backup02: Name or service not known') }),
    ),
    outcome: 'not-met',
    says: [/does not show the same host key: ssh: Could not resolve hostname/],
  },
  {
    id: '403',
    when: 'another server that is silent',
    change: both(template({ RSYNC_HOST: ['backup02'] }), server({ savedHost: unseen('silent', 'Connection timed out') })),
    outcome: 'undetermined',
    says: [/“backup02”, whose host key could not be looked at: Connection timed out/],
  },
  {
    id: '403',
    when: 'another name, and the declared server is silent',
    change: both(
      template({ RSYNC_HOST: ['backup02'] }),
      server({ savedHost: login('frontend01.example.net'), login: unseen('silent', 'Connection timed out') }),
    ),
    outcome: 'undetermined',
    says: [/“backup02”, and no host key of backup01\.example\.net to compare/, /BDS-101/],
  },
  {
    id: '403',
    when: 'another name, which a hypervisor does not know',
    change: savedAsBackup({
      savedLogin: login(kvm01, { to: 'backup', failure: failure('refused', 'ssh: Could not resolve hostname backup.') }),
    }),
    outcome: 'not-met',
    says: [
      /the same server to the front-end, but not to every hypervisor: kvm01\.example\.net: ssh: Could not resolve hostname backup\. Make/,
    ],
    rests: ['datastores', 'ssh', 'ssh'],
  },
  {
    id: '403',
    when: 'another name, by which a hypervisor hears nothing',
    change: savedAsBackup({ savedLogin: login(kvm01, { to: 'backup', failure: failure('silent', 'timed out') }) }),
    outcome: 'undetermined',
    says: [/kvm01\.example\.net: timed out\. Make/],
  },
  {
    id: '403',
    when: 'another name, which is another server to a hypervisor',
    change: savedAsBackup({ savedLogin: login(kvm01, { to: 'backup', hostKey: otherKey }) }),
    outcome: 'not-met',
    says: [/kvm01\.example\.net: backup shows another host key\./],
  },
  {
    id: '403',
    when: 'another name, by which a hypervisor is shown a key of another type',
    change: savedAsBackup({ savedLogin: login(kvm01, { to: 'backup', hostKey: { ...otherKey, type: 'ssh-rsa' } }) }),
    outcome: 'undetermined',
    says: [/but perhaps not to every hypervisor: kvm01\.example\.net: backup shows no host key that could be compared with backup01/],
  },
  {
    id: '403',
    when: 'another name, by which a hypervisor is shown a key of another type, as by the declared one',
    change: savedAsBackup({
      login: login(kvm01, { hostKey: { ...otherKey, type: 'ssh-rsa' } }),
      savedLogin: login(kvm01, { to: 'backup', hostKey: { ...otherKey, type: 'ssh-rsa' } }),
    }),
    outcome: 'met',
    note: /shows the same host key/,
  },
  ...[otherKey, undefined].map((hostKey) => ({
    id: '403',
    when: `another name, by which a hypervisor is led to the declared server; by the declared one it ${hostKey ? 'is led astray' : 'saw no key'}`,
    change: savedAsBackup({ login: login(kvm01, { hostKey }), savedLogin: login(kvm01, { to: 'backup' }) }),
    outcome: 'met' as const,
    note: /shows the same host key/,
  })),
  {
    id: '403',
    when: 'another name, by which a hypervisor is let in and tells of no host key',
    change: savedAsBackup({ savedLogin: login(kvm01, { to: 'backup', hostKey: undefined }) }),
    outcome: 'undetermined',
    says: [/shows no host key that could be compared/],
  },
  {
    id: '403',
    when: 'another name, which a hypervisor knows',
    change: savedAsBackup({ savedLogin: login(kvm01, { to: 'backup' }) }),
    outcome: 'met',
    note: /saved as “backup”, which shows the same host key/,
  },
  {
    id: '403',
    when: 'another name, which shows a key of another type',
    change: both(
      template({ RSYNC_HOST: ['backup02'] }),
      server({ savedHost: login('frontend01.example.net', { hostKey: { ...otherKey, type: 'ssh-rsa' } }) }),
    ),
    outcome: 'undetermined',
    says: [/key of type ssh-rsa/, /cannot be told/],
  },
  {
    id: '403',
    when: 'another name of the same server',
    change: both(template({ RSYNC_HOST: ['backup01'] }), server({ savedHost: login('frontend01.example.net') })),
    outcome: 'met',
    note: /“backup01”.*same host key/,
  },
  {
    id: '403',
    when: 'an IPv6 literal',
    change: template({ RSYNC_HOST: ['2001:db8::1'] }),
    outcome: 'not-met',
    says: [/IPv6 literal “2001:db8::1”/, /Give the server a name/],
  },
  {
    id: '403',
    when: 'an IPv6 literal that is declared, too',
    change: both(declared({ rsync_host: '2001:db8::1' }), template({ RSYNC_HOST: ['2001:db8::1'] })),
    outcome: 'not-met',
    says: [/IPv6 literal/],
  },
  { id: '403', when: 'neither is saved', change: saved({ template: {} }), outcome: 'not-met', says: [/found no RSYNC_USER\./] },
  {
    id: '403',
    when: 'another server that denies us its key',
    change: both(template({ RSYNC_HOST: ['backup02'] }), server({ savedHost: unseen('refused', 'Host key verification failed.') })),
    outcome: 'not-met',
    says: [/does not show the same host key/],
  },
  { id: '403', when: 'no server', change: template({ RSYNC_HOST: [] }), outcome: 'not-met', says: [/no RSYNC_HOST/] },
  {
    id: '403',
    when: 'what is no name of a machine',
    change: template({ RSYNC_HOST: ['-oProxyCommand=id'] }),
    outcome: 'not-met',
    says: [/found RSYNC_HOST “-oProxyCommand=id”, which is no name of a machine/],
  },
  // 404
  {
    id: '404',
    when: 'an attribute that nobody declared',
    change: template({ RSYNC_ARGS: ['-a'] }),
    outcome: 'not-met',
    says: [/datastore 100/, /RSYNC_ARGS is “-a”, expected none/, /onedatastore update 100/],
  },
  {
    id: '404',
    when: 'a declared one',
    change: both(template({ RSYNC_ARGS: ['-a'] }), declared({ template: { RSYNC_ARGS: '-a' } })),
    outcome: 'met',
  },
  {
    id: '404',
    when: 'a declared one is missing',
    change: declared({ template: { RSYNC_TMP_DIR: '/srv/tmp' } }),
    outcome: 'not-met',
    says: [/RSYNC_TMP_DIR is missing, expected “\/srv\/tmp”/],
  },
  {
    id: '404',
    when: 'two differ',
    change: template({ TM_MAD: ['local'], LIMIT_MB: ['10'] }),
    outcome: 'not-met',
    says: [/TM_MAD is “local”, expected “-”/, /LIMIT_MB is “10”/],
  },
  { id: '404', when: 'TM_MAD was left out', change: template({ TM_MAD: [] }), outcome: 'met' },
  {
    id: '404',
    when: 'an attribute is there twice: both are shown',
    change: template({ RSYNC_ARGS: ['-a', '-z'] }),
    outcome: 'not-met',
    says: [/RSYNC_ARGS is “-a -z”, expected none/],
  },
  // The driver reads the text of an attribute; there is none in one that has parts of its own.
  { id: '404', when: 'an attribute that has parts', change: template({ RSYNC_ARGS: [{ A: ['b'] }] }), outcome: 'met' },
  // 405
  {
    id: '405',
    when: 'TOTAL_MB is 0',
    change: saved({ totalMb: 0, freeMb: 0 }),
    outcome: 'not-met',
    says: [/datastore 100/, /backup01/, /TOTAL_MB 0/, /oned\.log/],
  },
  { id: '405', when: 'TOTAL_MB is no number', change: saved({ totalMb: Number.NaN }), outcome: 'not-met', says: [/TOTAL_MB/] },
  { id: '405', when: 'FREE_MB is no number', change: saved({ freeMb: Number.NaN }), outcome: 'not-met', says: [/no number for FREE_MB/] },
  { id: '405', when: 'TOTAL_MB is 1 % off', change: both(saved({ totalMb: 10_100, freeMb: 5000 }), tenGb), outcome: 'met' },
  {
    id: '405',
    when: 'TOTAL_MB is more than 1 % off',
    change: both(saved({ totalMb: 10_101, freeMb: 5000 }), tenGb),
    outcome: 'not-met',
    says: [/TOTAL_MB 10101 where the server has 10000/],
  },
  { id: '405', when: 'FREE_MB is 5 % off', change: both(saved({ totalMb: 100_000, freeMb: 42_000 }), hundredGb), outcome: 'met' },
  {
    id: '405',
    when: 'FREE_MB is more than 5 % off',
    change: both(saved({ totalMb: 100_000, freeMb: 42_001 }), hundredGb),
    outcome: 'not-met',
    says: [/FREE_MB 42001 where the server has 40000/],
  },
  {
    id: '405',
    when: 'on a small volume 1 GiB is near enough',
    change: both(saved({ totalMb: 10_000, freeMb: 5000 - 1024 }), tenGb),
    outcome: 'met',
  },
  {
    id: '405',
    when: 'on a small volume FREE_MB is more than 1 GiB off',
    change: both(saved({ totalMb: 10_000, freeMb: 5000 - 1025 }), tenGb),
    outcome: 'not-met',
    says: [/FREE_MB 3975 where the server has 5000/],
  },
  {
    id: '405',
    when: 'neither is a number',
    change: saved({ totalMb: Number.NaN, freeMb: Number.NaN }),
    outcome: 'not-met',
    says: [/no number for TOTAL_MB and FREE_MB/],
    rests: ['datastores', 'space'],
  },
  {
    id: '405',
    when: 'the figures of the server are not in their form',
    change: onServer({ space: 'lots of room' }),
    outcome: 'undetermined',
    says: [/space: exit 0: lots of room/],
  },
  { id: '405', when: 'the server does not say', change: onServer({ space: undefined }), outcome: 'undetermined', says: [/backup01/] },
  // 406
  {
    id: '406',
    when: 'rejected',
    change: scheduled({ message: 'Error: no such datastore.' }),
    outcome: 'not-met',
    says: [/vm7 \(7\), action 3: rejected: Error: no such datastore/, /onevm sched-delete 7 3/],
  },
  {
    id: '406',
    when: 'overdue by 16 minutes',
    change: scheduled({ time: 1_795_409_972 - 16 * 60 }),
    outcome: 'not-met',
    says: [/vm7 \(7\), action 3: overdue by 16 minutes\./],
    rests: ['virtual-machines', 'now'],
  },
  { id: '406', when: 'due 15 minutes ago', change: scheduled({ time: 1_795_409_972 - 15 * 60 }), outcome: 'met' },
  { id: '406', when: 'due 14 minutes ago', change: scheduled({ time: 1_795_409_972 - 14 * 60 }), outcome: 'met' },
  { id: '406', when: 'due tomorrow', change: scheduled({ time: 1_795_409_972 + 86_400 }), outcome: 'met' },
  { id: '406', when: 'dispatched long ago', change: scheduled({ time: 0, dispatched: true }), outcome: 'met' },
  { id: '406', when: 'stuck to another datastore', change: scheduled({ datastoreId: '101', message: 'Error' }), outcome: 'met' },
  {
    id: '406',
    when: 'the front-end’s clock was not told',
    change: both(
      both(scheduled({ time: 1 }), frontend({ now: Number.NaN })),
      onFrontend({ now: { exitCode: 1, stderr: 'date: no clock' } }),
    ),
    outcome: 'undetermined',
    says: [/frontend01.*now: exit 1: date: no clock/],
    rests: ['now'],
  },

  // An answer counts where all of it reads as what was asked for.
  ...[
    ['103', 'the agent’s list begins with a line that is none of a key', onFrontend({ agent: `Loaded.\n${agentKey}` }), 'met'],
    ['103', 'the agent’s list holds no key, but something like one', onFrontend({ agent: `at ${agentKey}` }), 'undetermined'],
    ['201', 'what find says is no line of its own', onServer({ directory: 'hello' }), 'undetermined'],
    ['201', 'find speaks of another place', onServer({ directory: 'yes\td\toneadmin\toneadmin\t755\t/elsewhere' }), 'undetermined'],
    ['201', 'what find says of the own directories is cut short', onServer({ 'own-directories': 'yes\td\toneadmin' }), 'undetermined'],
    [
      '201',
      'there are no own directories yet',
      both(frontend({ datastores: { value: [] } }), onServer({ 'own-directories': undefined })),
      'met',
    ],
    ['203', 'a line of stat is none of a device', onServer({ devices: `65024\t/\nhello\n65025\t${path}` }), 'undetermined'],
    ['203', 'a device has more than a number', onServer({ devices: `65024\t/\nx65025\t${path}` }), 'undetermined'],
    ['203', 'a line of stat ends as nowhere on Linux', onServer({ devices: `65024\t/\n65025\t${path}\r` }), 'undetermined'],
    ['203', 'stat tells of / twice', onServer({ devices: `65024\t/\n65030\t/\n65025\t${path}` }), 'undetermined'],
    ['203', 'what stat says ends with an empty line', onServer({ devices: `65024\t/\n65025\t${path}\n` }), 'met'],
    [
      '203',
      'stat says more than that it may not look',
      onServer({ devices: { exitCode: 1, stdout: `65024\t/\n65025\t${path}`, stderr: 'stat: Permission denied by a rule' } }),
      'undetermined',
    ],
    ['203', 'a line of df is none of a mount', onServer({ mount: `${mounts}\nhello` }), 'undetermined'],
    ['203', 'a mount of df does not begin with its place', onServer({ mount: `${mounts}\nat ${path} /dev/sdb1 ext4` }), 'undetermined'],
    ['203', 'a mount of df has a type that is none', onServer({ mount: `${mounts}\n${path} /dev/sdb1 ext4!` }), 'undetermined'],
    ['203', 'what df says ends with an empty line', onServer({ mount: `${mounts}\n${path} /dev/sdb1 ext4\n` }), 'met'],
    ['203', 'df tells of / alone', onServer({ mount: 'Mounted on Filesystem Type\n/ /dev/sda2 btrfs' }), 'met'],
    ['204', 'room is told of in three places', onServer({ space: [room, room, room].join('\n') }), 'undetermined'],
    ['204', 'room is told of in one place', onServer({ space: room }), 'undetermined'],
    ['301', 'its version stands behind two blanks', onServer({ rsync: 'rsync  version  3.2.7' }), 'met'],
    ['301', 'its version has numbers of two digits', onServer({ rsync: 'rsync  version 10.12.14' }), 'met'],
    ['302', 'its version has numbers of two digits', onServer({ 'qemu-img': 'qemu-img version 10.12.14' }), 'met'],
    ['405', 'FREE_MB is below nothing', both(saved({ totalMb: 10_000, freeMb: -1 }), almostFull), 'not-met'],
    ['405', 'FREE_MB is nothing, and there is almost nothing', both(saved({ totalMb: 10_000, freeMb: 0 }), almostFull), 'met'],
  ].map(([id, when, change, outcome]) => ({ id, when, change, outcome }) as Row),
  {
    id: '203',
    when: 'it lies on /var, and df sets its columns apart',
    change: onServer({ mount: 'Mounted on   Filesystem     Type\n/            /dev/sda2      ext4\n/var         /dev/sdb1      ext4' }),
    outcome: 'met',
    note: /mounted at \/var,/,
  },
  {
    id: '304',
    when: 'a name in the answer is none that was asked for',
    machine: kvm01,
    change: onKvm01({}, { programs: 'hello' }),
    outcome: 'undetermined',
    says: [/expected the programs that the driver calls there/],
  },
];

test('BDS-106, a host declared by its short name: not met under either name, and each says the other', () => {
  const judgements = judge('106', after(site({ hosts: [kvm01, 'kvm02'] }))).filter(({ outcome }) => outcome === 'not-met');
  assert.deepEqual(
    judgements.map(({ machine, reason }) => [machine, reason.replace(/^.*(too|missing)\. /, '')]),
    [
      ['kvm02.example.net', 'The site file calls it kvm02: write kvm02.example.net there.'],
      ['kvm02', 'OpenNebula calls it kvm02.example.net: let the site file do so, too.'],
    ],
  );
});

describe('each check', () => {
  for (const { id, when, change, outcome, says = [], note, rests, machine } of rows) {
    test(`BDS-${id}, ${when}${machine ? ` (${machine})` : ''}: ${outcome}`, () => {
      const judgements = judge(id, after(change));
      const [judgement, ...same] = machine === undefined ? judgements : judgements.filter((each) => each.machine === machine);
      assert.ok(judgement);
      assert.deepEqual(same, []);
      assert.equal(judgement.outcome, outcome, judgement.reason);
      for (const text of says) assert.match(judgement.reason, text);
      assert.equal(judgement.reason === '', outcome === 'met', 'only what is met needs no reason');
      assert.doesNotMatch(judgement.reason, /undefined|NaN|null|\[object|\n| {2}found|“”,|found \.|found “”\./, 'a person is to read it');
      if (note) assert.match(judgement.note ?? '', note);
      else if (id !== '402') assert.equal(judgement.note, undefined);
      if (rests) assert.deepEqual(questions(judgement), rests);
      if (outcome === 'not-met' || outcome === 'undetermined')
        assert.ok(judgement.evidence.length > 0 || id === '106', 'it rests on evidence');
      for (const other of judgements.filter((each) => each !== judgement))
        assert.equal(other.outcome, 'met', `${other.machine}: ${other.reason}`);
    });
  }

  test('every check has a row for not met, and those that ask a machine one for undetermined', () => {
    for (const id of Object.keys(checks))
      assert.ok(
        rows.some((row) => row.id === id && row.outcome === 'not-met'),
        `BDS-${id}`,
      );
  });
});

/**
 * What a person reads, whole, one case of each sentence: where, what was expected, what was found, what to do next.
 * What is met has a note, if anything.
 */
const sentences: Readonly<Record<string, string>> = {
  'BDS-101, denied':
    "frontend01.example.net → backup01.example.net: expected a login as oneadmin without a password, found “oneadmin@backup01.example.net: Permission denied (publickey)”. Add the front-end's public key to ~oneadmin/.ssh/authorized_keys on backup01.example.net.",
  'BDS-101, sshd is down':
    'frontend01.example.net → backup01.example.net: expected a login as oneadmin without a password, found “ssh: connect to host backup01.example.net port 22: Connection refused”. Start sshd on backup01.example.net: systemctl start ssh',
  'BDS-101, the host key changed':
    'frontend01.example.net → backup01.example.net: expected a login as oneadmin without a password, found “Host key verification failed”. Compare the key backup01.example.net shows with the one in known_hosts on frontend01.example.net. If backup01.example.net was reinstalled, run there: ssh-keygen -R backup01.example.net. If none is known there yet, log in once by hand: ssh backup01.example.net',
  'BDS-101, the name is unknown':
    'frontend01.example.net → backup01.example.net: expected a login as oneadmin without a password, found “ssh: Could not resolve hostname backup01.example.net: Name or service not known”. Make the name backup01.example.net known on frontend01.example.net, in DNS or /etc/hosts.',
  'BDS-101, the name of a machine on the way is unknown':
    'frontend01.example.net → backup01.example.net: expected a login as oneadmin without a password, found “ssh: Could not resolve hostname jump.example.net: Name or service not known”. Make the name jump.example.net known on frontend01.example.net, in DNS or /etc/hosts. It is not backup01.example.net itself: the settings of ssh on frontend01.example.net name it (ssh -G backup01.example.net).',
  'BDS-101, it is silent':
    'frontend01.example.net → backup01.example.net: expected a login as oneadmin without a password, found “Connection timed out during banner exchange”. Is backup01.example.net up, and does a firewall let frontend01.example.net in on port 22?',
  'BDS-101, it was lost':
    'frontend01.example.net → backup01.example.net: expected a login as oneadmin without a password, found “kex_exchange_identification: read: Connection reset by peer”. Try it on frontend01.example.net: ssh oneadmin@backup01.example.net hostname',
  'BDS-101, the run was interrupted':
    'frontend01.example.net → backup01.example.net: expected a login as oneadmin without a password, found “the run was interrupted”. Run it again.',
  'BDS-102, denied':
    "kvm01.example.net → backup01.example.net: expected a login as oneadmin without a password, found “oneadmin@backup01.example.net: Permission denied (publickey)”. Add the front-end's public key to ~oneadmin/.ssh/authorized_keys on backup01.example.net, start opennebula-ssh-agent on the front-end, or allow agent forwarding on kvm01.example.net.",
  'BDS-102, the host denies the front-end':
    "frontend01.example.net → kvm01.example.net: expected a login as oneadmin without a password, found “oneadmin@kvm01.example.net: Permission denied (publickey)”. Add the front-end's public key to ~oneadmin/.ssh/authorized_keys on kvm01.example.net.",
  'BDS-102, the host lets in and answers nothing':
    'frontend01.example.net → kvm01.example.net: expected a login as oneadmin without a password, found “let us in, but did not answer”. Log in by hand and look: ssh kvm01.example.net',
  'BDS-103, the agent is not there':
    'frontend01.example.net: expected an SSH agent on /var/run/one/ssh-agent.sock with a key that backup01.example.net accepts, found none: Error connecting to agent: No such file or directory. Start it: systemctl start opennebula-ssh-agent',
  'BDS-103, two hosts have keys of their own':
    'frontend01.example.net: expected an SSH agent on /var/run/one/ssh-agent.sock with a key that backup01.example.net accepts, found none: Error connecting to agent: No such file or directory. kvm01.example.net, kvm02.example.net got in with a key of their own, which the driver does not rely on. Start it: systemctl start opennebula-ssh-agent',
  'BDS-103, the agent holds no key':
    'frontend01.example.net: expected an SSH agent on /var/run/one/ssh-agent.sock with a key that backup01.example.net accepts, found an agent that holds no key. Add it: SSH_AUTH_SOCK=/var/run/one/ssh-agent.sock ssh-add',
  'BDS-103, none of its keys is accepted':
    'frontend01.example.net: expected an SSH agent on /var/run/one/ssh-agent.sock with a key that backup01.example.net accepts, found an agent with keys, none of which is accepted: oneadmin@backup01.example.net: Permission denied (publickey). Add one of them to ~oneadmin/.ssh/authorized_keys on backup01.example.net.',
  'BDS-103, the server lets nobody in, and so cannot be asked':
    'The agent holds a key; whether backup01.example.net accepts it could not be asked (timed out).',
  'BDS-103, the agent does not answer':
    'frontend01.example.net: expected an SSH agent on /var/run/one/ssh-agent.sock with a key that backup01.example.net accepts, found no answer to “ssh-add -l” in time. Look at the agent: systemctl status opennebula-ssh-agent',
  'BDS-103, there is no ssh-add':
    'frontend01.example.net: expected an SSH agent on /var/run/one/ssh-agent.sock with a key that backup01.example.net accepts, but ssh-add is not on the front-end to ask it. Install openssh-client.',
  'BDS-104, the login prints':
    'backup01.example.net: expected a login as oneadmin without a terminal to print nothing of its own, found “Welcome to backup01”. rsync takes every such word for a part of its protocol, and the backup fails. Print it for terminals only: in ~/.bashrc, return early with  case $- in *i*) ;; *) return ;; esac',
  'BDS-104, rsync was greeted':
    'backup01.example.net: expected a login as oneadmin without a terminal to print nothing of its own, found that rsync from kvm01.example.net was greeted with something else. rsync takes every such word for a part of its protocol, and the backup fails. Print it for terminals only: in ~/.bashrc, return early with  case $- in *i*) ;; *) return ;; esac',
  'BDS-104, a hypervisor is noisy': 'kvm01.example.net: a login prints text of its own there, too. Backups succeed all the same.',
  'BDS-104, the server answers no question':
    'backup01.example.net: expected a login as oneadmin without a terminal to print nothing of its own, found no answer (bash: not found). Log in and look whether bash runs there: ssh backup01.example.net',
  'BDS-105, another key is known':
    'kvm01.example.net → backup01.example.net: expected the host key that is known on kvm01.example.net, found ssh-ed25519 SHA256:other, which is not. Compare it on backup01.example.net: ssh-keygen -lf <(cat /etc/ssh/ssh_host_*_key.pub). If it is right, replace the old one on kvm01.example.net: ssh-keygen -R backup01.example.net',
  'BDS-105, none is stored, and that passes':
    "kvm01.example.net does not have backup01.example.net's key yet; its settings take a new one unseen. OpenNebula's first login stores it.",
  'BDS-105, a machine sees another server':
    'kvm01.example.net → backup01.example.net: expected the host key that the other machines see, SHA256:right, found SHA256:other. Do all machines resolve backup01.example.net to the same server? Compare: getent hosts backup01.example.net',
  'BDS-105, no key exchange came about':
    "Not tried: kvm01.example.net did not get as far as backup01.example.net's host key, see BDS-101 and BDS-102.",
  'BDS-105, the host lets in and answers nothing': 'Not tried: kvm01.example.net did not answer, see BDS-102.',
  'BDS-106, none is declared': 'The site file declares no list of hosts (hosts: all), so there is nothing to compare with.',
  'BDS-106, one is missing in OpenNebula':
    "kvm03: expected in OpenNebula's list of hosts, as the site file declares, found it missing. Add it (onehost create kvm03), or take it out of the site file.",
  'BDS-106, one is not declared':
    'kvm02.example.net: expected only hosts that the site file declares, found this one, too. Add it to the site file, or remove it (onehost delete kvm02.example.net).',
  'BDS-106, one that is not declared is OFFLINE': 'kvm02.example.net is OFFLINE in OpenNebula.',
  'BDS-201, it is missing':
    'backup01.example.net: expected /var/lib/one/datastores to be a directory of oneadmin, found none. Mount the storage there, then: install -d -o oneadmin -g oneadmin -m 0775 /var/lib/one/datastores',
  'BDS-201, it cannot be reached':
    "backup01.example.net: expected /var/lib/one/datastores to be a directory of oneadmin, found “find: '/var/lib/one/datastores': Permission denied”. Let oneadmin enter the directories above it.",
  'BDS-201, it is a file':
    'backup01.example.net: expected /var/lib/one/datastores to be a directory of oneadmin, its group oneadmin, not writable for others, found: /var/lib/one/datastores is not a directory. On backup01.example.net: ls -ld /var/lib/one/datastores, then put a directory in its place',
  'BDS-201, it is a link to nothing':
    'backup01.example.net: expected /var/lib/one/datastores to be a directory of oneadmin, its group oneadmin, not writable for others, found: /var/lib/one/datastores is a symbolic link to nothing. On backup01.example.net: ls -l /var/lib/one/datastores, then put a directory in its place',
  'BDS-201, it belongs to root':
    'backup01.example.net: expected /var/lib/one/datastores to be a directory of oneadmin, its group oneadmin, not writable for others, found: /var/lib/one/datastores belongs to root:root. On backup01.example.net: chown oneadmin:oneadmin /var/lib/one/datastores',
  'BDS-201, its owner may not write':
    'backup01.example.net: expected /var/lib/one/datastores to be a directory of oneadmin, its group oneadmin, not writable for others, found: /var/lib/one/datastores has mode 0555, not all rights for its owner. On backup01.example.net: chmod u+rwx /var/lib/one/datastores',
  'BDS-201, everybody may write':
    'backup01.example.net: expected /var/lib/one/datastores to be a directory of oneadmin, its group oneadmin, not writable for others, found: /var/lib/one/datastores has mode 0777, writable for others. On backup01.example.net: chmod o-w /var/lib/one/datastores',
  'BDS-201, the mode is not the declared one':
    'backup01.example.net: expected /var/lib/one/datastores to be a directory of oneadmin, its group oneadmin, not writable for others, found: /var/lib/one/datastores has mode 0755, not 0750. On backup01.example.net: chmod 0750 /var/lib/one/datastores',
  'BDS-201, its file system is read-only':
    'backup01.example.net: expected /var/lib/one/datastores to be a directory of oneadmin, its group oneadmin, not writable for others, found: /var/lib/one/datastores cannot be written and entered by oneadmin, whatever its mode says. On backup01.example.net: findmnt -T /var/lib/one/datastores; getfacl /var/lib/one/datastores',
  'BDS-201, it is a symbolic link': 'Reached through a symbolic link: /var/lib/one/datastores -> /srv/backup.',
  'BDS-201, find is missing':
    "backup01.example.net: expected /var/lib/one/datastores to be a directory of oneadmin, found no answer (directory: exit 127: timeout: failed to run command 'find': No such file or directory). Log in and look: ssh backup01.example.net",
  'BDS-201, it does not answer':
    'backup01.example.net: expected /var/lib/one/datastores to be a directory of oneadmin, found no answer (directory: none within 30 s). Log in and look: ssh backup01.example.net',
  'BDS-203, it lies on /, and OpenNebula has not made its directory yet':
    'backup01.example.net: expected storage mounted at /var/lib/one/datastores, found it on the root file system: a backup that fills it stops the machine. Mount the storage there (findmnt -T /var/lib/one/datastores), or declare “mounted: false” if that is meant.',
  'BDS-203, it need not be mounted': 'The site file says that storage need not be a file system of its own (mounted: false).',
  'BDS-203, it lies on /var': 'Storage lies on the file system mounted at /var, which it shares with other data.',
  'BDS-203, it is not there': 'Not tried: /var/lib/one/datastores is not there on backup01.example.net, see BDS-201.',
  'BDS-203, stat does not answer, nor end when told to':
    'backup01.example.net: expected storage mounted at /var/lib/one/datastores, found no answer (devices: none within 32 s). Log in and look: ssh backup01.example.net',
  'BDS-204, all three are short':
    'backup01.example.net: /s has 9.0 % free, expected at least 10 %; /s has 4.0 % of its inodes free, expected at least 5 %; /var/tmp has 4.0 % free, expected at least 5 %. Make room, or enlarge the file system: df -h /s /var/tmp; inodes: df -i /s',
  'BDS-204, it was not answered':
    'backup01.example.net: expected room for backups, found no answer (space: exit 1: stat: x). Log in and look: ssh backup01.example.net',
  'BDS-205, it has two places, both of which are full':
    'kvm01.example.net: /d has 9.0 % free, expected at least 10 %; /e has 2.0 % free, expected at least 10 %. The driver copies the disks there before it sends them. Make room: df -h /d /e',
  'BDS-205, it tells of no place':
    'kvm01.example.net: expected room to stage a backup, found no answer (staging: exit 0). Log in and look: ssh kvm01.example.net',
  'BDS-301, missing':
    'backup01.example.net: expected rsync 3.1.0 or newer, found none: command not found. Install the package rsync on backup01.example.net.',
  'BDS-301, too old':
    'backup01.example.net: expected rsync 3.1.0 or newer, found 2.6.9. Repair or upgrade the package rsync on backup01.example.net.',
  'BDS-301, not executable':
    "backup01.example.net: expected rsync 3.1.0 or newer, found one that does not run (exit 126): timeout: failed to run command 'rsync': Permission denied. Repair or upgrade the package rsync on backup01.example.net.",
  'BDS-301, it is killed':
    'backup01.example.net: expected rsync 3.1.0 or newer, found one that does not run (exit 137). Repair or upgrade the package rsync on backup01.example.net.',
  'BDS-301, it names no version':
    'backup01.example.net: expected rsync 3.1.0 or newer, found a program that names no version. Repair or upgrade the package rsync on backup01.example.net.',
  'BDS-301, it does not answer':
    'backup01.example.net: expected rsync 3.1.0 or newer, found no answer to “rsync” within 30 s. Log in and look: ssh backup01.example.net',
  'BDS-301, it was not asked':
    'backup01.example.net: expected rsync 3.1.0 or newer, found no answer (exit 0). Log in and look whether bash runs there: ssh backup01.example.net',
  'BDS-302, missing':
    'backup01.example.net: expected qemu-img 2.5 or newer, found none: command not found. Install the package qemu-utils on backup01.example.net.',
  'BDS-303, both are missing':
    'kvm01.example.net: expected rsync 3.1.0 or newer, found none: command not found. Install the package rsync on kvm01.example.net. kvm01.example.net: expected qemu-img 2.5 or newer, found none: command not found. Install the package qemu-utils on kvm01.example.net.',
  'BDS-303, one is missing, one does not answer':
    'kvm01.example.net: expected rsync 3.1.0 or newer, found none: command not found. Install the package rsync on kvm01.example.net.',
  'BDS-304, df and jq are missing, and vm1 keeps increments':
    'backup01.example.net: expected the programs that the driver calls there, found missing: df (package coreutils; monitoring: it tells the free space), jq (package jq; flattening a chain of increments: without it the first flatten destroys the chain). Install them on backup01.example.net. Increments are kept by vm1 (1).',
  'BDS-304, a program is missing on a host':
    'kvm01.example.net: expected the programs that the driver calls there, found missing: virsh (package libvirt-clients; backup: freezes and copies the disks). Install them on kvm01.example.net.',
  'BDS-304, jq is missing, nobody keeps increments':
    'backup01.example.net: missing, but needed only once a virtual machine keeps increments: jq (package jq; flattening a chain of increments: without it the first flatten destroys the chain).',
  'BDS-304, qemu-nbd is missing, and vm1, which runs, keeps increments':
    'kvm01.example.net: missing, but needed only once one that keeps increments is powered off: qemu-nbd (package qemu-utils; incremental backup of a powered-off machine: it serves the disk).',
  'BDS-304, the question fails':
    'kvm01.example.net: expected the programs that the driver calls there, found no answer (programs: exit 1: bash: out of memory). Log in and look: ssh kvm01.example.net',
  'BDS-402, another type':
    'frontend01.example.net: expected a datastore “rsync Backups” with TYPE bck, DS rsync, TM -, STAT on, found datastore 100 with TYPE img, DS rsync, TM -, STAT on. Look at it: onedatastore show 100',
  'BDS-402, no backup datastore':
    'frontend01.example.net: expected a datastore “rsync Backups” with TYPE bck, DS rsync, TM -, STAT on, found no backup datastore at all. Register it: npx backup-compliance setup, or by hand from a template: onedatastore create',
  'BDS-402, two other backup datastores':
    'frontend01.example.net: expected a datastore “rsync Backups” with TYPE bck, DS rsync, TM -, STAT on, found backup datastores “a”, “b”. If one of these is meant, correct its name in the site file. Else register it: npx backup-compliance setup, or by hand from a template: onedatastore create',
  'BDS-402, it is there': 'STAT on proves nothing by itself: OpenNebula shows it for a server that is gone, too.',
  'BDS-403, another user':
    'datastore 100: expected RSYNC_USER “oneadmin” and RSYNC_HOST “backup01.example.net” as declared, found RSYNC_USER “root”. Correct the one that is wrong: onedatastore update 100, or the site file.',
  'BDS-403, another server':
    'datastore 100: expected RSYNC_USER “oneadmin” and RSYNC_HOST “backup01.example.net” as declared, found RSYNC_HOST “backup02”, which does not show the same host key. Correct the one that is wrong: onedatastore update 100, or the site file.',
  'BDS-403, another server that denies us its key':
    'datastore 100: expected RSYNC_USER “oneadmin” and RSYNC_HOST “backup01.example.net” as declared, found RSYNC_HOST “backup02”, which does not show the same host key: Host key verification failed. Correct the one that is wrong: onedatastore update 100, or the site file.',
  'BDS-403, another server that is silent':
    'datastore 100: expected RSYNC_USER “oneadmin” and RSYNC_HOST “backup01.example.net” as declared, found RSYNC_HOST “backup02”, whose host key could not be looked at: Connection timed out. Correct the one that is wrong: onedatastore update 100, or the site file.',
  'BDS-403, another name, and the declared server is silent':
    "datastore 100: expected RSYNC_USER “oneadmin” and RSYNC_HOST “backup01.example.net” as declared, found RSYNC_HOST “backup02”, and no host key of backup01.example.net to compare that one's with, see BDS-101. Correct the one that is wrong: onedatastore update 100, or the site file.",
  'BDS-403, another name, which shows a key of another type':
    'datastore 100: expected RSYNC_USER “oneadmin” and RSYNC_HOST “backup01.example.net” as declared, found RSYNC_HOST “backup02”, which shows a key of type ssh-rsa, where backup01.example.net shows one of type ssh-ed25519: whether they are the same server cannot be told. Correct the one that is wrong: onedatastore update 100, or the site file.',
  'BDS-403, another name of the same server':
    'OpenNebula has it saved as “backup01”, which shows the same host key as backup01.example.net.',
  'BDS-403, an IPv6 literal':
    'datastore 100: expected RSYNC_USER “oneadmin” and RSYNC_HOST “backup01.example.net” as declared, found the IPv6 literal “2001:db8::1”, which rsync and ssh want written in different ways. Give the server a name: onedatastore update 100',
  'BDS-403, no server':
    'datastore 100: expected RSYNC_USER “oneadmin” and RSYNC_HOST “backup01.example.net” as declared, found no RSYNC_HOST. Correct the one that is wrong: onedatastore update 100, or the site file.',
  'BDS-403, what is no name of a machine':
    'datastore 100: expected RSYNC_USER “oneadmin” and RSYNC_HOST “backup01.example.net” as declared, found RSYNC_HOST “-oProxyCommand=id”, which is no name of a machine. Correct the one that is wrong: onedatastore update 100, or the site file.',
  'BDS-404, two differ':
    'datastore 100: TM_MAD is “local”, expected “-”; LIMIT_MB is “10”, expected none. Correct it (onedatastore update 100), or declare it under datastore.template in the site file.',
  'BDS-404, a declared one is missing':
    'datastore 100: RSYNC_TMP_DIR is missing, expected “/srv/tmp”. Correct it (onedatastore update 100), or declare it under datastore.template in the site file.',
  'BDS-405, TOTAL_MB is 0':
    'datastore 100: expected the capacity that OpenNebula monitors to be that of backup01.example.net, found TOTAL_MB 0: its monitoring does not reach the server, though the list says “on”. OpenNebula asks every 300 s; if it stays so, read the monitoring of the datastore in /var/log/one/oned.log.',
  'BDS-405, TOTAL_MB is more than 1 % off':
    'datastore 100: expected the capacity that OpenNebula monitors to be that of backup01.example.net, found TOTAL_MB 10101 where the server has 10000. OpenNebula asks every 300 s; if it stays so, read the monitoring of the datastore in /var/log/one/oned.log.',
  'BDS-405, FREE_MB is more than 5 % off':
    'datastore 100: expected the capacity that OpenNebula monitors to be that of backup01.example.net, found FREE_MB 42001 where the server has 40000. OpenNebula asks every 300 s; if it stays so, read the monitoring of the datastore in /var/log/one/oned.log.',
  'BDS-405, neither is a number':
    'datastore 100: expected the capacity that OpenNebula monitors to be that of backup01.example.net, found no number for TOTAL_MB and FREE_MB. OpenNebula asks every 300 s; if it stays so, read the monitoring of the datastore in /var/log/one/oned.log.',
  'BDS-405, the server does not say':
    'datastore 100: expected the capacity that OpenNebula monitors to be that of backup01.example.net, found no answer (exit 0). Log in and look whether bash runs there: ssh backup01.example.net',
  'BDS-406, rejected':
    'datastore 100: expected no scheduled backup to be stuck, found vm7 (7), action 3: rejected: Error: no such datastore. It blocks all later ones of its virtual machine. Remove it, then schedule it anew: onevm sched-delete 7 3',
  'BDS-406, overdue by 16 minutes':
    'datastore 100: expected no scheduled backup to be stuck, found vm7 (7), action 3: overdue by 16 minutes. It blocks all later ones of its virtual machine. Remove it, then schedule it anew: onevm sched-delete 7 3',
  'BDS-406, the front-end’s clock was not told':
    'frontend01.example.net: expected the time, to tell whether a scheduled backup is overdue, found no answer (now: exit 1: date: no clock). Log in and look: ssh frontend01.example.net',
};

describe('each sentence, whole', () => {
  for (const [of, sentence] of Object.entries(sentences))
    test(of, () => {
      const row = rows.find(({ id, when }) => `BDS-${id}, ${when}` === of) ?? assert.fail('there is no such case');
      const judgement = judge(row.id, after(row.change)).find(({ machine }) => row.machine === undefined || machine === row.machine);
      assert.equal(judgement?.reason || judgement?.note, sentence);
    });
});

describe('versions', () => {
  for (const [a, b, sign] of [
    ['3.2.7', '3.1.0', 1],
    ['3.10', '3.9', 1],
    ['3.10', '3.1', 1],
    ['2.6.9', '3.1.0', -1],
    ['3.1', '3.1.0', 0],
    ['3.1.0', '3.1', 0],
    ['3.1.0.1', '3.1.0', 1],
    ['3.0.9', '3.1', -1],
    ['10', '9.9.9', 1],
    ['3.1.0', '3.1.0', 0],
    ['3.1.0pre1', '3.1.0', -1],
    ['3.1.0', '3.1.0pre1', 1],
    ['3.1.1pre1', '3.1.0', 1],
    ['3.1.1pre1', '3.1.2', -1],
    ['3.1.0pre1', '3.1.0pre1', 0],
    ['3.2.', '3.2', 0],
  ] as const) {
    test(`${a} is ${['older than', 'as old as', 'newer than'][sign + 1]} ${b}`, () =>
      assert.equal(Math.sign(programs.compareVersions(a, b)), sign));
  }
});
