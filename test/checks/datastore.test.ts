import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  capacityIsReal,
  failsByArguments,
  listedAsRsyncBackup,
  templateHasNotDrifted,
  templateNamesServer,
} from '../../support/checks/datastore.ts';
import { noBackupIsStuck } from '../../support/checks/schedules.ts';
import type { Login } from '../../support/facts/login.ts';
import type { Installed } from '../../support/facts/programs.ts';
import type { Failure } from '../../support/machines/shell.ts';
import type { Datastore } from '../../support/opennebula/pools.ts';
import { backup01, datastore, frontend01, host, login, looked, space, storedKey, unread, wholeCloud } from '../made.ts';
import { kvm01, kvm02 } from '../worlds/world.ts';
import { both, type Change, cases, declared, frontend, judge, met, onKvm01, pool, server } from './cases.ts';

const listed = (...found: readonly Datastore[]) => frontend({ datastores: pool('datastores', ...found) });
const saved = (changes: Partial<Datastore>) => listed(datastore(changes));
const template = (changes: object) => saved({ template: { ...(datastore().template as object), ...changes } });

const wanted = `${frontend01}: expected a datastore “rsync Backups” with TYPE bck, DS rsync, TM -, STAT on, found`;
const STAT_ON = 'STAT on proves nothing by itself: OpenNebula shows it for a server that is gone, too.';
met(listedAsRsyncBackup, 'BDS-402', ['datastores'], { note: STAT_ON, measured: 'datastore 100: TYPE bck, DS rsync, TM -, STAT on' });
cases(
  listedAsRsyncBackup,
  undefined,
  [
    ['another type', saved({ type: 'img' }), 'not-met', ['datastores']],
    ['another driver', saved({ dsMad: 'restic' }), 'not-met', /DS restic/],
    ['another transfer driver', saved({ tmMad: 'local' }), 'not-met', /TM local/],
    ['off', saved({ state: 'off' }), 'not-met', /STAT off/],
    ['no backup datastore', saved({ name: 'files', type: 'fil' }), 'not-met', ['datastores']],
    ['two other backup datastores', listed(datastore({ name: 'a' }), datastore({ name: 'b', dsMad: 'restic' })), 'not-met'],
    ['two of that name', listed(datastore(), datastore({ id: '101' })), 'undetermined', ['datastores']],
    [
      'two of that name, the other first',
      listed(datastore({ id: '101', type: 'img' }), datastore()),
      'undetermined',
      /: 101 \(TYPE img, .*, 100 \(TYPE bck/,
    ],
    [
      'two of that name, of which none would do',
      listed(datastore({ type: 'img' }), datastore({ id: '101', dsMad: 'restic' })),
      'not-met',
      /none as it should be: 100 .*, 101/,
    ],
    ['the list is empty', listed(), 'not-met', /no backup datastore at all/],
    ['there is no list', frontend({ datastores: unread('onedatastore: no', 'datastores', 'Look.') }), 'undetermined'],
  ],
  {
    'another type': `${wanted} datastore 100 with TYPE img, DS rsync, TM -, STAT on. Look at it: onedatastore show 100`,
    'no backup datastore': `${wanted} no backup datastore at all. Register it: backup-compliance setup, or by hand from a template: onedatastore create`,
    'two other backup datastores': `${wanted} backup datastores “a”, “b”. If one of these is meant, correct its name in the site file. Else register it: backup-compliance setup, or by hand from a template: onedatastore create`,
    'there is no list': `${wanted} onedatastore: no. Look.`,
    'two of that name': `${wanted} 2 datastores of that name, and cannot tell which is meant: 100 (TYPE bck, DS rsync, TM -, STAT on), 101 (TYPE bck, DS rsync, TM -, STAT on). Rename one: onedatastore rename 101 NEW_NAME`,
  },
);

test('what is asked of the datastore is blocked by BDS-402 where OpenNebula lists no rsync backup datastore of that name', () => {
  for (const check of [templateNamesServer, templateHasNotDrifted, capacityIsReal, noBackupIsStuck])
    for (const change of [saved({ name: 'other' }), saved({ dsMad: 'restic' }), saved({ type: 'img' })]) {
      const [{ outcome, reason } = assert.fail()] = judge(check, change);
      assert.deepEqual([outcome, reason], ['blocked', 'Not checked: BDS-402 finds no rsync backup datastore “rsync Backups”.'], check.id);
    }
});

test('BDS-403: what is saved twice is named twice, whichever comes first', () => {
  const [{ outcome, reason, fix } = assert.fail()] = judge(
    templateNamesServer,
    template({ RSYNC_HOST: [backup01, 'b2'], RSYNC_USER: ['oneadmin', 'x'] }),
  );
  assert.equal(outcome, 'not-met');
  assert.equal(fix, 'Leave one of each: onedatastore update 100');
  assert.match(reason, /RSYNC_USER twice, “oneadmin” and “x”; RSYNC_HOST twice, “backup01\.example\.net” and “b2”\.$/);
});

const failed = (kind: Failure['kind'], message: string): Failure => ({ kind, message });
const otherKey = { ...storedKey, fingerprint: 'SHA256:other' };
const rsaKey = { ...otherKey, type: 'ssh-rsa' };
const front = (changes: Parameters<typeof login>[1] = {}) => login(frontend01, changes);
/** A login that got as far as no host key. */
const unseen = (kind: Failure['kind'], message: string) => front({ hostKey: undefined, failure: failed(kind, message) });
const theServer = looked('boot\n1:2', 'identity');
const aClone = looked('boot\n1:3', 'identity');
const untold = unread('no answer (exit 1)', 'identity');
const at = (address: string) => ({ hostKey: { ...storedKey, address } });
const savedAs = (name: string, savedLogin?: Login, more: object = {}) =>
  both(template({ RSYNC_HOST: [name] }), server({ ...(savedLogin && { savedLogin, savedIdentity: theServer }), ...more }));
/** OpenNebula has another name saved, by which the front-end is led to the declared server, and kvm01 to what is said. */
const onKvm01As = (changes: Parameters<typeof login>[1], declaredLogin?: Parameters<typeof login>[1], more: object = {}) =>
  both(
    savedAs('backup', front()),
    onKvm01({
      ...{ savedLogin: login(kvm01, { to: 'backup', ...changes }), savedIdentity: theServer, ...more },
      ...(declaredLogin && { login: login(kvm01, declaredLogin) }),
    }),
  );
const names = `datastore 100: expected RSYNC_USER “oneadmin” and RSYNC_HOST “${backup01}” as declared, found`;
const correct = 'Correct the one that is wrong: onedatastore update 100, or the site file.';
const spread = 'Make the name known there as on the front-end (getent hosts backup), or save the declared one: onedatastore update 100';
const same = `OpenNebula has it saved as “backup”, which shows the same host key as ${backup01}.`;
met(templateNamesServer, 'BDS-403 server hosts by another name', ['datastores'], { measured: `oneadmin@${backup01}` });
cases(
  templateNamesServer,
  undefined,
  [
    ['another user', template({ RSYNC_USER: ['root'] }), 'not-met', `${names} RSYNC_USER “root”. ${correct}`, ['datastores']],
    ['neither is saved', saved({ template: {} }), 'not-met', /found no RSYNC_USER\./],
    ['no server', template({ RSYNC_HOST: [] }), 'not-met', `${names} no RSYNC_HOST. ${correct}`],
    [
      'an IPv6 literal that is declared, too',
      both(declared({ rsync_host: '2001:db8::1' }), template({ RSYNC_HOST: ['2001:db8::1'] })),
      'not-met',
      /the IPv6 literal “2001:db8::1”, which rsync and ssh want written in different ways\. Give the server a name: onedatastore update 100$/,
    ],
    ['another server', savedAs('b2', front({ hostKey: otherKey })), 'not-met', ['datastores', 'ssh']],
    ['another server that denies us its key', savedAs('b2', unseen('refused', 'Host key verification failed.')), 'not-met'],
    ['another server that is silent', savedAs('b2', unseen('silent', 'Connection timed out')), 'undetermined'],
    ['another name, and the declared server is silent', savedAs('b2', front(), { login: unseen('silent', 'timed out') }), 'undetermined'],
    ['another name, which shows a key of another type', savedAs('b2', front({ hostKey: rsaKey })), 'undetermined'],
    ['another name of the same server', savedAs('backup', front()), 'met', same, ['datastores', 'ssh']],
    [
      'another name of the same server at another address',
      savedAs('backup', front(at('198.18.0.8')), { login: front(at('198.18.0.9')) }),
      'met',
      same,
    ],
    [
      'another name, which is a clone of the server',
      savedAs('b2', front(), { savedIdentity: aClone }),
      'not-met',
      `${names} RSYNC_HOST “b2”, which shows the same host key, and is another machine. ${correct}`,
    ],
    [
      'another name, which is a clone of the server at its address',
      savedAs('b2', front(at('198.18.0.9')), { login: front(at('198.18.0.9')), savedIdentity: aClone }),
      'not-met',
    ],
    [
      'another name, of which nobody says which machine it is',
      savedAs('b2', front(at('198.18.0.8')), { login: front(at('198.18.0.9')), savedIdentity: untold }),
      'undetermined',
      `${names} RSYNC_HOST “b2”, which shows the same host key, and whether it is the same machine could not be looked at: no answer (exit 1). ${correct}`,
    ],
    [
      'another name, and the declared server does not say which machine it is',
      savedAs('b2', front(), { identity: untold }),
      'undetermined',
      /could not be looked at: no answer \(exit 1\)\./,
    ],
    [
      'another name, of which nothing was asked',
      savedAs('b2', front(), { savedIdentity: undefined }),
      'undetermined',
      /: it was not asked\./,
    ],
    [
      'another name at the same address, of which nobody says which machine it is',
      savedAs('backup', front(at('198.18.0.9')), { login: front(at('198.18.0.9')), savedIdentity: untold }),
      'met',
      same,
    ],
    [
      'another name, which is a clone of the server to a host',
      onKvm01As({}, undefined, { savedIdentity: aClone }),
      'not-met',
      /but not to every hypervisor host: kvm01\.example\.net: backup shows the same host key, and is another machine\. Make/,
    ],
    [
      'another name, of which a host does not hear which machine it is',
      onKvm01As(at('198.18.0.8'), at('198.18.0.9'), { savedIdentity: untold }),
      'undetermined',
      /but perhaps not to every hypervisor host: kvm01\.example\.net: backup shows the same host key, and whether .*: no answer \(exit 1\)\. Make/,
    ],
    [
      'another name, by which a host is led to the address of the declared one',
      onKvm01As(at('198.18.0.9'), at('198.18.0.9'), { savedIdentity: untold }),
      'met',
      same,
    ],
    ['what is no name of a machine', savedAs('-oProxyCommand=id'), 'not-met'],
    [
      'another name, which a host does not know',
      onKvm01As({ failure: failed('refused', 'ssh: Could not resolve hostname backup.') }),
      'not-met',
      ['datastores', 'ssh', 'ssh'],
    ],
    [
      'another name, by which a host hears nothing',
      onKvm01As({ failure: failed('silent', 'timed out') }),
      'undetermined',
      /but perhaps not to every hypervisor host: kvm01\.example\.net: timed out\. Make/,
    ],
    [
      'another name, which is another server to a host',
      onKvm01As({ hostKey: otherKey }),
      'not-met',
      /kvm01\.example\.net: backup shows another host key\. Make/,
    ],
    [
      'another name, by which a host is shown a key of another type',
      onKvm01As({ hostKey: rsaKey }),
      'undetermined',
      /backup shows no host key that could be compared with backup01/,
    ],
    ['the same, as by the declared one', onKvm01As({ hostKey: rsaKey }, { hostKey: rsaKey }), 'met', same],
    [
      'another name, by which a host is led to the declared server; by the declared one it is led astray',
      onKvm01As({}, { hostKey: otherKey }),
      'met',
      same,
    ],
    [
      'another name, by which a host is led to the declared server; by the declared one it saw no key',
      onKvm01As({}, { hostKey: undefined }),
      'met',
      same,
    ],
    [
      'another name, by which a host is let in and tells of no host key',
      onKvm01As({ hostKey: undefined }),
      'undetermined',
      /shows no host key that could be compared/,
    ],
    [
      'another name, by which one host hears nothing, and which is another server to the other',
      both(onKvm01As({ failure: failed('silent', 'timed out') }), (cloud) => ({
        ...cloud,
        hosts: cloud.hosts.map((each, at) =>
          at === 1 ? { ...each, savedLogin: login(kvm02, { to: 'backup', hostKey: otherKey }) } : each,
        ),
      })),
      'not-met',
      /but not to every hypervisor host: kvm01\.example\.net: timed out; kvm02\.example\.net: backup shows another host key\. Make/,
    ],
    ['another name, which a host knows', onKvm01As({}), 'met', same],
  ],
  {
    'another server': `${names} RSYNC_HOST “b2”, which does not show the same host key. ${correct}`,
    'another server that denies us its key': `${names} RSYNC_HOST “b2”, which the front-end does not get through to: Host key verification failed. ${correct}`,
    'another server that is silent': `${names} RSYNC_HOST “b2”, whose host key could not be checked: Connection timed out. ${correct}`,
    'another name, and the declared server is silent': `${names} RSYNC_HOST “b2”, and no host key of ${backup01} to compare that one's with, see BDS-101. ${correct}`,
    'another name, which shows a key of another type': `${names} RSYNC_HOST “b2”, which shows a key of type ssh-rsa, where ${backup01} shows one of type ssh-ed25519: whether they are the same server is unknown. ${correct}`,
    'what is no name of a machine': `${names} RSYNC_HOST “-oProxyCommand=id”, which is no name of a machine. ${correct}`,
    'another name, which a host does not know': `${names} RSYNC_HOST “backup”, which is the same server to the front-end, but not to every hypervisor host: ${kvm01}: ssh: Could not resolve hostname backup. ${spread}`,
  },
);

const drifted = 'datastore 100: expected a saved template as the site file declares it, with which rsync works, found that';
/** RSYNC_ARGS as they are saved and declared. */
const args = (value: string, ...more: readonly Change[]) =>
  both(template({ RSYNC_ARGS: [value] }), declared({ template: { RSYNC_ARGS: value } }), ...more);
const shook = (value: object) =>
  onKvm01({ handshake: looked({ absent: false, waited: false, said: 'no', command: 'rsync -n', ...value } as never, 'handshake') });
const hostsOf = (version: string) => frontend({ hosts: pool('hosts', { ...host('0', kvm01), version }, host('1', kvm02, 'off')) });
const correctArgs =
  'Remove RSYNC_ARGS, and OpenNebula uses -aS: onedatastore update 100. Or save others that rsync takes, and declare them under datastore.template.';
const other = (value: Installed) => server({ otherRsync: looked(value, 'other-rsync') });
met(templateHasNotDrifted, 'BDS-404 server hosts', ['datastores'], { measured: '15 attributes compared' });
cases(
  templateHasNotDrifted,
  undefined,
  [
    ['two differ', template({ TM_MAD: ['local'], LIMIT_MB: ['10'] }), 'not-met', ['datastores']],
    [
      'rsync has an alias on a host',
      onKvm01({ aliases: looked(['/root/.popt: rsync alias -a -r'], 'aliases') }),
      'undetermined',
      /rsync has aliases on kvm01\.example\.net, which an audit does not follow: “\/root\/\.popt: rsync alias -a -r”\. On kvm01\.example\.net, remove/,
    ],
    [
      'whether rsync has aliases is not told',
      onKvm01({ aliases: unread('no answer (a)', 'aliases') }),
      'undetermined',
      /whether rsync has aliases on kvm01\.example\.net is not known: no answer \(a\)\./,
    ],
    [
      'a host does not come so far',
      onKvm01({ aliases: unread('no answer (a)', 'aliases'), handshake: unread('no answer (h)', 'handshake') }),
      'met',
    ],
    ['a declared one', args('-a'), 'met'],
    [
      'a declared one is missing',
      declared({ template: { RSYNC_TMP_DIR: '/srv/tmp' } }),
      'not-met',
      /RSYNC_TMP_DIR is missing, expected “\/srv\/tmp”\./,
    ],
    [
      'a declared one is empty',
      both(template({ LIMIT_MB: [''] }), declared({ template: { LIMIT_MB: '5' } })),
      'not-met',
      /LIMIT_MB is empty, expected “5”/,
    ],
    ...['NICE', 'IONICE', 'CPU_QUOTA', 'MEMORY_MAX_MB', 'MAX_RIOPS', 'MAX_WIOPS'].map(
      (name) =>
        [
          `RSYNC_${name} is set`,
          template({ [`RSYNC_${name}`]: ['5'] }),
          'not-met',
          new RegExp(`RSYNC_${name} is “5”, expected none`),
        ] as const,
    ),
    ['TM_MAD was left out', template({ TM_MAD: [] }), 'met'],
    [
      'an attribute is there twice: both are shown',
      template({ RSYNC_ARGS: ['-a', '-z'] }),
      'not-met',
      /RSYNC_ARGS is “-a -z”, expected none/,
    ],
    // The driver reads the text of an attribute; there is none in one that has parts of its own.
    ['an attribute that has parts', template({ RSYNC_ARGS: [{ A: ['b'] }] }), 'met'],
    [
      'arguments that are empty, though nobody declared any',
      template({ RSYNC_ARGS: [''] }),
      'not-met',
      ['datastores', 'handshake', 'handshake'],
    ],
    [
      'a directory for increments that is empty',
      template({ RSYNC_TMP_DIR: [''] }),
      'not-met',
      /RSYNC_TMP_DIR is saved empty, which is not the same as none: increments .*“\{\}”.* Remove it/,
    ],
    [
      'the same, as declared',
      both(template({ RSYNC_TMP_DIR: [''] }), declared({ template: { RSYNC_TMP_DIR: '' } })),
      'not-met',
      /RSYNC_TMP_DIR is saved empty/,
    ],
    ['arguments that are empty, as declared', args(''), 'not-met', /saved empty, .*copies nothing.*Backups made meanwhile hold nothing/],
    ['blank arguments, as declared', args('  '), 'not-met', /saved empty/],
    ['arguments that only try', args('-aS --dry-run'), 'not-met', /RSYNC_ARGS has --dry-run, with which rsync copies nothing/],
    [
      'arguments that copy nothing',
      args('-S', shook({ state: 'answered', copies: false })),
      'not-met',
      /with RSYNC_ARGS “-S” rsync copies nothing/,
    ],
    ['arguments that copy', args('-rS', shook({ state: 'answered', copies: true })), 'met'],
    [
      'arguments that have rsync say nothing',
      args('-aS --stats', shook({ state: 'answered' })),
      'undetermined',
      /with RSYNC_ARGS “-aS --stats” rsync does not say what it would copy/,
    ],
    [
      'arguments that a host refuses',
      args('-aS --no-such', shook({ state: 'refused', said: 'rsync: --no-such: unknown option' })),
      'not-met',
    ],
    ['arguments of which nothing is known: a host was not let in', args('-aS --no-such', shook({ state: 'unanswered' })), 'met'],
    ['a remote shell', args("-aS -e 'ssh -p 2222'"), 'not-met', /has “-e ssh -p 2222”.*plain ssh.*Put what it says into ~\/\.ssh\/config/],
    [
      'an argument that is not run',
      args('-aS --log-file=/tmp/x', shook({ state: 'answered', copies: true })),
      'undetermined',
      /“--log-file=\/tmp\/x”/,
    ],
    [
      'one that is not run, and drift',
      both(args('-aS --delete'), template({ RSYNC_ARGS: ['-aS --delete'], LIMIT_MB: ['1'] })),
      'not-met',
      /LIMIT_MB.*--delete/,
    ],
    [
      'one that is not run, and with the others nothing is copied',
      args('-S --log-file=/tmp/x', shook({ state: 'answered', copies: false })),
      'undetermined',
    ],
    [
      'one that is not run, and one that only tries',
      args('-n --log-file=/tmp/x'),
      'not-met',
      /--dry-run|-n, with which rsync copies nothing/,
    ],
    [
      'a remote shell, and with the others nothing is copied',
      args('-S -e ssh', shook({ state: 'answered', copies: false })),
      'not-met',
      /found that RSYNC_ARGS has “-e ssh”, by which rsync alone would log in: all other steps of the driver use plain ssh\. /,
    ],
    [
      'a limit that is no number, as declared',
      both(template({ RSYNC_CPU_QUOTA: ['much'] }), declared({ template: { RSYNC_CPU_QUOTA: 'much' } })),
      'not-met',
      /RSYNC_CPU_QUOTA is “much”, which is no whole number: the driver ends there, and so does every backup\. Save a whole number, or remove the attribute: onedatastore update 100$/,
    ],
    [
      'another that is perhaps not read, as declared',
      both(template({ RSYNC_CPU_QUOTA: ['5'], RSYNC_NICE: ['x'] }), declared({ template: { RSYNC_CPU_QUOTA: '5', RSYNC_NICE: 'x' } })),
      'undetermined',
      /found that RSYNC_NICE is “x”, which is no whole number\. Save a whole number/,
    ],
    [
      'another rsync of which nothing was told',
      args('-aS --rsync-path=/opt/rsync', server({ otherRsync: unread('no answer (exit 9)', 'other-rsync') })),
      'undetermined',
      /could not be checked: no answer \(exit 9\)/,
      ['datastores', 'handshake', 'handshake', 'other-rsync'],
    ],
    ['another rsync on the server', args('-aS --rsync-path=/opt/rsync', other({ state: 'runs', version: '3.2.7' })), 'met'],
    [
      'another rsync that is not there',
      args('-aS --rsync-path=/opt/rsync', other({ state: 'absent' })),
      'not-met',
      /starts “\/opt\/rsync” on backup01\.example\.net, where there is none/,
    ],
    ['another rsync that was not asked', args('-aS --rsync-path=/opt/rsync'), 'undetermined', /could not be checked: it was not asked/],
    [
      'BRIDGE_LIST',
      template({ BRIDGE_LIST: ['kvm01'] }),
      'not-met',
      /BRIDGE_LIST is “kvm01”, expected none\. Correct it \(onedatastore update 100\), or declare it under datastore\.bridge_list in the site file\.$/,
    ],
    ['BRIDGE_LIST as declared', both(declared({ bridge_list: ['kvm01', 'kvm02'] }), template({ BRIDGE_LIST: [' kvm01  kvm02'] })), 'met'],
    [
      'BRIDGE_LIST in another order',
      both(declared({ bridge_list: ['kvm02', 'kvm01'] }), template({ BRIDGE_LIST: ['kvm01 kvm02'] })),
      'met',
    ],
    ['BRIDGE_LIST in capitals', both(declared({ bridge_list: ['kvm01'] }), template({ BRIDGE_LIST: ['KVM01'] })), 'met'],
    [
      'BRIDGE_LIST with one more',
      both(declared({ bridge_list: ['kvm02', 'kvm01'] }), template({ BRIDGE_LIST: ['kvm01 kvm02 kvm03'] })),
      'not-met',
      /BRIDGE_LIST is “kvm01 kvm02 kvm03”, expected “kvm02 kvm01”/,
    ],
    [
      'BRIDGE_LIST empty, where some are declared',
      both(declared({ bridge_list: ['kvm01'] }), template({ BRIDGE_LIST: [''] })),
      'not-met',
      /BRIDGE_LIST is empty, expected “kvm01”/,
    ],
    ['BRIDGE_LIST where it counts first', both(hostsOf('7.2.0'), template({ BRIDGE_LIST: ['kvm01'] })), 'not-met'],
    [
      'BRIDGE_LIST before it counts, and drift',
      both(hostsOf('6.10.5'), template({ BRIDGE_LIST: ['kvm01'], LIMIT_MB: ['10'] })),
      'not-met',
      /found that LIMIT_MB is “10”, expected none\. Correct it/,
    ],
    [
      'BRIDGE_LIST before it counts',
      both(hostsOf('6.10.5'), template({ BRIDGE_LIST: ['kvm01'] })),
      'met',
      /BRIDGE_LIST is “kvm01”.*OpenNebula 6\.10\.5 ignores it/,
    ],
  ],
  {
    'two differ': `${drifted} TM_MAD is “local”, expected “-”; LIMIT_MB is “10”, expected none. Correct it (onedatastore update 100), or declare it under datastore.template in the site file.`,
    'arguments that a host refuses': `${drifted} rsync refuses RSYNC_ARGS “-aS --no-such” (${kvm01}: “rsync: --no-such: unknown option”). ${correctArgs}`,
  },
);

test('a restore test waits for arguments with which something is copied, and for no other drift', () => {
  const fails = (change: Change) => failsByArguments(change(wholeCloud()));
  assert.deepEqual(
    [
      template({ RSYNC_ARGS: [''] }),
      args('-n'),
      args('-x', shook({ state: 'refused' })),
      args('-S', shook({ state: 'answered', copies: false })),
      args('-aS --rsync-path=/opt/rsync', other({ state: 'absent' })),
      template({ RSYNC_CPU_QUOTA: ['much'] }),
    ].map(fails),
    [true, true, true, true, true, true],
  );
  assert.deepEqual(
    [template({}), template({ LIMIT_MB: ['1'] }), args('-aS -e ssh'), args('-aS --delete'), args('-aS'), listed()].map(fails),
    [false, false, false, false, false, false],
  );
});

/** What OpenNebula shows, and what the server has, in MiB. */
const figures = (totalMb: number, freeMb: number, total: number, free: number) =>
  both(
    saved({ totalMb, freeMb }),
    server({
      space: looked({ storage: space('/s', { totalBytes: total * 2 ** 20, availableBytes: free * 2 ** 20 }), tmp: space('/t') }, 'space'),
    }),
  );
const real = `datastore 100: expected the capacity that OpenNebula monitors to be that of ${backup01}, found`;
const asks = 'OpenNebula asks every 300 s; if it stays so, read the monitoring of the datastore in /var/log/one/oned.log.';
met(capacityIsReal, 'BDS-405 server hosts by another name', ['datastores', 'space'], {
  measured: 'TOTAL_MB 258020 (server 258020), FREE_MB 78224 (server 78224)',
});
cases(
  capacityIsReal,
  undefined,
  [
    ['TOTAL_MB is 0', figures(0, 0, 10_000, 5000), 'not-met'],
    ['TOTAL_MB is no number', figures(Number.NaN, 5000, 10_000, 5000), 'not-met', /no number for TOTAL_MB\./],
    ['FREE_MB is no number', figures(10_000, Number.NaN, 10_000, 5000), 'not-met', /no number for FREE_MB\./],
    ['neither is a number', figures(Number.NaN, Number.NaN, 10_000, 5000), 'not-met', ['datastores', 'space']],
    ['TOTAL_MB is 1 % off', figures(10_100, 5000, 10_000, 5000), 'met'],
    ['TOTAL_MB is more than 1 % off', figures(10_101, 5000, 10_000, 5000), 'not-met', ['datastores', 'space']],
    ['TOTAL_MB of a tiny volume is 1 off', figures(11, 5, 10, 5), 'met'],
    ['FREE_MB is 5 % off', figures(100_000, 42_000, 100_000, 40_000), 'met'],
    ['FREE_MB is more than 5 % off', figures(100_000, 42_001, 100_000, 40_000), 'not-met'],
    ['on a small volume 1 GiB is near enough', figures(10_000, 5000 - 1024, 10_000, 5000), 'met'],
    [
      'on a small volume FREE_MB is more than 1 GiB off',
      figures(10_000, 5000 - 1025, 10_000, 5000),
      'not-met',
      /FREE_MB 3975 where the server has 5000/,
    ],
    ['FREE_MB is below nothing', figures(10_000, -1, 10_000, 5), 'not-met', /FREE_MB -1 where the server has 5\./],
    ['FREE_MB is below nothing, and there is none', figures(10_000, -1, 10_000, 0), 'not-met', /FREE_MB -1 where the server has 0\./],
    ['FREE_MB is nothing, and there is one MiB', figures(10_000, 0, 10_000, 1), 'met'],
    ['a volume is full, and FREE_MB is of before: half of what is left', figures(2000, 930, 2000, 620), 'met'],
    [
      'a volume is full, and FREE_MB is of before: more than that',
      figures(2000, 931, 2000, 620),
      'not-met',
      /FREE_MB 931 where the server has 620/,
    ],
    ['a volume is full, and 930 MB are monitored', figures(2000, 930, 2000, 1), 'not-met'],
    ['a volume was emptied, and FREE_MB is less than half of it', figures(2000, 499, 2000, 1000), 'not-met'],
    ['the server does not say', server({ space: unread('no answer (x)', 'space', 'Look.') }), 'undetermined', ['space']],
  ],
  {
    'TOTAL_MB is 0': `${real} TOTAL_MB 0: its monitoring does not reach the server, though the list says “on”. ${asks}`,
    'neither is a number': `${real} no number for TOTAL_MB and FREE_MB. ${asks}`,
    'TOTAL_MB is more than 1 % off': `${real} TOTAL_MB 10101 where the server has 10000. ${asks}`,
    'FREE_MB is more than 5 % off': `${real} FREE_MB 42001 where the server has 40000. ${asks}`,
    'the server does not say': `${real} no answer (x). Look.`,
  },
);
