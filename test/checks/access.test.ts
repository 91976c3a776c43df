import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentHoldsKey, frontendLogsIn, hostKeyIsKnown, hostsAreDeclared, hostsLogIn, loginIsQuiet } from '../../support/checks/access.ts';
import type { Failure } from '../../support/machines/shell.ts';
import { backup01, frontend01, host, login, looked, storedKey, unread } from '../made.ts';
import { kvm01, kvm02 } from '../worlds/world.ts';
import { both, type Change, cases, frontend, judge, met, onHosts, onKvm01, pool, server, site } from './cases.ts';

const failure = (kind: Failure['kind'], message: string, reason?: Failure['reason'], name?: string): Failure => ({
  ...{ kind, message },
  ...(reason && { reason }),
  ...(name !== undefined && { name }),
});
const denied = (to: string) => failure('refused', `oneadmin@${to}: Permission denied (publickey).`, 'denied');
const unknown = (name: string) =>
  failure('refused', `ssh: Could not resolve hostname ${name}: Name or service not known`, 'unknown-name', name);
const closed = (to: string) => failure('refused', `ssh: connect to host ${to} port 22: Connection refused`, 'port-closed');
const rekeyed = failure('refused', 'Host key verification failed.', 'host-key');
const late = failure('silent', 'Connection timed out during banner exchange');

const front = `${frontend01} → ${backup01}: expected a login as oneadmin without a password, found`;
const through = (why: Failure) => server({ login: login(frontend01, { failure: why }) });
met(frontendLogsIn, 'BDS-101 server', ['ssh']);
cases(
  frontendLogsIn,
  undefined,
  [
    ['denied', through(denied(backup01)), 'not-met', ['ssh']],
    ['sshd is down', through(closed(backup01)), 'not-met'],
    ['the host key changed', through(rekeyed), 'not-met'],
    ['the name is unknown', through(unknown(backup01)), 'not-met'],
    ['the name of a machine on the way is unknown', through(unknown('jump.example.net')), 'not-met'],
    ['it is silent', through(late), 'undetermined'],
    ['it was lost', through(failure('lost', 'kex_exchange_identification: read: Connection reset by peer', 'dropped')), 'undetermined'],
    ['the run was interrupted', through(failure('interrupted', 'the run was interrupted')), 'undetermined'],
  ],
  {
    denied: `${front} “oneadmin@${backup01}: Permission denied (publickey)”. Add the front-end's public key to ~oneadmin/.ssh/authorized_keys on ${backup01}.`,
    'sshd is down': `${front} “ssh: connect to host ${backup01} port 22: Connection refused”. Start sshd on ${backup01}: systemctl start ssh`,
    'the host key changed': `${front} “Host key verification failed”. Compare the key ${backup01} shows with the one in known_hosts on ${frontend01}. If ${backup01} was reinstalled, run there: ssh-keygen -R ${backup01}. If none is known there yet, log in once by hand: ssh ${backup01}`,
    'the name is unknown': `${front} “ssh: Could not resolve hostname ${backup01}: Name or service not known”. Make the name ${backup01} known on ${frontend01}, in DNS or /etc/hosts.`,
    'the name of a machine on the way is unknown': `${front} “ssh: Could not resolve hostname jump.example.net: Name or service not known”. Make the name jump.example.net known on ${frontend01}, in DNS or /etc/hosts. It is not ${backup01} itself: the settings of ssh on ${frontend01} name it (ssh -G ${backup01}).`,
    'it is silent': `${front} “Connection timed out during banner exchange”. Is ${backup01} up, and does a firewall let ${frontend01} in on port 22?`,
    'it was lost': `${front} “kex_exchange_identification: read: Connection reset by peer”. Try it on ${frontend01}: ssh oneadmin@${backup01} hostname`,
    'the run was interrupted': `${front} “the run was interrupted”. Run it again.`,
  },
);

const from01 = (why: Failure) => onKvm01({ login: login(kvm01, { failure: why }) });
/** The host did not come as far as the backup server. */
const shut = (why?: Failure) => onKvm01({ login: undefined, failure: why });
met(hostsLogIn, 'BDS-102 hosts', ['ssh']);
cases(
  hostsLogIn,
  kvm01,
  [
    ['denied', from01(denied(backup01)), 'not-met'],
    ['the host key is unknown there', from01(rekeyed), 'not-met', /known_hosts on kvm01/],
    ['the server is silent', from01(late), 'undetermined', /Is backup01\.example\.net up/],
    [
      'the host refuses the front-end',
      shut(closed(kvm01)),
      'not-met',
      /^frontend01\.example\.net → kvm01\.example\.net.*Start sshd on kvm01/,
    ],
    ['the host denies the front-end', shut(denied(kvm01)), 'not-met'],
    ['the host is silent', shut(late), 'undetermined', /^frontend01\.example\.net → kvm01\.example\.net.*timed out/],
    ['the host lets in and answers nothing', shut(), 'undetermined', [`all of ${kvm01}`]],
  ],
  {
    denied: `${kvm01} → ${backup01}: expected a login as oneadmin without a password, found “oneadmin@${backup01}: Permission denied (publickey)”. Add the front-end's public key to ~oneadmin/.ssh/authorized_keys on ${backup01}, start opennebula-ssh-agent on the front-end, or allow agent forwarding on ${kvm01}.`,
    'the host denies the front-end': `${frontend01} → ${kvm01}: expected a login as oneadmin without a password, found “oneadmin@${kvm01}: Permission denied (publickey)”. Add the front-end's public key to ~oneadmin/.ssh/authorized_keys on ${kvm01}.`,
    'the host lets in and answers nothing': `${frontend01} → ${kvm01}: expected a login as oneadmin without a password, found “let us in, but did not answer”. Log in by hand and look: ssh ${kvm01}`,
  },
);
test('BDS-102 names the account that each leg is for', () => {
  const other = both(site({ account: 'cloud' }), shut(closed(kvm01)), ({ hosts: [first, second], ...cloud }) => ({
    ...cloud,
    hosts: [first, { ...second, login: login(kvm02, { failure: denied(backup01) }) }].filter((each) => each !== undefined) as never,
  }));
  const accounts = judge(hostsLogIn, other).map(({ reason }) => /as (\w+) without/.exec(reason)?.[1]);
  assert.deepEqual(accounts, ['cloud', 'oneadmin']);
});

const agent = (value: 'empty' | 'absent') => frontend({ agent: looked({ state: value, said: 'Error connecting to agent' }, 'agent') });
const wanted = `${frontend01}: expected an SSH agent on /var/run/one/ssh-agent.sock with a key that ${backup01} accepts, found`;
const ownKeys = { keys: looked(['/var/lib/one/.ssh/id_rsa'], 'keys') };
const byAgent = (why: Failure) => server({ agentLogin: login(frontend01, { failure: why }) });
met(agentHoldsKey, 'BDS-103 server hosts', ['agent', 'ssh']);
cases(
  agentHoldsKey,
  undefined,
  [
    ['the agent is not there', agent('absent'), 'not-met'],
    ['the agent holds no key', agent('empty'), 'not-met', ['agent']],
    ['none of its keys is accepted', byAgent(denied(backup01)), 'not-met', ['agent']],
    [
      'the server lets nobody in, and so cannot be asked',
      both(through(late), byAgent(failure('silent', 'timed out'))),
      'met',
      ['agent', 'ssh'],
    ],
    [
      'the server let us in, and could not be asked about the agent',
      byAgent(failure('lost', 'Connection closed by 198.18.2.1 port 22.', 'dropped')),
      'undetermined',
      ['agent', 'ssh'],
    ],
    [
      'its key was taken, and the account runs no commands',
      byAgent(failure('refused', 'let in, but', 'no-commands')),
      'met',
      ['agent', 'ssh'],
    ],
    [
      'the agent does not answer',
      frontend({ agent: unread('no answer to “ssh-add -l” in time', 'agent', 'Look at the agent.') }),
      'undetermined',
      ['agent'],
    ],
    [
      'a host has a key of its own',
      both(agent('empty'), onKvm01(ownKeys)),
      'not-met',
      /holds no key; kvm01\.example\.net got in with a key/,
    ],
    ['two hosts have keys of their own', both(agent('absent'), onHosts(2, ownKeys)), 'not-met'],
    ...(
      [
        ['a host has a key of its own, which does not let it in', { ...ownKeys, login: login(kvm01, { failure: denied(backup01) }) }],
        ['a host has a key of its own, and did not come so far', { ...ownKeys, login: undefined }],
        ['a host was not asked for keys of its own', { keys: unread('no answer', 'keys') }],
      ] as const
    ).map(
      ([what, changes]) =>
        [what, both(agent('absent'), onKvm01(changes)), 'not-met', /found none: Error connecting to agent\. Start it/] as const,
    ),
  ],
  {
    'the agent is not there': `${wanted} none: Error connecting to agent. Start it: systemctl start opennebula-ssh-agent`,
    'the agent holds no key': `${wanted} an agent that holds no key. Add it: SSH_AUTH_SOCK=/var/run/one/ssh-agent.sock ssh-add`,
    'none of its keys is accepted': `${wanted} an agent with keys, none of which is accepted: oneadmin@${backup01}: Permission denied (publickey). Add one of them to ~oneadmin/.ssh/authorized_keys on ${backup01}.`,
    'the server lets nobody in, and so cannot be asked': `The agent holds a key; whether ${backup01} accepts it could not be asked (timed out).`,
    'the server let us in, and could not be asked about the agent': `${wanted} that it could not be asked whether it accepts the agent's: Connection closed by 198.18.2.1 port 22. Run it again.`,
    'the agent does not answer': `${wanted} no answer to “ssh-add -l” in time. Look at the agent.`,
    'two hosts have keys of their own': `${wanted} none: Error connecting to agent; ${kvm01}, ${kvm02} got in with a key of their own, which the driver does not rely on. Start it: systemctl start opennebula-ssh-agent`,
  },
);

const noise = (text: string): Change => server({ noise: looked(text, `all of ${backup01}`) });
const quiet = `${backup01}: expected a login as oneadmin without a terminal to print nothing of its own, found`;
const why =
  'rsync takes every such word for a part of its protocol, and the backup fails. Print it for terminals only: in ~/.bashrc, return early with  case $- in *i*) ;; *) return ;; esac';
const greeted = { handshake: looked({ state: 'greeted' } as const, 'handshake') };
met(loginIsQuiet, 'BDS-104 server hosts', [`all of ${backup01}`]);
cases(
  loginIsQuiet,
  undefined,
  [
    ['the login prints', noise('Welcome to backup01\nhi\n'), 'not-met', [`all of ${backup01}`]],
    ['the login prints an empty line', noise('\n'), 'not-met', /found blank lines\./],
    ['the login clears the screen', noise('\u001b[2J'), 'not-met', /“\\u001b\[2J”/],
    ['the login prints an empty line before it speaks', noise('\n  Welcome\nhi\n'), 'not-met', /found “Welcome”/],
    ['a line of 80 characters is shown whole', noise('x'.repeat(80)), 'not-met', /“x{80}”/],
    ['a longer one is cut', noise('x'.repeat(81)), 'not-met', /“x{80}…”/],
    ['rsync was greeted', onKvm01(greeted), 'not-met', ['handshake']],
    [
      'rsync was greeted from two hosts',
      onHosts(2, greeted),
      'not-met',
      /from kvm01\.example\.net, kvm02\.example\.net was/,
      ['handshake', 'handshake'],
    ],
    ['a host is noisy', onKvm01({ noise: 'hi\n' }), 'met'],
    ['all hosts are noisy', onHosts(2, { noise: 'hi\n' }), 'met', /^kvm01\.example\.net, kvm02\.example\.net: a login prints/],
    ['a host did not come so far', onKvm01({ handshake: unread('no answer', 'handshake') }), 'met'],
    ['the server answers no question', server({ noise: unread('no answer (bash: not found)', 'all', 'Look.') }), 'undetermined'],
  ],
  {
    'the login prints': `${quiet} “Welcome to backup01”. ${why}`,
    'rsync was greeted': `${quiet} that rsync from ${kvm01} was greeted with something else. ${why}`,
    'a host is noisy': `${kvm01}: a login prints text of its own there, too. Backups succeed all the same.`,
    'the server answers no question': `${quiet} no answer (bash: not found). Look.`,
  },
);

const otherKey = { ...storedKey, fingerprint: 'SHA256:other' };
const shows = (hostKey: typeof otherKey | undefined, more: object = {}) =>
  onKvm01({ login: login(kvm01, { hostKey: hostKey && { ...hostKey, ...more } }) });
met(hostKeyIsKnown, 'BDS-105 server hosts', ['ssh']);
cases(
  hostKeyIsKnown,
  kvm01,
  [
    ['another key is known', shows(otherKey, { standing: 'refused' }), 'not-met'],
    ['none is stored, and that passes', shows(storedKey as never, { standing: 'new' }), 'met'],
    ['it sees another server', shows(otherKey), 'not-met'],
    ['no key exchange came about', shows(undefined), 'blocked'],
    ['the host lets in and answers nothing', onKvm01({ login: undefined }), 'blocked', `Not tried: BDS-102 got no answer from ${kvm01}.`],
    ['it sees a key of another type, and knows that one', shows(otherKey, { type: 'ssh-rsa' }), 'met'],
    [
      'the front-end and the only host see different servers: the front-end’s counts',
      both(shows(otherKey), (cloud) => ({ ...cloud, hosts: cloud.hosts.slice(0, 1) })),
      'not-met',
      /SHA256:right, found SHA256:other/,
    ],
  ],
  {
    'another key is known': `${kvm01} → ${backup01}: expected the host key that is known on ${kvm01}, found ssh-ed25519 SHA256:other, which is not. Compare it on ${backup01}: ssh-keygen -lf <(cat /etc/ssh/ssh_host_*_key.pub). If it is right, replace the old one on ${kvm01}: ssh-keygen -R ${backup01}`,
    'none is stored, and that passes': `${kvm01} does not have ${backup01}'s key yet; its settings take a new one unseen. OpenNebula's first login stores it.`,
    'it sees another server': `${kvm01} → ${backup01}: expected the host key that the other machines see, SHA256:right, found SHA256:other. Do all machines resolve ${backup01} to the same server? Compare: getent hosts ${backup01}`,
    'no key exchange came about': `Not tried: BDS-102 did not get from ${kvm01} as far as ${backup01}'s host key.`,
  },
);
cases(hostKeyIsKnown, frontend01, [
  [
    'it sees another server than the hosts',
    server({ login: login(frontend01, { hostKey: otherKey }) }),
    'not-met',
    /^frontend01\.example\.net → backup01/,
  ],
  [
    'no key exchange came about',
    server({ login: login(frontend01, { hostKey: undefined }) }),
    'blocked',
    /^Not tried: BDS-101 did not get from frontend01/,
  ],
]);

const listed = `${frontend01}: expected OpenNebula to list its hosts, found no. Look.`;
met(hostsAreDeclared, 'BDS-106', ['hosts']);
const lists = (...hosts: Parameters<typeof host>[]) => frontend({ hosts: pool('hosts', ...hosts.map((each) => host(...each))) });
cases(
  hostsAreDeclared,
  undefined,
  [
    ['none is declared', both(site({ hosts: 'all' }), frontend({ hosts: unread('no', 'hosts') })), 'not-applicable'],
    ['OpenNebula lists none', frontend({ hosts: unread('no', 'hosts', 'Look.') }), 'undetermined', listed],
  ],
  {
    'none is declared': 'The site file declares no list of hosts (hosts: all), so there is nothing to compare with.',
  },
);
cases(hostsAreDeclared, 'kvm03', [['it is missing in OpenNebula', site({ hosts: [kvm01, kvm02, 'kvm03'] }), 'not-met', ['hosts']]], {
  'it is missing in OpenNebula':
    "kvm03: expected in OpenNebula's list of hosts, as the site file declares, found it missing. Add it (onehost create kvm03), or take it out of the site file.",
});
cases(hostsAreDeclared, 'kvm02', [
  [
    'declared besides its full name',
    site({ hosts: [kvm01, kvm02, 'kvm02'] }),
    'not-met',
    /missing\. OpenNebula calls it kvm02\.example\.net: let the site file do so, too\.$/,
  ],
]);
cases(
  hostsAreDeclared,
  kvm02,
  [
    ['it is not declared', site({ hosts: [kvm01] }), 'not-met', ['hosts']],
    ['it is not declared, and OFFLINE', both(site({ hosts: [kvm01] }), lists(['0', kvm01], ['1', kvm02, 'off'])), 'not-applicable'],
    ['it is declared, and OFFLINE', lists(['0', kvm01], ['1', kvm02, 'off']), 'met'],
  ],
  {
    'it is not declared': `${kvm02}: expected only hosts that the site file declares, found this one, too. Add it to the site file, or remove it (onehost delete ${kvm02}).`,
    'it is not declared, and OFFLINE': `${kvm02} is OFFLINE in OpenNebula.`,
  },
);
test('BDS-106, a host declared by its short name: not met under either name, and each says the other', () => {
  const found = judge(hostsAreDeclared, site({ hosts: [kvm01, 'kvm02'] })).filter(({ outcome }) => outcome === 'not-met');
  assert.deepEqual(
    found.map(({ subject, fix }) => [subject, fix]),
    [
      [{ kind: 'host', name: kvm02, id: '1' }, `The site file calls it kvm02: write ${kvm02} there.`],
      [{ kind: 'host', name: 'kvm02' }, `OpenNebula calls it ${kvm02}: let the site file do so, too.`],
    ],
  );
});

test('what is judged one by one: hosts by OpenNebula’s name and id, the front-end as a machine', () => {
  const subjects = judge(hostKeyIsKnown).map(({ subject }) => subject);
  assert.deepEqual(subjects, [
    { kind: 'machine', name: frontend01 },
    { kind: 'host', name: kvm01, id: '0' },
    { kind: 'host', name: kvm02, id: '1' },
  ]);
  assert.deepEqual(
    judge(hostsLogIn).map(({ subject }) => subject),
    subjects.slice(1),
  );
});
