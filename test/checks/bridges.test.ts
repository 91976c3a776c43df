import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentHoldsKey, hostKeyIsKnown, hostsLogIn, loginIsQuiet } from '../../support/checks/access.ts';
import { bridgesCanSend } from '../../support/checks/bridges.ts';
import { templateHasNotDrifted, templateNamesServer } from '../../support/checks/datastore.ts';
import { programsOnHosts } from '../../support/checks/programs.ts';
import { type BridgeFacts, bridgeFor, bridgeSubject, savedBridges } from '../../support/facts/bridge.ts';
import type { HostFacts } from '../../support/facts/host.ts';
import { bridgePrograms } from '../../support/facts/programs.ts';
import type { Shared } from '../../support/facts/shared.ts';
import type { Failure } from '../../support/machines/shell.ts';
import type { Datastore } from '../../support/opennebula/pools.ts';
import { worst } from '../../support/outcome/outcome.ts';
import { backup01, datastore, evidence, frontend01, host, login, looked, now, path, unread, wholeCloud } from '../made.ts';
import { kvm01, kvm02 } from '../worlds/world.ts';
import { both, type Change, cases, frontend, judge, onHosts, pool, server } from './cases.ts';

const bridge01 = 'bridge01.example.net';
const bridge02 = 'bridge02.example.net';
const refused: Failure = { kind: 'refused', message: 'Permission denied (publickey).', reason: 'denied' };
const silent: Failure = { kind: 'silent', message: 'connect to host: Connection timed out' };

const other = `${path}/101/5`;
const [zero, one, two] = [`${path}/0/0`, `${path}/0/1`, `${path}/0/2`];
const shared = (places: Record<string, Shared extends ReadonlyMap<string, infer P> ? P : never>) =>
  looked<Shared>(new Map(Object.entries(places)), 'shared');
const placed = (inode: string, changed = now - 9000) => ({ inode, changed });
const on01 = { [zero]: placed('11'), [two]: placed('13') };
const on02 = { [one]: placed('12') };

const bridgeFacts = (name: string, changes: { [K in keyof BridgeFacts]?: BridgeFacts[K] | undefined } = {}): BridgeFacts =>
  ({
    ...{ asked: [evidence({ machine: name, command: `all of ${name}` })], noise: '', login: login(name) },
    handshake: looked({ state: 'answered', absent: false, copies: true, waited: false }, 'handshake'),
    ...{ lent: looked(true, 'lent'), aliases: looked([], 'aliases'), localCommand: '' },
    back: login(name, { to: frontend01 }),
    backAt: frontend01,
    rsync: looked({ state: 'runs', version: '3.2.7' }, 'rsync'),
    missing: looked([], 'programs'),
    broken: looked([], 'broken'),
    limits: [],
    confinement: { value: { missing: [] }, evidence: [] },
    shared: shared({ ...on01, ...on02 }),
    ...changes,
    subject: bridgeSubject(name, wholeCloud()),
  }) as BridgeFacts;

const list = (...names: readonly string[]) =>
  frontend({
    datastores: pool('datastores', datastore({ template: { ...(datastore().template as object), BRIDGE_LIST: [names.join(' ')] } })),
  });
/** A cloud with these bridge hosts, of which the first is as given. */
const bridged =
  (changes: Parameters<typeof bridgeFacts>[1] = {}, names: readonly string[] = [bridge01, bridge02]): Change =>
  (cloud) => {
    const listed = list(...names)(cloud);
    const own = [on01, on02];
    const unsent = { login: undefined, handshake: unread('it was not asked', 'handshake') };
    const hosts = listed.hosts.map((each, at) => ({ ...each, ...unsent, shared: shared(own[at] ?? {}) }) as unknown as HostFacts);
    return { ...listed, hosts, bridges: names.map((name, at) => bridgeFacts(name, at === 0 ? changes : {})) };
  };

test('BDS-107 is not applicable without BRIDGE_LIST, and where the release does not read it', () => {
  const [without] = judge(bridgesCanSend);
  assert.deepEqual(
    [without?.outcome, without?.reason],
    ['not-applicable', 'Datastore 100 has no BRIDGE_LIST: hypervisor hosts send their backups themselves.'],
  );
  const old = frontend({ hosts: pool('hosts', host('0', kvm01, 'on', { version: '7.0.1' })) });
  const [ignored] = judge(bridgesCanSend, both(list(bridge01), old));
  assert.equal(ignored?.outcome, 'not-applicable');
  assert.match(ignored?.reason ?? '', /^OpenNebula 7\.0\.1 does not read BRIDGE_LIST of an rsync datastore.* from 7\.2 on\.$/);
  assert.equal(judge(bridgesCanSend, list(' '))[0]?.outcome, 'not-applicable', 'blanks name nobody');
});

test('BDS-107 tells what was measured of each bridge host', () => {
  assert.deepEqual(
    judge(bridgesCanSend, bridged()).map(({ outcome, subject, measured, note }) => [outcome, subject, measured, note]),
    [bridge01, bridge02].map((name) => [
      'met',
      { kind: 'machine', name },
      `rsync got an answer in 0.3 s, login back in 0.3 s, rsync 3.2.7 (needs 3.1.0), 7 of 7 programs run, 3 of the hypervisor hosts' directories compared, the same on ${name}`,
      undefined,
    ]),
  );
});

const is = `${bridge01}: expected the system datastores of the hypervisor hosts at the same paths as there, found`;
const mount = `Mount the system datastores on ${bridge01} as on the hypervisor hosts, from the same shared storage. Or take ${bridge01} out of BRIDGE_LIST: onedatastore update 100`;
const [du = assert.fail()] = bridgePrograms.filter(({ name }) => name === 'du');
const none = { said: 'No such file or directory' };
/** The bridge host lacks a folder, of which kvm01 says this when it is asked again; undefined: it does not answer. */
const lacking = (still: Parameters<typeof shared>[0] | undefined, at = zero) =>
  bridged({
    shared: shared({ ...on01, ...on02, [at]: none }),
    still: new Map([['0', still === undefined ? unread('no answer', 'shared') : shared(still)]]),
  });
/** The bridge host sees a folder of kvm01 changed just when that does. */
const justNow = (changed: number): Change =>
  both(elsewhere({ [zero]: placed('11', changed) }), onHosts(1, { shared: shared({ ...on01, [zero]: placed('11', changed) }) }));
const elsewhere = (changes: object) => bridged({ shared: shared({ ...on01, ...on02, ...changes }) });
const onHosted = (changes: object): Change => both(bridged(), onHosts(1, { shared: shared({ ...on01, ...changes }) }));
cases(
  bridgesCanSend,
  bridge01,
  [
    ['the front-end is denied', bridged({ login: undefined, failure: refused }), 'not-met', [`all of ${bridge01}`]],
    ['the front-end gets no answer', bridged({ login: undefined, failure: silent }), 'undetermined', /→ bridge01.*timed out/],
    ['it answers nothing', bridged({ login: undefined }), 'undetermined', /did not answer/],
    ['it is denied at the backup server', bridged({ login: login(bridge01, { failure: refused }) }), 'not-met', /→ backup01.*denied/],
    ['it gets no answer there', bridged({ login: login(bridge01, { failure: silent }) }), 'undetermined'],
    [
      'rsync is kept out there',
      bridged({ handshake: looked({ state: 'unanswered', said: 'no shell', command: 'rsync -n' }, 'handshake') }),
      'not-met',
      /“no shell”, though a plain login succeeds/,
    ],
    [
      'rsync ends well, and logs in nowhere',
      bridged({ handshake: looked({ state: 'pretended', said: 'hello', command: 'rsync -n' }, 'handshake') }),
      'not-met',
      /logs in nowhere and says hello/,
    ],
    ['it is denied at the front-end', bridged({ back: login(bridge01, { to: frontend01, failure: refused }) }), 'not-met'],
    ['the front-end is silent', bridged({ back: login(bridge01, { to: frontend01, failure: silent }) }), 'undetermined'],
    ['the front-end was not asked', bridged({ back: undefined }), 'undetermined', /→ frontend01.*found no answer/],
    ['another machine has that name', bridged({ backAt: kvm02 }), 'not-met', /kvm02\.example\.net answers to that name/],
    ['that machine has no name', bridged({ backAt: undefined }), 'met'],
    ['rsync is missing', bridged({ rsync: looked({ state: 'absent' }, 'rsync') }), 'not-met', /Install the package rsync on bridge01/],
    ['du is missing', bridged({ missing: looked([du], 'programs') }), 'not-met', /missing: du \(package coreutils/],
    ['du does not run', bridged({ broken: looked([{ program: du, said: 'no' }], 'broken') }), 'not-met', /there, but not running: du/],
    ['its programs are not told', bridged({ missing: unread('nothing', 'programs', 'Look.') }), 'undetermined'],
    [
      'the limits need a bus that it does not have',
      bridged({ limits: ['RSYNC_CPU_QUOTA'], confinement: looked({ missing: [], bus: 'No medium found' }, 'user-bus') }),
      'not-met',
      /bridge01\S*: expected what runs backups under RSYNC_CPU_QUOTA there, found no user bus: “No medium found”/,
    ],
    ['a folder is not there, nor on its host when that is asked again', lacking({ [zero]: none }), 'met'],
    ['a folder is not there, and still on its host', lacking({ [zero]: placed('11') }), 'not-met', /0\/0, which is on kvm01\S*: “No such/],
    ['a folder is not there, and another one by now on its host', lacking({ [zero]: { inode: '77', changed: now } }), 'undetermined'],
    ['a folder is not there, and its host may no longer look', lacking({ [zero]: { said: 'Permission denied' } }), 'undetermined'],
    ['a folder is not there, and its host was not asked for it again', lacking({}), 'undetermined'],
    ['a folder is not there, and its host did not answer again', lacking(undefined), 'undetermined'],
    [
      'a folder of another system datastore is not there',
      both(lacking({ [other]: placed('14') }, other), onHosts(1, { shared: shared({ ...on01, [other]: placed('14') }) })),
      'not-met',
      /101\/5, which is on kvm01\S*: “No such file or directory”/,
    ],
    ['a folder that it was not asked for', onHosted({ [other]: { inode: '14', changed: 0 } }), 'met'],
    [
      'a folder of which its own host does not tell',
      both(elsewhere({ [other]: { inode: '14', changed: 0 } }), onHosts(1, { shared: shared({ ...on01, [other]: { said: 'x' } }) })),
      'met',
    ],
    [
      'no folder is there',
      bridged({ shared: shared({ ...on01, [one]: none }), still: new Map([['1', shared({ [one]: placed('12') })]]) }),
      'not-met',
    ],
    ['a folder may not be entered', elsewhere({ [zero]: { said: 'Permission denied' } }), 'not-met', /“Permission denied”/],
    ['another folder is there', elsewhere({ [zero]: { inode: '99', changed: now - 9000 } }), 'not-met'],
    ['another folder is there, and changed just now', elsewhere({ [zero]: { inode: '99', changed: now - 3 } }), 'not-met'],
    ['it is changed at another time', elsewhere({ [zero]: { inode: '11', changed: now - 8000 } }), 'not-met'],
    ['it changed just now', elsewhere({ [zero]: { inode: '11', changed: now - 3 } }), 'undetermined', /0\/0 of kvm01.* changed just now/],
    [
      'another one has its inode, and changed in the same second as on the hypervisor host',
      both(elsewhere({ [zero]: placed('11', now - 8999.25) }), onHosts(1, { shared: shared({ [zero]: placed('11', now - 8999.75) }) })),
      'not-met',
      /0\/0, which is another directory than on kvm01/,
    ],
    [
      'it changed just now, in the same second as on the hypervisor host, by a clock of whole ones',
      justNow(now - 3),
      'undetermined',
      /0\/0 of kvm01.* just now/,
    ],
    ['it changed just now, in the same instant as on the hypervisor host', justNow(now - 2.75), 'met'],
    ['its storage hangs', bridged({ shared: unread('no answer', 'shared', 'Look.') }), 'undetermined'],
    ['a hypervisor host does not tell', both(bridged(), onHosts(1, { shared: unread('no answer', 'shared', 'Look.') })), 'undetermined'],
    ['a hypervisor host is not reached', both(bridged(), onHosts(1, { failure: refused })), 'met', /with \S+ of kvm01/],
  ].map(([what, change, ...rest]) =>
    // Of what is about the hypervisor hosts the other bridge host says the same.
    [what, String(what).includes('hypervisor host') ? both(change as Change, onlyFirst) : (change as Change), ...rest],
  ) as never,
  {
    'a folder is not there, and its host did not answer again': `${is} that ${zero}, which was on ${kvm01}, is missing (“No such file or directory”), and whether ${kvm01} still has it could not be looked at. Run it again.`,
    'no folder is there': `${is} ${one}, which is on ${kvm02}: “No such file or directory”. ${mount}`,
    'another folder is there': `${is} ${zero}, which is another directory than on ${kvm01}. ${mount}`,
  },
);
function onlyFirst(cloud: ReturnType<typeof wholeCloud>) {
  return { ...cloud, bridges: cloud.bridges.slice(0, 1) };
}

test('BDS-107: what no VM proves is left to a gate, and said', () => {
  const none: Change = (cloud) => ({ ...cloud, hosts: cloud.hosts.map((each) => ({ ...each, shared: shared({}) })) });
  const [judgement] = judge(bridgesCanSend, both(bridged(), none));
  assert.deepEqual(
    [judgement?.outcome, judgement?.measured],
    ['met', 'rsync got an answer in 0.3 s, login back in 0.3 s, rsync 3.2.7 (needs 3.1.0), 7 of 7 programs run'],
  );
  assert.match(judgement?.note ?? '', /no VM is on a hypervisor host to compare.*a gate proves/);
  const gone: Change = (cloud) => ({
    ...cloud,
    hosts: cloud.hosts.map((each) => ({ ...each, failure: refused, host: { ...each.host, vms: ['0'] } })),
  });
  const idle: Change = (cloud) => ({ ...cloud, hosts: cloud.hosts.map((each) => ({ ...each, host: { ...each.host, vms: [] } })) });
  assert.equal(judge(bridgesCanSend, both(bridged(), gone, idle))[0]?.outcome, 'met');
  const [unseen] = judge(bridgesCanSend, both(bridged(), gone));
  assert.deepEqual([unseen?.outcome, /kvm01.*could not be asked/.test(unseen?.reason ?? '')], ['undetermined', true]);
});

test('BDS-107: a bridge host that is lent no key is told to be lent one, once, and no key is to be added', () => {
  const denied = { login: login(bridge01, { failure: refused }), back: login(bridge01, { to: frontend01, failure: refused }) };
  const fix = (changes: Parameters<typeof bridgeFacts>[1], more: Change = (cloud) => cloud) =>
    judge(bridgesCanSend, both(bridged({ ...denied, ...changes }), more))[0]?.fix ?? '';
  for (const lent of [looked(false, 'lent'), unread('no answer', 'lent')])
    assert.match(fix({ lent, login: login(bridge01) }), /^Allow agent forwarding on bridge01\S*: [^:]*; in [^:]*$/);
  assert.match(fix({ lent: looked(false, 'lent') }), /^Allow agent forwarding on bridge01\S*: [^:]*; in [^:]*$/);
  assert.match(fix({ login: login(bridge01) }), new RegExp(`^Add the front-end's public key to .* on ${frontend01}\\.$`));
  assert.match(fix({ login: login(bridge01) }, frontend({ agent: looked({ state: 'empty' }, 'agent') })), /^BDS-103 comes first\./);
});

test('BDS-107: what of hypervisor hosts and system datastores was not compared is said', () => {
  const system = (id: string, clusters = ['0']) =>
    datastore({ id, name: `system ${id}`, type: 'sys', basePath: `${path}/${id}`, clusters });
  const noteOf = (own: Parameters<typeof shared>[0], ...datastores: readonly Datastore[]) => {
    const more = (cloud: ReturnType<typeof wholeCloud>) => {
      const { datastores: saved } = cloud.frontend;
      return frontend({ datastores: pool('datastores', ...('value' in saved ? saved.value : []), ...datastores) })(cloud);
    };
    const [judgement] = judge(bridgesCanSend, both(bridged(), both(more, onHosts(1, { shared: shared(own) }))));
    return [judgement?.outcome, judgement?.note];
  };
  const said = (what: string) => [
    'met',
    `${bridge01} was not compared with ${what}: no folder of a VM could be compared there. The backup of one there proves it.`,
  ];
  assert.deepEqual(noteOf(on01, system('0')), ['met', undefined]);
  assert.deepEqual(noteOf({}, system('0')), said(`${path}/0 of ${kvm01}`));
  assert.deepEqual(noteOf({}, system('0'), system('7')), said(`${path}/0 of ${kvm01}; ${path}/7 of ${kvm01}, ${kvm02}`));
  assert.deepEqual(noteOf(on01, system('0'), system('7', ['9'])), ['met', undefined], 'of another cluster');
});

test('BDS-107: where hypervisor hosts cannot look at their own folders nothing is compared, and it is not met', () => {
  const told = (here: string, there: object, more: object = {}) => {
    const own = [on01, on02].map((places) => Object.fromEntries(Object.keys(places).map((at) => [at, { said: here }])));
    const unread: Change = (cloud) => ({
      ...cloud,
      hosts: cloud.hosts.map((each, at) => ({ ...each, shared: shared({ ...own[at], ...more }) })),
    });
    return judge(bridgesCanSend, both(bridged({ shared: shared({ ...on01, ...on02, ...there }) }), unread))[0];
  };
  const denied = told('Permission denied', {});
  assert.deepEqual(
    [denied?.outcome, denied?.reason, denied?.fix, denied?.note],
    [
      'undetermined',
      `${is} nothing to compare with: ${zero} on ${kvm01}: “Permission denied”; ${two} on ${kvm01}: “Permission denied”; ${one} on ${kvm02}: “Permission denied”.`,
      `Run it again once oneadmin can do this on ${kvm01}: cd ${zero}`,
      undefined,
    ],
  );
  const gone = told(none.said, { [zero]: none, [one]: none, [two]: none });
  assert.deepEqual([gone?.outcome, gone?.reason.includes(`${zero} on ${kvm01}: “No such file or directory”`)], ['undetermined', true]);
  // One that can be compared is enough.
  assert.equal(
    told('Permission denied', { [other]: { inode: '14', changed: 0 } }, { [other]: { inode: '14', changed: 0 } })?.outcome,
    'met',
  );
});

test('BDS-107: a bridge host that is a hypervisor host is judged as one, and compared with the others alone', () => {
  const own = { ...on01, [one]: { said: 'No such file or directory' } };
  const still = new Map([['1', shared(on02)]]);
  const [first, second] = judge(bridgesCanSend, bridged({ shared: shared({ ...own, [zero]: { said: 'x' } }), still }, ['kvm01', kvm02]));
  assert.deepEqual(first?.subject, { kind: 'host', name: kvm01, id: '0' });
  assert.equal(first?.outcome, 'not-met');
  assert.match(first?.reason ?? '', /found \S+\/0\/1, which is on kvm02\S*: “No such file or directory”\.$/);
  assert.deepEqual([second?.subject?.name, second?.outcome], [kvm02, 'met']);
  const keys = judge(hostKeyIsKnown, bridged({}, [kvm02])).map(({ subject, outcome }) => `${subject?.name} ${outcome}`);
  assert.deepEqual(keys, [`${frontend01} met`, `${kvm02} met`, `${kvm01} not-applicable`]);
});

test('BDS-107: an entry of BRIDGE_LIST that is no name is told as what it is', () => {
  const said = (name: string) => {
    const all = judge(bridgesCanSend, bridged({ login: undefined, failure: silent }, [name, bridge02]));
    assert.deepEqual([all.length, all[1]?.outcome], [2, 'met']);
    return [all[0]?.subject?.name, all[0]?.outcome, `${all[0]?.reason} ${all[0]?.fix}`];
  };
  const expected = 'datastore 100: expected names of machines in BRIDGE_LIST, found';
  for (const name of [`${bridge01},`, `"${bridge01}"`, 'a,b', 'a;b'])
    assert.deepEqual(said(name), [
      name,
      'not-met',
      `${expected} that ${name} is no name. Separate the names in BRIDGE_LIST by blanks, without quotes: onedatastore update 100`,
    ]);
  assert.deepEqual(said(`root@${bridge01}`), [
    `root@${bridge01}`,
    'undetermined',
    `${expected} root@${bridge01}, a login as root, where only oneadmin is tried. Write ${bridge01} in BRIDGE_LIST, and have it let oneadmin in: onedatastore update 100`,
  ]);
  assert.deepEqual(said('-oProxyCommand=x').slice(0, 2), ['-oProxyCommand=x', 'undetermined']);
});

test("an account before a bridge host's name is left out where it is OpenNebula's own", () => {
  const known = list(`oneadmin@${bridge01}`, `root@${bridge02}`, kvm02)(wholeCloud());
  assert.deepEqual(savedBridges(known), [bridge01, `root@${bridge02}`, kvm02]);
  const declared: Change = (cloud) => ({
    ...cloud,
    site: { ...cloud.site, datastore: { ...cloud.site.datastore, bridge_list: [bridge01] } },
  });
  assert.equal(judge(templateHasNotDrifted, both(bridged({}, [`oneadmin@${bridge01}`]), declared))[0]?.outcome, 'met');
  assert.equal(judge(templateHasNotDrifted, both(bridged({}, [`root@${bridge01}`]), declared))[0]?.outcome, 'not-met');
});

test('BDS-107: without a list of hosts nothing can be compared', () => {
  const [judgement] = judge(bridgesCanSend, both(bridged(), frontend({ hosts: unread('no', 'hosts') })));
  assert.deepEqual([judgement?.outcome, judgement?.cause], ['undetermined', 'OpenNebula by its command line']);
});

test('a VM is sent by the bridge host at its id, modulo their number', () => {
  const known = bridged({}, [bridge01, 'kvm02'])(wholeCloud());
  assert.deepEqual(
    ['0', '1', '2', '17'].map((vm) => bridgeFor(known, vm)?.name),
    [bridge01, kvm02, bridge01, kvm02],
  );
  assert.equal(bridgeFor(wholeCloud(), '0'), undefined);
});

const outcomes = (check: typeof hostsLogIn, change: Change) =>
  Object.fromEntries(judge(check, change).map(({ subject, outcome }) => [subject?.name ?? 'all', outcome]));

test('where bridge hosts send, hypervisor hosts are asked no login to the backup server, and no rsync', () => {
  assert.deepEqual(outcomes(hostsLogIn, bridged()), { [kvm01]: 'met', [kvm02]: 'met' });
  assert.match(judge(hostsLogIn, bridged())[0]?.note ?? '', /is not asked: BRIDGE_LIST has bridge01\S*; bridge02\S* send/);
  const shut = both(bridged(), onHosts(1, { failure: refused, lent: unread('no', 'lent') }));
  assert.deepEqual(outcomes(hostsLogIn, shut), { [kvm01]: 'not-met', [kvm02]: 'met' });
  const absent = onHosts(1, { rsync: looked({ state: 'absent' }, 'rsync') });
  assert.deepEqual(outcomes(programsOnHosts, both(bridged(), absent)), { [kvm01]: 'met', [kvm02]: 'met' });
  const noQemu = onHosts(1, { qemuImg: looked({ state: 'absent' }, 'qemu-img') });
  assert.equal(outcomes(programsOnHosts, both(bridged(), noQemu))[kvm01], 'not-met');
  const keys = outcomes(hostKeyIsKnown, bridged({ login: login(bridge01, { hostKey: undefined, failure: silent }) }));
  const unused = { [kvm01]: 'not-applicable', [kvm02]: 'not-applicable' };
  assert.deepEqual(keys, { [frontend01]: 'met', [bridge01]: 'blocked', [bridge02]: 'met', ...unused });
});

test('where bridge hosts send, it is theirs that agent, greeting, name and arguments are judged by', () => {
  const greeted = bridged({ handshake: looked({ state: 'greeted', said: 'hello', command: 'rsync -n' }, 'handshake') });
  assert.match(judge(loginIsQuiet, greeted)[0]?.reason ?? '', /rsync from bridge01\S* was greeted/);
  const refuses = bridged({ handshake: looked({ state: 'refused', said: 'unknown option', command: 'rsync -n' }, 'handshake') });
  const args = (cloud: ReturnType<typeof wholeCloud>) => {
    const so = refuses(cloud);
    const [saved] = 'value' in so.frontend.datastores ? so.frontend.datastores.value : [];
    const template = { ...((saved ?? assert.fail()).template as object), RSYNC_ARGS: ['-aS --no-such'] };
    return frontend({ datastores: pool('datastores', datastore({ template })) })(so);
  };
  assert.match(judge(templateHasNotDrifted, args)[0]?.reason ?? '', /rsync refuses RSYNC_ARGS “-aS --no-such” \(bridge01/);
  const empty = frontend({ agent: looked({ state: 'empty' }, 'agent') });
  const [own] = judge(agentHoldsKey, both(bridged(), empty));
  assert.deepEqual([own?.outcome, own?.reason.startsWith('Every bridge host logs in')], ['not-applicable', true]);
  const other = both(
    bridged({ savedLogin: login(bridge01, { to: 'bak', failure: refused }) }),
    server({ savedLogin: login(frontend01, { to: 'bak' }), savedIdentity: looked('boot\n1:2', 'identity') }),
    (cloud) => {
      const [saved] = 'value' in cloud.frontend.datastores ? cloud.frontend.datastores.value : [];
      const template = { ...((saved ?? assert.fail()).template as object), RSYNC_HOST: ['bak'] };
      return frontend({ datastores: pool('datastores', datastore({ template })) })(cloud);
    },
  );
  assert.match(judge(templateNamesServer, other)[0]?.reason ?? '', /not to every bridge host: bridge01\S*: Permission denied/);
  assert.equal(worst(judge(templateNamesServer, bridged()).map(({ outcome }) => outcome)), 'met', backup01);
});
