import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  agentHoldsKey,
  frontendLogsIn,
  hostKeyIsKnown,
  hostsAreDeclared,
  hostsLogIn,
  judgeLogin,
  loginIsQuiet,
} from '../../support/checks/access.ts';
import type { Login } from '../../support/facts/login.ts';
import type { Failure } from '../../support/machines/shell.ts';
import { backup01, frontend01, host, login, looked, storedKey, unread } from '../made.ts';
import { kvm01, kvm02 } from '../worlds/world.ts';
import { both, type Change, cases, frontend, judge, met, onHosts, onKvm01, pool, server, site, storage } from './cases.ts';

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
const noCommands = failure('refused', 'logged in, but the account runs no commands', 'no-commands');
const late = failure('silent', 'Connection timed out during banner exchange');

const front = `${frontend01} → ${backup01}: expected a login as oneadmin without a password, found`;
const through = (why: Failure) => server({ login: login(frontend01, { failure: why }) });
met(frontendLogsIn, 'BDS-101 server', ['ssh'], { measured: '1 login in 0.3 s' });
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
    'the host key changed': `${front} “Host key verification failed”. Compare the key ${backup01} shows with the one in known_hosts on ${frontend01}. If ${backup01} was reinstalled, run on ${frontend01}: ssh-keygen -R ${backup01}. If none is known there yet, log in from ${frontend01} once by hand: ssh ${backup01}`,
    'the name is unknown': `${front} “ssh: Could not resolve hostname ${backup01}: Name or service not known”. Make the name ${backup01} known on ${frontend01}, in DNS or /etc/hosts.`,
    'the name of a machine on the way is unknown': `${front} “ssh: Could not resolve hostname jump.example.net: Name or service not known”. Make the name jump.example.net known on ${frontend01}, in DNS or /etc/hosts. It is not ${backup01} itself: the settings of ssh on ${frontend01} name it (ssh -G ${backup01}).`,
    'it is silent': `${front} “Connection timed out during banner exchange”. Check that ${backup01} is up, and that no firewall keeps ${frontend01} from its port 22.`,
    'it was lost': `${front} “kex_exchange_identification: read: Connection reset by peer”. ${backup01} ended the connection before the login, three times. Check that its sshd accepts so many logins at once (MaxStartups and PerSourceMaxStartups in its sshd_config), then try it on ${frontend01}: ssh oneadmin@${backup01} hostname`,
    'the run was interrupted': `${front} “the run was interrupted”. Run it again.`,
  },
);

const from01 = (why: Failure) => onKvm01({ login: login(kvm01, { failure: why }) });
/** The host did not come as far as the backup server. */
const shut = (why?: Failure) => onKvm01({ login: undefined, failure: why });
/** Its rsync came to this. */
const noise = (text: string): Change => server({ noise: looked(text, `all of ${backup01}`) });
const greeted = { handshake: looked({ state: 'greeted', said: 'is your shell clean?', command: 'rsync -n' } as const, 'handshake') };
const shook = (value: object, more: object = {}) =>
  onKvm01({
    handshake: looked({ absent: false, copies: true, waited: false, said: 'no', command: 'rsync -n', ...value } as never, 'handshake'),
    ...more,
  });
const unanswered = (said: string, more?: object) => shook({ state: 'unanswered', said }, more);
const agent = (value: 'empty' | 'absent') => frontend({ agent: looked({ state: value, said: 'Error connecting to agent' }, 'agent') });
const noRsync = server({ rsync: looked({ state: 'absent' } as const, 'rsync') });
const notFound = 'bash: line 1: rsync: command not found';
const forward = `Allow agent forwarding on ${kvm01}: in its sshd_config, set AllowAgentForwarding yes and DisableForwarding no; in ~oneadmin/.ssh/authorized_keys there, remove no-agent-forwarding and restrict before the front-end's key.`;
met(hostsLogIn, 'BDS-102 server hosts', ['handshake'], { measured: 'rsync got an answer in 0.3 s' });
cases(
  hostsLogIn,
  kvm01,
  [
    [
      'denied, and lent no agent',
      both(from01(denied(backup01)), onKvm01({ lent: looked(false, 'lent'), login: login(kvm01, { failure: denied(backup01) }) })),
      'not-met',
    ],
    ['denied, though it is lent one', from01(denied(backup01)), 'not-met', /does with the agent it is lent.*from=/],
    ['denied, and the agent is gone', both(agent('absent'), from01(denied(backup01))), 'not-met'],
    [
      'denied, and the server could not be asked about the agent',
      both(
        from01(denied(backup01)),
        server({ agentLogin: login(frontend01, { failure: late }), login: login(frontend01, { failure: late }) }),
      ),
      'not-met',
      /authorized_keys on backup01\.example\.net, start opennebula-ssh-agent on the front-end, or: Allow/,
    ],
    ['the host key is unknown there', from01(rekeyed), 'not-met', /known_hosts on kvm01/],
    ['the server is silent', from01(late), 'undetermined', /Check that backup01\.example\.net is up/],
    [
      'the host refuses the front-end',
      shut(closed(kvm01)),
      'not-met',
      /^frontend01\.example\.net → kvm01\.example\.net.*Start sshd on kvm01/,
    ],
    ['the host denies the front-end', shut(denied(kvm01)), 'not-met'],
    ['the host is silent', shut(late), 'undetermined', /^frontend01\.example\.net → kvm01\.example\.net.*timed out/],
    ['the host lets in and answers nothing', shut(), 'undetermined', [`all of ${kvm01}`]],
    ['rsync is let in, and answered by something else', unanswered('not for you'), 'not-met', ['handshake']],
    [
      'ssh cannot share its connection',
      unanswered('unix_listener: cannot bind to path /m/x: No such file or directory'),
      'not-met',
      /folder of ControlPath on kvm01/,
    ],
    [
      'rrsync only reads',
      unanswered('/usr/bin/rrsync error: sending to read-only server is not allowed'),
      'not-met',
      /Take -ro from rrsync/,
    ],
    ['rsync is shown another directory', shook({ state: 'answered', absent: true }), 'not-met'],
    [
      'nobody is shown the directory, which is yet to be made',
      both(shook({ state: 'answered', absent: true }), storage({ own: looked([], 'own') })),
      'met',
    ],
    [
      'the same at another machine, which is BDS-105’s',
      both(
        shook({ state: 'answered', absent: true }),
        onHosts(1, { login: login(kvm01, { hostKey: storedKey }), identity: looked('boot\n1:3', 'identity') }),
      ),
      'met',
      `${kvm01} may be at another server: see BDS-105.`,
    ],
    [
      'the same, and another host is at another machine',
      both(shook({ state: 'answered', absent: true }), (cloud) => ({
        ...cloud,
        hosts: cloud.hosts.map((each, at) => (at === 1 ? { ...each, identity: looked('boot\n1:3', 'identity') } : each)),
      })),
      'not-met',
      /shown no \/var\/lib\/one\/datastores\/100 there/,
    ],
    [
      'how rsync fares is not told',
      onKvm01({ handshake: unread('no answer (exit 255)', 'handshake', 'Look.') }),
      'undetermined',
      /found no answer \(exit 255\)\. Look\.$/,
      ['handshake'],
    ],
    ['rsync waited for another one', shook({ state: 'answered', waited: true }), 'met', /one transfer at a time.*-no-lock/],
    ['its connection is cut', shook({ state: 'cut', said: 'Connection to backup01 closed by remote host.' }), 'undetermined'],
    [
      'sshd turned it away',
      shook({ state: 'cut', said: 'kex_exchange_identification: Connection closed by remote host' }),
      'undetermined',
      /MaxStartups/,
    ],
    [
      'rrsync is busy',
      shook({ state: 'cut', said: 'rrsync error: Another instance of rrsync is already accessing this directory.' }),
      'undetermined',
      /-no-lock/,
    ],
    [
      'rsync is greeted by a command of the host itself',
      onKvm01({ ...greeted, localCommand: 'echo hi' }),
      'not-met',
      /“is your shell clean\?”, though a plain login succeeds\. Send what “echo hi” prints on kvm01\.example\.net to stderr/,
    ],
    [
      'the same, and the server greets, too',
      both(onKvm01({ ...greeted, localCommand: 'echo hi' }), noise('hi\n')),
      'not-met',
      /Send what “echo hi” prints/,
    ],
    ['rsync is greeted, which is BDS-104’s', shook({ state: 'greeted' }), 'met', /see BDS-104/],
    [
      'rsync is greeted where the account runs nothing for the front-end, either',
      both(shook({ state: 'greeted' }), through(noCommands), server({ noise: unread('no answer', 'all') })),
      'not-met',
      /BDS-101 comes first/,
    ],
    ['its rsync logs in nowhere, which is BDS-303’s', shook({ state: 'pretended' }), 'met', /see BDS-303/],
    ['it has no rsync, which is BDS-303’s', unanswered('x', { rsync: looked({ state: 'absent' }, 'rsync') }), 'met', /see BDS-303/],
    ['rsync refuses its arguments, which is BDS-404’s', shook({ state: 'refused' }), 'met', /see BDS-404/],
    [
      'the server has no rsync, which is BDS-301’s',
      both(noRsync, unanswered(notFound, { behind: { runs: true, rsync: false } })),
      'met',
      `${kvm01}: a login to ${backup01} succeeds, and rsync does not get through all the same: see BDS-301.`,
    ],
    ['the server has a rsync to the front-end only', unanswered(notFound, { behind: { runs: true, rsync: false } }), 'not-met'],
    // What another requirement finds does not explain what has another cause.
    [
      'its key runs nothing, and the server has no rsync either',
      both(noRsync, unanswered('x', { behind: { runs: false, rsync: false } })),
      'not-met',
    ],
    [
      'its key runs nothing, and the directory is not there either',
      both(storage({ directory: looked('absent', 'directory') }), unanswered('rsync: connection unexpectedly closed')),
      'not-met',
    ],
    [
      'the directory cannot be entered, which is BDS-201’s',
      both(
        storage({ directory: looked({ denied: 'Permission denied' }, 'directory') }),
        unanswered('ERROR: cannot stat destination "/x/": Permission denied (13)'),
      ),
      'met',
      /see BDS-201/,
    ],
    [
      'the directory cannot be entered, and rsync ends for another reason',
      both(storage({ directory: looked({ denied: 'Permission denied' }, 'directory') }), unanswered('exit 30')),
      'not-met',
    ],
    [
      'the same, by what only ends so',
      both(storage({ directory: looked({ denied: 'Permission denied' }, 'directory') }), unanswered('no exit 3')),
      'not-met',
    ],
    [
      'the directory is a file, which is BDS-201’s, and the server’s word was lost',
      both(storage({ directory: looked({ denied: 'Permission denied' }, 'directory') }), unanswered('exit 3')),
      'met',
      /see BDS-201/,
    ],
  ],
  {
    'denied, and lent no agent': `${kvm01} → ${backup01}: expected a login as oneadmin without a password, found “oneadmin@${backup01}: Permission denied (publickey)”. ${forward}`,
    'denied, and the agent is gone': `${kvm01} → ${backup01}: expected a login as oneadmin without a password, found “oneadmin@${backup01}: Permission denied (publickey)”. BDS-103 comes first. Start it: systemctl start opennebula-ssh-agent`,
    'the host denies the front-end': `${frontend01} → ${kvm01}: expected a login as oneadmin without a password, found “oneadmin@${kvm01}: Permission denied (publickey)”. Add the front-end's public key to ~oneadmin/.ssh/authorized_keys on ${kvm01}.`,
    'the host lets in and answers nothing': `${frontend01} → ${kvm01}: expected a login as oneadmin without a password, found “accepted the login, but did not answer”. Log in by hand and look: ssh ${kvm01}`,
    'rsync is let in, and answered by something else': `${kvm01} → ${backup01}: expected rsync to log in as oneadmin without a password and get an answer from rsync, found “not for you”, though a plain login succeeds. Look for what ${backup01} runs in place of rsync (ForceCommand, ChrootDirectory, command= in authorized_keys), and at the settings of ssh and rsync on ${kvm01} (ssh -G ${backup01}; echo $RSYNC_RSH); then try it there: rsync -n`,
    'rsync is shown another directory': `${kvm01} → ${backup01}: expected rsync to log in as oneadmin without a password and get an answer from rsync, found that it is shown no /var/lib/one/datastores/100 there, which the front-end is shown. Let the driver's paths hold for hypervisor hosts, too: look on ${backup01} at rrsync's directory (command= in authorized_keys) and ChrootDirectory (sshd_config).`,
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

const wanted = `${frontend01}: expected an SSH agent on /var/run/one/ssh-agent.sock with a key that ${backup01} accepts, found`;
/** No host gets in but those that have a key of their own. */
const onlyOwn = (count: number): Change =>
  both(onHosts(2, { login: login(kvm01, { failure: denied(backup01) }) }), onHosts(count, { login: login(kvm01) }));
const none = onlyOwn(0);
const byAgent = (why: Failure) => server({ agentLogin: login(frontend01, { failure: why }) });
met(agentHoldsKey, 'BDS-103 server hosts', ['agent', 'ssh'], { measured: "1 key; a login with the agent's keys alone in 0.3 s" });
cases(
  agentHoldsKey,
  undefined,
  [
    ['the agent is not there', both(none, agent('absent')), 'not-met'],
    ['the agent holds no key', both(none, agent('empty')), 'not-met', ['agent']],
    ['none of its keys is accepted', both(none, byAgent(denied(backup01))), 'not-met', ['agent']],
    ['it is not there, and a host has a key of its own', both(onlyOwn(1), agent('empty')), 'not-met'],
    [
      'it is not there, and the only other host was not reached',
      both(agent('absent'), onKvm01({ login: undefined, failure: late })),
      'not-met',
      /kvm02\.example\.net got in/,
    ],
    ['it is not there, and there is no host', both(agent('absent'), (cloud) => ({ ...cloud, hosts: [] })), 'not-met'],
    ['it is not there, and all hosts have keys of their own', agent('absent'), 'not-applicable'],
    [
      'its keys are accepted nowhere, and all hosts have keys of their own',
      both(byAgent(denied(backup01)), onHosts(2, { login: login(kvm01, { key: 'file' }) })),
      'not-applicable',
      /^Every hypervisor host logs in/,
    ],
    [
      'its keys are accepted of hosts, and not of the front-end',
      both(byAgent(denied(backup01)), onHosts(2, { login: login(kvm01, { key: 'agent' }) })),
      'not-met',
    ],
    [
      'its keys are accepted of one host; the other has a key of its own',
      both(
        byAgent(denied(backup01)),
        onHosts(2, { login: login(kvm01, { key: 'agent' }) }),
        onKvm01({ login: login(kvm01, { key: 'file' }) }),
      ),
      'not-met',
      /kvm01\.example\.net got in with a key of their own, the others depend on the agent/,
    ],
    ['none of its keys is accepted, and the clients do not tell by whose hosts got in', byAgent(denied(backup01)), 'not-met'],
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
  ],
  {
    'the agent is not there': `${wanted} none: Error connecting to agent. Start it: systemctl start opennebula-ssh-agent`,
    'the agent holds no key': `${wanted} an agent that holds no key. Add it: SSH_AUTH_SOCK=/var/run/one/ssh-agent.sock ssh-add`,
    'none of its keys is accepted': `${wanted} an agent with keys, none of which is accepted: oneadmin@${backup01}: Permission denied (publickey). Add one of them to ~oneadmin/.ssh/authorized_keys on ${backup01}.`,
    'the server lets nobody in, and so cannot be asked': `The agent holds a key; whether ${backup01} accepts it could not be asked (timed out).`,
    'the server let us in, and could not be asked about the agent': `${wanted} that it could not be asked whether it accepts the agent's: Connection closed by 198.18.2.1 port 22. ${backup01} ended the connection before the login, three times. Check that its sshd accepts so many logins at once (MaxStartups and PerSourceMaxStartups in its sshd_config), then try it on ${frontend01}: ssh oneadmin@${backup01} hostname`,
    'the agent does not answer': `${wanted} no answer to “ssh-add -l” in time. Look at the agent.`,
    'it is not there, and a host has a key of its own': `${wanted} an agent that holds no key; ${kvm01} got in with a key of their own, the others depend on the agent. Add it: SSH_AUTH_SOCK=/var/run/one/ssh-agent.sock ssh-add`,
    'it is not there, and all hosts have keys of their own': `Every hypervisor host logs in to ${backup01} with a key of its own (${kvm01}; ${kvm02}), so the agent is not needed. It offers none: ${wanted} none: Error connecting to agent.`,
  },
);

const quiet = `${backup01}: expected a login as oneadmin without a terminal to print nothing of its own, found`;
const why = `rsync takes every such word for a part of its protocol, and the backup fails. Print it for terminals only: put this line at the top of ~/.bashrc on ${backup01}: case $- in *i*) ;; *) return ;; esac`;
met(loginIsQuiet, 'BDS-104 server hosts', [`all of ${backup01}`], { measured: '0 bytes' });
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
    [
      'the front-end itself has something printed',
      both(noise('hi\n'), frontend({ localCommand: 'echo hi' })),
      'not-met',
      /found “hi”, where ssh on frontend01\.example\.net runs a LocalCommand, “echo hi”\. Send what “echo hi” prints on frontend01\.example\.net to stderr/,
    ],
    ['the front-end itself runs something that prints nothing', frontend({ localCommand: 'true' }), 'met'],
    ['rsync was greeted by a command of its own host', onKvm01({ ...greeted, localCommand: 'echo hi' }), 'met'],
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
const there = login(kvm01, { hostKey: { ...storedKey, address: '198.18.2.9' } as never });
/** What it is shown when it asks for a key of the others' type. */
const compared = (hostKey: typeof otherKey | undefined): Change =>
  onHosts(1, {
    comparedLogin: login(kvm01, {
      hostKey,
      ...(hostKey === undefined && { failure: failure('refused', 'no matching host key type found.') }),
    }),
  });
met(hostKeyIsKnown, 'BDS-105 server hosts', ['ssh'], { measured: 'ssh-ed25519 SHA256:right' });
cases(
  hostKeyIsKnown,
  kvm01,
  [
    ['another key is known', shows(otherKey, { standing: 'refused' }), 'not-met'],
    ['none is stored, and that passes', shows(storedKey as never, { standing: 'new' }), 'met'],
    ['it sees another server', shows(otherKey), 'not-met'],
    ['no key exchange came about', shows(undefined), 'blocked'],
    ['the host lets in and answers nothing', onKvm01({ login: undefined }), 'blocked', `Not checked: BDS-102 got no answer from ${kvm01}.`],
    [
      'it sees a key of another type, and the server has no other for it',
      both(shows(otherKey, { type: 'ssh-rsa' }), compared(undefined)),
      'undetermined',
    ],
    ['it sees a key of another type, and no other was asked for', shows(otherKey, { type: 'ssh-rsa' }), 'undetermined'],
    [
      'it sees a key of another type, and of the common type the common key',
      both(shows(otherKey, { type: 'ssh-rsa' }), compared(storedKey)),
      'met',
    ],
    [
      'it sees a key of another type, and of the common type another key',
      both(shows(otherKey, { type: 'ssh-rsa' }), compared(otherKey)),
      'not-met',
      /SHA256:right, found SHA256:other/,
    ],
    [
      'it sees the same key at another address, of the same machine',
      onHosts(1, { login: there, identity: looked('boot\n1:2', 'identity') }),
      'met',
    ],
    [
      'it sees the same key at another address, of another machine',
      onHosts(1, { login: there, identity: looked('boot\n1:3', 'identity') }),
      'not-met',
    ],
    [
      'it sees the same key at another address, and the machine there does not tell',
      onHosts(1, { login: there, identity: unread('no answer (exit 1)', 'identity') }),
      'undetermined',
    ],
    [
      'it sees the same key at another address, and the front-end’s machine does not tell',
      both(
        onHosts(1, { login: there, identity: looked('boot\n1:2', 'identity') }),
        server({ identity: unread('no answer (exit 1)', 'identity') }),
      ),
      'undetermined',
      /SHA256:right, the same host key, at 198\.18\.2\.9, and whether it is that machine could not be looked at: no answer \(exit 1\)\. Compare/,
    ],
    [
      'the front-end and the only host see different servers: the front-end’s counts',
      both(shows(otherKey), (cloud) => ({ ...cloud, hosts: cloud.hosts.slice(0, 1) })),
      'not-met',
      /SHA256:right, found SHA256:other/,
    ],
  ],
  {
    'another key is known': `${kvm01} → ${backup01}: expected the host key that is known on ${kvm01}, found another one, ssh-ed25519 SHA256:other. Compare it on ${backup01}: ssh-keygen -lf <(cat /etc/ssh/ssh_host_*_key.pub). If it is right, replace the old one on ${kvm01}: ssh-keygen -R ${backup01}`,
    'none is stored, and that passes': `${kvm01} does not have ${backup01}'s key yet; its settings take a new one unseen. OpenNebula's first login stores it.`,
    'it sees another server': `${kvm01} → ${backup01}: expected the host key that the other machines see, SHA256:right, found SHA256:other. Compare on these machines to which server ${backup01} resolves: getent hosts ${backup01}`,
    'it sees the same key at another address, of another machine': `${kvm01} → ${backup01}: expected the machine that ${frontend01} logs in to, found SHA256:right, the same host key, at 198.18.2.9, and another machine there. Let ${backup01} lead to the same machine everywhere: getent hosts ${backup01}. Then give one of the two another host key: clones share it (ssh-keygen -A, after rm /etc/ssh/ssh_host_*).`,
    'it sees a key of another type, and the server has no other for it': `${kvm01} → ${backup01}: expected the host key that the other machines see, SHA256:right, found one of type ssh-rsa, SHA256:other, and none of type ssh-ed25519 to compare: no matching host key type found. Compare on these machines to which server ${backup01} resolves: getent hosts ${backup01}`,
    'no key exchange came about': `Not checked: BDS-102 did not get from ${kvm01} as far as ${backup01}'s host key.`,
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
    /^Not checked: BDS-101 did not get from frontend01/,
  ],
]);

const listed = `${frontend01}: expected OpenNebula to list its hosts, found no. Look.`;
met(hostsAreDeclared, 'BDS-106', ['hosts'], { measured: ['listed as host 0, state on', 'listed as host 1, state on'] });
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
    'it is not declared, and OFFLINE': `${kvm02} is OFFLINE in OpenNebula, and no VM is on it.`,
  },
);
cases(
  hostsAreDeclared,
  kvm02,
  [
    [
      'it is not declared, and OFFLINE with a machine on it',
      both(site({ hosts: [kvm01] }), lists(['0', kvm01], ['1', kvm02, 'off', { vms: ['7'] }])),
      'not-met',
    ],
    [
      'it is not declared, and runs containers',
      both(site({ hosts: [kvm01] }), lists(['0', kvm01], ['1', kvm02, 'on', { vmMad: 'lxc' }])),
      'not-applicable',
    ],
    ['it is declared, and in ERROR', lists(['0', kvm01], ['1', kvm02, 'err']), 'met', /is in ERROR in OpenNebula: its VMs go UNKNOWN/],
  ],
  { 'it is not declared, and runs containers': `${kvm02} runs its VMs by lxc: backups need libvirt (VM_MAD kvm or qemu).` },
);

describe('BDS-102, hosts that OpenNebula does not use as others', () => {
  const gone: Failure = { kind: 'silent', message: 'Connection timed out' };
  const first = (change: Change) => judge(hostsLogIn, change)[0] ?? assert.fail();
  const inState = (state: string, vms: readonly string[] = []) => ({ host: host('0', kvm01, state, { vms }) });

  test('one that is OFFLINE, and cannot be reached, is not applicable, and its VMs are named', () => {
    const off = first(onKvm01({ ...inState('off', ['0', '9']), failure: gone, login: undefined }));
    assert.deepEqual(
      [off.outcome, off.reason, off.note],
      [
        'not-applicable',
        `${kvm01} is OFFLINE in OpenNebula, and the front-end cannot log in to it: Connection timed out.`,
        `${kvm01} is OFFLINE, and no backup can be made of what is on it: vm0 (0); VM (9).`,
      ],
    );
    const unlisted = frontend({ virtualMachines: unread('no', 'vms') });
    assert.match(first(both(unlisted, onKvm01({ ...inState('off', ['0']), failure: gone, login: undefined }))).note ?? '', /: VM \(0\)\.$/);
  });

  test('one that is OFFLINE, and gets in, is met; one that is kept out is not met', () => {
    assert.equal(first(onKvm01(inState('off', ['0']))).outcome, 'met');
    const refused: Failure = { kind: 'refused', reason: 'denied', message: 'Permission denied (publickey).' };
    assert.equal(first(onKvm01({ ...inState('off', ['0']), login: login(kvm01, { failure: refused }) })).outcome, 'not-met');
  });

  test('one in ERROR is looked at, with a note; what is wrong there needs none', () => {
    assert.match(first(onKvm01(inState('err'))).note ?? '', /^kvm01\.example\.net is in ERROR/);
    const dead = first(onKvm01({ ...inState('err'), failure: gone, login: undefined }));
    assert.deepEqual([dead.outcome, dead.note], ['undetermined', undefined]);
  });
});

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

test('where the server showed another key than the known one, that requirement comes first; where none was shown, nothing does', () => {
  const shut: Failure = { kind: 'refused', reason: 'host-key', message: 'Host key verification failed.' };
  const fixOf = (hostKey?: Login['hostKey']) => judgeLogin(login(frontend01, { failure: shut, hostKey }), 'oneadmin').fix ?? '';
  assert.match(fixOf({ ...storedKey, standing: 'refused' }), /^BDS-105 comes first\. Compare the key /);
  for (const key of [undefined, storedKey]) assert.match(fixOf(key), /^Compare the key /);
});
