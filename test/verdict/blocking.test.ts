import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checks } from '../../support/checks/all.ts';
import { check } from '../../support/checks/check.ts';
import type { Audited } from '../../support/facts/audited.ts';
import type { FrontendFacts } from '../../support/facts/frontend.ts';
import type { GateFacts } from '../../support/facts/gate.ts';
import type { HostFacts } from '../../support/facts/host.ts';
import type { Failure } from '../../support/machines/shell.ts';
import { expecting, type Judgement } from '../../support/outcome/judgement.ts';
import { type Outcome, worst } from '../../support/outcome/outcome.ts';
import type { Subject } from '../../support/outcome/subject.ts';
import {
  asksOf,
  blockedBehind,
  blocking,
  canaryBarrier,
  chainBarrier,
  judge,
  needsOf,
  stepBarrier,
  stepNeeds,
} from '../../support/verdict/blocking.ts';
import { statements, statementsOf } from '../../support/verdict/requirements.ts';
import {
  backup01,
  datastore,
  directory,
  disk,
  frontend01,
  host,
  hostFacts,
  image,
  jobsOf,
  login,
  looked,
  nightly,
  now,
  path,
  unread,
  virtualMachine,
  wholeCloud,
} from '../made.ts';
import { kvm01, kvm02 } from '../worlds/world.ts';

type Change = (cloud: Audited) => Partial<Audited>;

/** A cloud in which a gate may begin; of a VM that keeps increments. */
const whole = (): Audited => {
  const cloud = wholeCloud();
  return {
    ...cloud,
    site: { ...cloud.site, test_vm: { id: 0, name: 'vm0', max_size: 10_240 } },
    frontend: {
      ...cloud.frontend,
      virtualMachines: looked(
        [virtualMachine({ keepsIncrements: true, keepLast: 2 }), virtualMachine({ id: '1', name: 'vm1' })],
        'virtual-machines',
      ),
    },
    backups: {
      ...cloud.backups,
      ...jobsOf(nightly('1')),
      images: looked(
        [1, 8].map((days) => image({ vms: ['1'], id: String(days), registered: now - days * 86_400 })),
        'images',
      ),
    },
    server: {
      ...cloud.server,
      stored: looked(
        {
          files: ['disk.0.0', 'vm.xml'].map((name) => ({
            path: `1/5de970/${name}`,
            type: 'f',
            bytes: 43_253_760,
            blocks: 8,
            ...{ changed: now, readable: true, writable: true },
          })),
          unread: new Map(),
          odd: 0,
        },
        'stored',
      ),
    },
  };
};
const after = (...changes: readonly Change[]): Audited =>
  changes.reduce((cloud, change): Audited => Object.assign(cloud, change(cloud)), whole());
const frontend =
  (changes: Partial<FrontendFacts>): Change =>
  (cloud) => ({ frontend: { ...cloud.frontend, ...changes } });
const site =
  (changes: Partial<Audited['site']>): Change =>
  (cloud) => ({ site: { ...cloud.site, ...changes } });
const server =
  (changes: Partial<Audited['server']>): Change =>
  (cloud) => ({ server: { ...cloud.server, ...changes } });
const storage =
  (changes: Partial<Audited['server']['storage']>): Change =>
  (cloud) =>
    server({ storage: { ...cloud.server.storage, ...changes } })(cloud);
const onHost =
  (name: string, changes: { [K in keyof HostFacts]?: HostFacts[K] | undefined }): Change =>
  ({ hosts }) => ({ hosts: hosts.map((facts) => (facts.host.name === name ? hostFacts(facts.host, changes) : facts)) });
const saved = (changes: Parameters<typeof datastore>[0]) => frontend({ datastores: looked([datastore(changes)], 'datastores') });
/** A cloud whose production is sampled, and owed restores within a time. */
const withSample = (cloud: Audited): Audited => {
  const { protect, restore } = cloud.site;
  const owed = { ...(protect ?? assert.fail()), rto: 60 };
  return { ...cloud, site: { ...cloud.site, protect: owed, restore: { ...restore, sample: { vms: 1, max_size: 9 } } } };
};
const failure = (kind: Failure['kind'], message: string): Failure => ({ kind, message });
const denied = failure('refused', 'Permission denied (publickey).');
const shut = onHost(kvm01, { failure: failure('refused', 'Connection refused'), login: undefined });
const tmp = { path: '/var/tmp', there: '/var/tmp', is: 'directory', usable: true } as const;
const absent = looked({ state: 'absent' } as const, 'rsync');

const audit = statementsOf('audit').map(({ id }) => id.slice(4));
const gate = ['202', '501', '502', '503', '504', '601', '602'];
const checkOf = (id: string) => checks.find((each) => each.id === `BDS-${id}`) ?? assert.fail(id);
/** What a requirement comes to where the whole profile is judged, unless it is said which. */
const judged = (id: string, cloud: Audited, planned: readonly string[] = []) =>
  judge(
    checkOf(id),
    cloud,
    planned.map((each) => `BDS-${each}`),
  );
const outcomesIn = (cloud: Audited, ids: readonly string[], planned: readonly string[] = ids) =>
  new Map(ids.map((id) => [id, judged(id, cloud, planned)] as const));
const outcomeOf = ({ judgements }: ReturnType<typeof judge>): Outcome => worst(judgements.map(({ outcome }) => outcome));
/** Ids by what they came to, those that are met left out, and that of bridge hosts where there are none. */
const flips = (cloud: Audited, ids: readonly string[], planned?: readonly string[]) => {
  const all = [...outcomesIn(cloud, ids, planned)].filter(
    ([id, each]) => outcomeOf(each) !== 'met' && !(id === '107' && outcomeOf(each) === 'not-applicable'),
  );
  return Object.fromEntries(
    [...Map.groupBy(all, ([, each]) => outcomeOf(each))].map(([outcome, each]) => [outcome, each.map(([id]) => id).join(' ')]),
  );
};
const of = (name: string, { judgements }: ReturnType<typeof judge>): Judgement | undefined =>
  judgements.find(({ subject }) => subject?.name === name);

describe('the table', () => {
  test('has nothing but requirements that there are, and each has a check', () => {
    const ids = statements().map(({ id }) => id);
    assert.deepEqual(
      Object.keys(blocking).filter((id) => !ids.includes(id)),
      [],
    );
    assert.deepEqual(
      checks.map(({ id }) => id),
      ids.toSorted(),
    );
  });

  test('names no prerequisite that comes to need what it blocks', () => {
    for (const { id } of checks) assert.ok(!blockedBehind(id).includes(id), id);
  });

  test('blocks, as a whole: what OUTCOMES says', () => {
    const behind = (id: string) =>
      blockedBehind(`BDS-${id}`)
        .map((each) => each.slice(4))
        .join(' ');
    assert.equal(behind('402'), '107 403 404 405 406 407 501 502 503 504 601 602 603 604 605 606 701 703 705 706 707 708');
    assert.equal(behind('101'), '104 201 202 203 204 206 301 302 304 405 407 501 502 503 504 601 602 603 604 605 606 707');
    assert.equal(behind('102'), '105 205 303 304 305 306 501 502 503 504 601 602 603 604 606');
    for (const id of ['107', '303', '305', '306']) assert.equal(behind(id), '501 502 503 504 601 602 603 604 606');
    assert.equal(behind('206'), '501 502 503 504 601 602 603 605 606');
    assert.equal(behind('407'), '501 502 503 504 601 602 603 606');
    for (const id of ['301', '404']) assert.equal(behind(id), '501 502 503 504 601 602 603 604 605 606');
    for (const id of ['201', '203', '403']) assert.equal(behind(id), '501 502 503 504 601 602 603 604 605 606 707');
    assert.equal(behind('405'), '407 501 502 503 504 601 602 603 604 605 606');
    assert.equal(behind('502'), '503 504 601 603 606');
    assert.equal(behind('106'), '');
  });

  test('of a new requirement is read off what its check asks', () => {
    const own = (asks: Parameters<typeof check>[1]) => check('ORG-001', asks, () => expecting('x', 'y').met({}));
    const refused = after(server({ login: login(frontend01, { failure: denied }) }));
    assert.equal(outcomeOf(judge(own([]), refused, [])), 'met');
    const [barrier] = judge(own(['server']), refused, []).judgements;
    assert.deepEqual([barrier?.outcome, barrier?.reason], ['blocked', 'Not checked: BDS-101 is not met.']);
    const unlisted = after(frontend({ virtualMachines: unread('no', 'virtual-machines') }));
    assert.equal(outcomeOf(judge(own(['schedules']), unlisted, [])), 'undetermined');
    assert.equal(outcomeOf(judge(own(['hosts']), after(frontend({ hosts: unread('no', 'hosts') })), [])), 'undetermined');
    assert.deepEqual(asksOf(own(['restore', 'server'])), ['server', 'hosts', 'hosts by another name', 'quotas', 'restore']);
  });
});

test('in a whole cloud nothing is in the way of anything', () => {
  assert.deepEqual(flips(whole(), audit), {});
  for (const step of Object.keys(stepNeeds) as (keyof GateFacts)[]) assert.equal(stepBarrier(step, whole()), undefined);
});

describe('what keeps all from being looked at is said once', () => {
  for (const [what, change, says] of [
    ['the front-end does not let us in', frontend({ failure: denied }), /^front-end \(local\): expected a login.*Permission denied/],
    ['we look as another account', frontend({ account: 'root' }), /expected to run as oneadmin.*it runs as root/],
    ['the account is not told', frontend({ account: '' }), /no answer to “id -un”/],
  ] as const)
    test(`${what}: the first is undetermined, the others are blocked by it, whichever is judged first`, () => {
      const cloud = after(change, site({ hosts: 'all' }));
      const others = [...audit.filter((id) => id !== '101' && id !== '106'), ...gate];
      assert.deepEqual(flips(cloud, [...others.toReversed(), '106', '101'], [...audit, ...gate]), {
        blocked: others.toReversed().join(' '),
        'not-applicable': '106',
        undetermined: '101',
      });
      const [{ reason, evidence, fix } = assert.fail()] = judged('101', cloud, audit).judgements;
      assert.match(reason, says);
      assert.ok(evidence.length > 0 && fix);
      assert.equal(judged('204', cloud, audit).judgements[0]?.reason, 'Not checked: BDS-101 could not check the front-end.');
      // Alone, it says itself why.
      assert.match(judged('204', cloud, ['204']).judgements[0]?.reason ?? '', says);
      for (const step of Object.keys(stepNeeds) as (keyof GateFacts)[]) assert.equal(stepBarrier(step, cloud)?.outcome, 'undetermined');
    });

  for (const [what, user] of [
    ['as a user who sees a part of it', looked({ id: '2', name: 'monitor', seesAll: false }, 'user')],
    ['as whom is not known', unread('the client ended with exit 255: no', 'user')],
  ] as const)
    test(`OpenNebula is asked ${what}: no pool of it counts`, () => {
      const cloud = after(frontend({ user }));
      const { undetermined, blocked = '' } = flips(cloud, audit);
      assert.equal(undetermined, '102');
      for (const id of ['402', '407', '701', '706']) assert.match(blocked, new RegExp(id));
      const [{ reason, evidence } = assert.fail()] = judged('102', cloud, audit).judgements;
      assert.match(reason, /expected OpenNebula to be asked as a user who sees all of it, found (user monitor \(2\)|the client)/);
      assert.ok(evidence.length > 0);
    });

  for (const [pool, its, first, others] of [
    ['hosts', 'its hosts', '102', '105 106 205 303 304 305 306'],
    ['datastores', 'its datastores', '107', '205 402 403 404 405 406 407 701 702 703 704 705 706 707 708'],
    ['virtualMachines', 'its VMs', '304', '406 407 701 702 703 704 705 708'],
  ] as const)
    test(`OpenNebula does not list ${its}: ${first} is undetermined, ${others} are blocked by it`, () => {
      const cloud = after(frontend({ [pool]: unread('the client ended with exit 255: no', 'pool') }));
      assert.deepEqual(flips(cloud, audit), { undetermined: first, blocked: others });
      const [{ reason, evidence } = assert.fail()] = judged(first, cloud, audit).judgements;
      assert.equal(reason, `${frontend01}: expected OpenNebula to list ${its}, found the client ended with exit 255: no.`);
      assert.equal(evidence.length, 1);
    });
});

describe('what lies behind a door', () => {
  test('of the backup server is blocked by BDS-101; of 304 the server’s part', () => {
    const cloud = after(server({ login: login(frontend01, { failure: denied }) }));
    assert.deepEqual(flips(cloud, audit), { 'not-met': '101', blocked: '104 201 203 204 206 301 302 304 405 407 707' });
    const unmounted = after(
      server({ login: login(frontend01, { failure: denied }) }),
      site({ datastore: { ...cloud.site.datastore, mounted: false } }),
    );
    assert.equal(outcomeOf(judged('203', unmounted)), 'not-applicable');
    assert.deepEqual(
      judged('304', cloud)
        .judgements.map(({ outcome, subject }) => `${subject?.name} ${outcome}`)
        .toSorted(),
      [`${backup01} blocked`, `${frontend01} met`, `${kvm01} met`, `${kvm02} met`].toSorted(),
    );
    for (const [shut, why] of [
      [denied, 'BDS-101 is not met'],
      [failure('lost', 'Connection timed out'), 'BDS-101 could not be checked'],
    ] as const) {
      const behind = judged('304', after(server({ login: login(frontend01, { failure: shut }) }))).judgements;
      assert.match(behind.find(({ subject }) => subject?.name === backup01)?.reason ?? '', new RegExp(why));
    }
  });

  test('of a host is blocked by BDS-102; the other hosts are looked at', () => {
    const all = outcomesIn(after(shut), audit);
    for (const [id, each] of all) {
      const [here, there] = [of(kvm01, each), of(kvm02, each)];
      if (['105', '205', '303', '304', '305', '306'].includes(id)) {
        assert.deepEqual([here?.outcome, there?.outcome], ['blocked', 'met'], id);
        assert.match(here?.reason ?? '', /^Not checked: BDS-102 .*kvm01/);
      } else if (id !== '102' && id !== '107') assert.equal(outcomeOf(each), 'met', id);
    }
    assert.equal(of(kvm01, all.get('102') ?? assert.fail())?.outcome, 'not-met');
    const second = after(onHost(kvm02, { failure: denied, login: undefined }));
    assert.equal(of(kvm02, judged('303', second))?.reason, `Not checked: BDS-102 is not met: the front-end cannot log in to ${kvm02}.`);
    const interrupted = after(onHost(kvm02, { failure: failure('interrupted', 'x'), login: undefined }));
    assert.equal(of(kvm02, judged('303', interrupted))?.reason, 'Not checked: BDS-102 could not be looked at: the run was interrupted.');
  });

  for (const [what, changes, missed] of [
    // Nothing is scheduled to it that counts; and a job goes nowhere.
    ['is not there', { name: 'other' }, '402 702'],
    ['has another driver', { dsMad: 'restic' }, '402'],
    ['is of another type', { type: 'img' }, '402 702 704'],
  ] as const)
    test(`the datastore ${what}: 107, 403 to 407 and those of images are blocked by BDS-402`, () => {
      const cloud = after(saved(changes));
      assert.deepEqual(flips(cloud, audit), { 'not-met': missed, blocked: '107 403 404 405 406 407 701 703 705 706 707 708' });
      assert.equal(judged('404', cloud).judgements[0]?.reason, 'Not checked: BDS-402 is not met.');
    });
});

describe('production', () => {
  const needy = checks.filter((each) => needsOf(each).includes('production'));
  const protection = needy.map(({ id }) => id.slice(4)).filter((id) => id.startsWith('7'));
  const blocked = protection.slice(1).join(' ');
  const undeclared = site({ protect: undefined });
  const protect = (changes: Partial<NonNullable<Audited['site']['protect']>>) => (cloud: Audited) =>
    site({ protect: { ...(cloud.site.protect ?? assert.fail()), ...changes } })(cloud);
  const except = [{ name: '*', owner: 'Jo', reason: 'a test', expires: '2099-12-31' }];

  test('where nobody has declared it, nothing of it applies, whatever else is in the way', () => {
    for (const more of [saved({ name: 'other' }), frontend({ failure: denied }), frontend({ virtualMachines: unread('no', 'x') })])
      assert.deepEqual(flips(after(undeclared, more), protection), { 'not-applicable': protection.join(' ') });
    assert.match(judged('701', after(undeclared)).judgements[0]?.reason ?? '', /^Nobody has declared what production is owed/);
  });

  test('of no VM is undetermined, and blocks what is asked of each', () => {
    for (const [changes, says] of [
      [{ vms: [{ name: 'web-*' }] }, /found none among the 2 that OpenNebula lists\. protect\.vms name web-\* matches no VM\.$/],
      [{ except }, /protect\.except name \* takes out 1\.$/],
    ] as const) {
      const cloud = after(protect(changes as never));
      assert.deepEqual(flips(cloud, protection), { undetermined: '701', blocked });
      assert.match(judged('701', cloud).judgements[0]?.reason ?? '', says);
      assert.equal(judged('708', cloud, ['701', '708']).judgements[0]?.reason, 'Not checked: BDS-701 could not check production.');
      assert.equal(outcomeOf(judged('708', cloud, ['708'])), 'undetermined', 'the first that needs it says so');
    }
  });

  test('that cannot be told, as a clock or the clusters are not known, is undetermined', () => {
    for (const [changes, more] of [
      [{ except }, frontend({ now: unread('no clock', 'now', 'Look.') })],
      [{ except: [{ ...except[0], name: 'web-*' }] }, frontend({ now: unread('no clock', 'now', 'Look.') })],
      [{ vms: [{ cluster: 'east' }] }, frontend({ hosts: unread('no hosts', 'hosts', 'Look.') })],
    ] as const)
      assert.deepEqual(flips(after(protect(changes as never), more), protection), { undetermined: '701', blocked });
  });

  test('is judged where images are listed', () => {
    const cloud = after((so) => ({ backups: { ...so.backups, images: unread('no answer', 'images') } }));
    assert.deepEqual(flips(cloud, ['701', '705', '708']), { undetermined: '701', blocked: '705 708' });
  });
});

test('a datastore that is there, but not as it should be listed, is looked at all the same', () => {
  for (const changes of [{ state: 'off' }, { tmMad: 'ssh' }]) {
    const cloud = after(saved(changes));
    assert.deepEqual(flips(cloud, audit), { 'not-met': '402' });
    assert.equal(stepBarrier('backup', cloud)?.reason, 'Not checked: BDS-402 is not met.');
  }
});

test('arguments with which nothing is copied bar the restore test; drift that harms nobody does not', () => {
  for (const [RSYNC_ARGS, LIMIT_MB, expected] of [
    [[''], [], 'Not checked: BDS-404 is not met.'],
    [['-aS --dry-run'], [], 'Not checked: BDS-404 is not met.'],
    [['-aS'], ['500000'], undefined],
    [['-aS --delete'], [], undefined],
  ] as const) {
    const cloud = after(saved({ template: { ...(datastore().template as object), RSYNC_ARGS, LIMIT_MB } }));
    assert.deepEqual(flips(cloud, audit), { 'not-met': '404' });
    assert.equal(stepBarrier('backup', cloud)?.reason, expected);
    assert.equal(stepBarrier('cleanUp', cloud), undefined);
  }
});

test('a bridge host that cannot send bars the restore test of those VMs alone whose backups it sends', () => {
  const template = { ...(datastore().template as object), BRIDGE_LIST: ['bridge01 kvm02.example.net'] };
  const [first, second] = wholeCloud().hosts;
  const bridge = (of: HostFacts | undefined, subject: Subject, changes: object = {}) => ({
    ...(of ?? assert.fail()),
    ...{ subject, back: login(subject.name, { to: frontend01 }), backAt: frontend01, ...changes },
  });
  const denies = { login: undefined, failure: denied };
  const cloud = (bad: 0 | 1, id: number) =>
    after(saved({ template }), site({ test_vm: { id, name: `vm${id}`, max_size: 10_240 } }), () => ({
      bridges: [
        bridge(first, { kind: 'machine', name: 'bridge01' }, bad === 0 ? denies : {}),
        bridge(second, { kind: 'host', name: kvm02, id: '1' }, bad === 1 ? denies : {}),
      ],
    }));
  assert.equal(stepBarrier('backup', cloud(0, 0))?.reason, 'Not checked: BDS-107 is not met.');
  assert.equal(stepBarrier('backup', cloud(0, 1)), undefined);
  assert.equal(stepBarrier('backup', cloud(1, 0)), undefined);
  assert.equal(stepBarrier('backup', cloud(1, 1))?.reason, 'Not checked: BDS-107 is not met.');
  // What sends the backup of a canary its id tells alone.
  assert.equal(canaryBarrier(cloud(0, 1), { id: '6', host: kvm02 })?.reason, 'Not checked: BDS-107 is not met.');
  assert.equal(canaryBarrier(cloud(0, 1), { id: '7', host: kvm02 }), undefined);
  const unlisted = frontend({ virtualMachines: unread('no', 'x') });
  assert.equal(outcomeOf(judged('107', Object.assign(cloud(0, 0), unlisted(cloud(0, 0))))), 'undetermined');
});

describe('a finding that is waived', () => {
  const waived = (requirement: string, expires = '2026-12-31'): Change => {
    const waivers = [{ requirement, owner: 'Jo', reason: 'known', expires }];
    return () => ({ accepted: { waivers, day: '2026-11-29' } });
  };
  const misnamed = saved({ template: { RSYNC_USER: ['oneadmin'], RSYNC_HOST: ['other.example.net'], TM_MAD: ['-'] } });

  test('blocks nothing while its waiver is in force', () => {
    const ids = ['203', '403', '707'];
    assert.equal(stepBarrier('backup', after(misnamed))?.reason, 'Not checked: BDS-403 is not met.');
    assert.equal(outcomeOf(judged('707', after(misnamed), ids)), 'blocked');
    assert.equal(stepBarrier('backup', after(misnamed, waived('BDS-403'))), undefined);
    assert.notEqual(outcomeOf(judged('707', after(misnamed, waived('BDS-403')), ids)), 'blocked');
    for (const not of [waived('BDS-403', '2026-11-28'), waived('BDS-404')])
      assert.equal(stepBarrier('backup', after(misnamed, not))?.reason, 'Not checked: BDS-403 is not met.');
  });

  test('of a step of a gate is still in the way of what rests on what it did not bring about', () => {
    const backup = { stage: 'failed', started: true, found: 'no', inTheWay: [], evidence: [] } as const;
    const failed: Change = () => ({ gate: { backup: { value: { before: virtualMachine(), backup } } } });
    assert.deepEqual(flips(after(failed, waived('BDS-502')), ['502', '503']), { 'not-met': '502', blocked: '503' });
  });

  test('of a datastore that is not there is still in the way of all that is asked of it', () => {
    const blocked = '107 403 404 405 406 407 701 703 705 706 707 708';
    assert.deepEqual(flips(after(saved({ name: 'other' }), waived('BDS-402')), audit), { 'not-met': '402 702', blocked });
  });

  test('makes nothing met of another server than the one that OpenNebula has backups on', () => {
    const named = (user: string, name: string) => saved({ template: { RSYNC_USER: [user], RSYNC_HOST: [name], TM_MAD: ['-'] } });
    const files = (...changes: readonly Change[]) => outcomeOf(judged('707', after(waived('BDS-403'), ...changes), ['403', '707']));
    assert.equal(files(named('backup', 'backup01.example.net')), 'met');
    assert.equal(files(misnamed), 'undetermined');
    const key = { type: 'ssh-ed25519', fingerprint: 'SHA256:another', standing: 'stored' } as const;
    assert.equal(files(misnamed, server({ savedLogin: login(frontend01, { to: 'other.example.net', hostKey: key }) })), 'undetermined');
  });

  test('leaves the capacity and the files of another server undetermined, and bars no restore test by that', () => {
    const ids = ['403', '405', '407', '503'];
    const made = { stage: 'done', started: true, found: '', inTheWay: [], image: image(), waited: 1, seconds: 2, evidence: [] } as const;
    const missing = { path: '/x/vm.xml', content: { value: { vm: '' } } };
    const gate = {
      backup: { value: { before: virtualMachine(), backup: made } },
      files: { disks: [], description: missing, evidence: [] },
    };
    const gone: Change = () => ({ gate });
    const outcomes = (...changes: readonly Change[]) => flips(after(misnamed, gone, ...changes), ids);
    // Not waived, the name alone is at fault, as long as the figures are alike.
    assert.deepEqual(outcomes(), { 'not-met': '403', blocked: '503' });
    assert.deepEqual(outcomes(waived('BDS-403')), { 'not-met': '403', undetermined: '405 503' });
    const grown = saved({ template: { RSYNC_USER: ['oneadmin'], RSYNC_HOST: ['other.example.net'], TM_MAD: ['-'] }, totalMb: 9 });
    assert.deepEqual(outcomes(grown, waived('BDS-403')), { 'not-met': '403', undetermined: '405 503' });
    for (const id of ['405', '503'])
      assert.match(
        judged(id, after(misnamed, gone, waived('BDS-403'))).judgements[0]?.reason ?? '',
        /RSYNC_HOST “other\.example\.net” saved, where nobody has looked/,
      );
    // By another name of the same server all is looked at.
    const same = server({ savedLogin: login(frontend01, { to: 'other.example.net' }), savedIdentity: whole().server.identity });
    assert.deepEqual(outcomes(same, waived('BDS-403')), { 'not-met': '503' });
  });

  test('makes nothing met that could not be looked at', () => {
    const { login: _login, ...known } = whole().server;
    const asked = (value: unknown): unknown => {
      if (typeof value !== 'object' || value === null || value instanceof Map) return value;
      if ('value' in value && 'evidence' in value) return unread('no answer', 'question');
      return Array.isArray(value) ? value : Object.fromEntries(Object.entries(value).map(([key, each]) => [key, asked(each)]));
    };
    const locked = server({ ...(asked(known) as Partial<Audited['server']>), login: login(frontend01, { failure: denied }) });
    for (const id of audit) {
      const [barred, tried] = [outcomeOf(judged(id, after(locked), audit)), outcomeOf(judged(id, after(locked, waived('BDS-101')), audit))];
      if (barred === 'blocked') assert.match(tried, /undetermined|blocked|not-applicable/, id);
    }
  });
});

test('a check is judged by what it asks for alone', () => {
  const nobody = (): never => assert.fail('nobody asked');
  for (const each of checks.filter(({ id }) => !['501', '502', '503', '504', '601', '602'].some((gate) => id.endsWith(gate)))) {
    const cloud = whole();
    const asked = asksOf(each);
    if (!asked.includes('server')) Object.defineProperty(cloud, 'server', { get: nobody });
    if (!asked.includes('hosts') && !asked.includes('hosts by another name')) Object.defineProperty(cloud, 'hosts', { get: nobody });
    const [only] = judge(each, cloud, [each.id]).judgements;
    assert.notEqual(only, undefined, each.id);
  }
});

describe('a check of your own that asks for the hosts', () => {
  const met: Judgement = { outcome: 'met', reason: '', evidence: [] };
  const on = (name: string, outcome: Outcome): Judgement => ({ outcome, reason: outcome, subject: { kind: 'host', name }, evidence: [] });
  const says = (said: Judgement | Judgement[], cloud: Audited = whole()) =>
    outcomeOf(
      judge(
        check('ORG-100', ['hosts'], () => said),
        cloud,
        ['ORG-100'],
      ),
    );
  const allOff = () =>
    after(frontend({ hosts: looked([host('0', kvm01, 'off'), host('1', kvm02, 'off')], 'hosts') }), () => ({ hosts: [] }));

  test('is heard out: each judgement of a host, and those of others', () => {
    assert.equal(says([on(kvm01, 'met'), on(kvm01, 'not-met'), on(kvm02, 'met')]), 'not-met');
    assert.equal(says([on(kvm01, 'met'), on(kvm02, 'met'), on('kvm09', 'not-met')]), 'not-met');
    assert.equal(says([on(kvm01, 'met')]), 'undetermined');
    assert.equal(says([on(kvm01, 'met'), on(kvm02, 'met')]), 'met');
    assert.equal(says([on(kvm01, 'blocked'), on(kvm02, 'met')]), 'blocked');
  });

  test('may judge all at once; hosts that were not checked count', () => {
    assert.equal(says(met), 'met');
    assert.equal(says(met, after(shut)), 'blocked');
    assert.equal(says(met, allOff()), 'undetermined');
    const each = (cloud: Audited) =>
      judge(
        check('ORG-100', ['hosts'], () => met),
        cloud,
        [],
      ).judgements.map(({ subject, outcome }) => `${subject?.name} ${outcome}`);
    assert.deepEqual(each(whole()), ['undefined met']);
    assert.deepEqual(each(after(({ hosts }) => ({ hosts: hosts.slice(1) }))), ['undefined met', `${kvm01} undetermined`]);
  });

  test('says nothing, or what is no outcome of a check: its own fault', () => {
    assert.equal(says([]), 'undetermined');
    assert.throws(
      () =>
        judge(
          check('ORG-100', [], () => []),
          whole(),
          [],
        ),
      /^Error: ORG-100: its check came to nothing$/,
    );
    for (const word of ['waived', 'not met', 'notMet'])
      assert.throws(() => says([met, { ...met, outcome: word as Outcome }]), new RegExp(`^Error: ORG-100: its check says ${word}, which`));
  });
});

describe('hosts', () => {
  const perHost = ['102', '105', '205', '303', '304', '305', '306'];

  test('that were not asked are undetermined', () => {
    const cloud = after(({ hosts }) => ({ hosts: hosts.slice(0, 1) }));
    for (const id of perHost) {
      const each = judged(id, cloud);
      assert.deepEqual(
        [of(kvm01, each)?.outcome, of(kvm02, each)?.outcome, of(kvm02, each)?.reason],
        ['met', 'undetermined', `${kvm02} was not asked.`],
      );
    }
  });

  test('that are OFFLINE do not count', () => {
    const cloud = after(frontend({ hosts: looked([host('0', kvm01, 'off'), host('1', kvm02)], 'hosts') }), ({ hosts }) => ({
      hosts: hosts.slice(1),
    }));
    for (const id of perHost) {
      const each = judged(id, cloud);
      assert.deepEqual([of(kvm01, each)?.outcome, outcomeOf(each), each.perSubject], ['not-applicable', 'met', true], id);
      assert.match(of(kvm01, each)?.reason ?? '', /kvm01\.example\.net is OFFLINE in OpenNebula, and no VM is on it\./);
    }
  });

  test('that run no VMs by libvirt do not count', () => {
    const cloud = after(
      frontend({ hosts: looked([host('0', kvm01, 'on', { vmMad: 'lxc', vms: ['0'] }), host('1', kvm02)], 'hosts') }),
      ({ hosts }) => ({
        hosts: hosts.slice(1),
      }),
    );
    for (const id of perHost) assert.match(of(kvm01, judged(id, cloud))?.reason ?? '', /^kvm01\.example\.net runs its VMs by lxc/, id);
    assert.equal(outcomeOf(judged('303', cloud)), 'met');
  });

  test('that are OFFLINE with VMs are looked at; where they let nobody in, they do not count', () => {
    const off = host('0', kvm01, 'off', { vms: ['0'] });
    const listed = frontend({ hosts: looked([off, host('1', kvm02)], 'hosts') });
    const reached = after(listed, ({ hosts }) => ({ hosts: [hostFacts(off), ...hosts.slice(1)] }));
    const gone = after(listed, ({ hosts }) => ({ hosts: [hostFacts(off, { failure: denied, login: undefined }), ...hosts.slice(1)] }));
    const alone = after(frontend({ hosts: looked([off], 'hosts') }), () => ({ hosts: [hostFacts(off)] }));
    assert.equal(outcomeOf(judged('303', alone)), 'met');
    for (const id of perHost) {
      assert.equal(of(kvm01, judged(id, reached))?.outcome, 'met', id);
      const each = judged(id, gone);
      assert.deepEqual([of(kvm01, each)?.outcome, outcomeOf(each)], ['not-applicable', 'met'], id);
      assert.match(of(kvm01, each)?.reason ?? '', /OFFLINE in OpenNebula, and the front-end cannot log in to it/);
    }
  });

  for (const [what, listed, says] of [
    ['none at all', [], /it lists none/],
    ['all OFFLINE', [host('0', kvm01, 'off'), host('1', kvm02, 'off')], /all 2 are OFFLINE/],
    [
      'none that backups can be made on',
      [host('0', kvm01, 'off'), host('1', kvm02, 'on', { vmMad: 'lxc' })],
      /kvm01\S* is OFFLINE; kvm02\S* runs lxc/,
    ],
  ] as const)
    test(`${what}: undetermined, not met and not applicable`, () => {
      const cloud = after(frontend({ hosts: looked(listed, 'hosts') }), () => ({ hosts: [] }));
      assert.equal(judged('304', cloud).perSubject, false);
      for (const id of ['102', '205', '303']) {
        const { judgements, perSubject } = judged(id, cloud);
        assert.deepEqual([judgements.length, judgements[0]?.outcome, perSubject], [1, 'undetermined', false], id);
        assert.match(judgements[0]?.reason ?? '', says);
        assert.match(judgements[0]?.fix ?? '', /onehost/);
      }
    });
});

describe('the restore test', () => {
  const done = {
    before: virtualMachine({ keepsIncrements: true, keepLast: 2 }),
    backup: { stage: 'done', started: true, found: '', inTheWay: [], image: image(), waited: 1, seconds: 2, evidence: [] },
  } as const;
  const refused = login(frontend01, { failure: denied });
  const silent = login(frontend01, { failure: failure('silent', 'timed out') });
  const elsewhere = { root: '1', below: [{ device: '1', path }] };
  for (const [what, id, why, change] of [
    ['101', '101', 'is not met', server({ login: refused })],
    ['101, nobody answers', '101', 'could not be checked', server({ login: silent })],
    ['102 on its host', '102', 'is not met', onHost(kvm01, { login: login(kvm01, { failure: denied }) })],
    [
      '102 on its host, nobody answers',
      '102',
      'could not be checked',
      onHost(kvm01, { login: login(kvm01, { failure: failure('silent', 'x') }) }),
    ],
    ['104', '104', 'is not met', server({ noise: looked('hello\n', 'all') })],
    ['201', '201', 'is not met', storage({ directory: looked(directory(path, { owner: 'root' }), 'directory') })],
    ['201, no answer', '201', 'could not be checked', storage({ directory: unread('no answer', 'directory') })],
    ['203', '203', 'is not met', storage({ devices: looked(elsewhere, 'devices') })],
    ['301', '301', 'is not met', server({ rsync: absent })],
    ['303 on its host', '303', 'is not met', onHost(kvm01, { rsync: absent })],
    ['305 on its host', '305', 'is not met', onHost(kvm01, { scripts: looked('absent', 'scripts') })],
    ['306 on its host', '306', 'is not met', onHost(kvm01, { libvirt: looked({ state: 'answers', version: '4.0.0' }, 'libvirt') })],
    ['206, where it keeps increments', '206', 'is not met', server({ tmp: looked({ ...tmp, usable: false }, 'tmp') })],
    [
      '102 on its host, which is taken away',
      '102',
      'does not apply to its host',
      (cloud: Audited) => ({
        ...frontend({ hosts: looked([host('0', kvm01, 'off', { vms: ['0'] }), host('1', kvm02)], 'hosts') })(cloud),
        hosts: [hostFacts(host('0', kvm01, 'off', { vms: ['0'] }), { failure: denied, login: undefined }), ...cloud.hosts.slice(1)],
      }),
    ],
    ['402', '402', 'is not met', saved({ dsMad: 'restic' })],
    ['403', '403', 'is not met', saved({ template: { ...(datastore().template as object), RSYNC_USER: ['root'] } })],
    ['405', '405', 'is not met', saved({ totalMb: 0, freeMb: 0 })],
  ] as const)
    test(`is blocked by ${what}, whatever it came to before`, () => {
      const begun: Change = () => ({
        gate: { backup: { fault: 'x' }, cleanUp: { value: [] }, restore: { stage: 'ready' } as GateFacts['restore'] & object },
      });
      for (const cloud of [after(change), after(change, begun)]) {
        for (const blocked of gate.slice(1)) {
          const [{ outcome, reason, evidence } = assert.fail()] = judged(blocked, cloud).judgements;
          assert.deepEqual([outcome, reason, evidence], ['blocked', `Not checked: BDS-${id} ${why}.`, []], blocked);
        }
        for (const step of ['backup', 'files', 'chain', 'restore'] as const) assert.equal(stepBarrier(step, cloud)?.outcome, 'blocked');
        assert.equal(stepBarrier('cleanUp', cloud), undefined);
        assert.equal(stepBarrier('probe', cloud)?.outcome, id === '101' ? 'blocked' : undefined);
      }
    });

  test('needs no login to other hosts, no host that is OFFLINE, and nothing that does not apply', () => {
    const free = [
      onHost(kvm02, { rsync: absent, scripts: looked('absent', 'scripts'), libvirt: unread('no answer', 'libvirt') }),
      onHost(kvm02, { login: login(kvm02, { failure: denied }) }),
      onHost(kvm02, { failure: denied, login: undefined }),
      (cloud: Audited) =>
        site({ datastore: { ...cloud.site.datastore, mounted: false } })(after(storage({ devices: looked(elsewhere, 'devices') }))),
      frontend({ hosts: looked([host('0', kvm01), host('1', kvm02, 'off')], 'hosts') }),
    ];
    for (const change of free) assert.equal(stepBarrier('backup', after(change)), undefined);
  });

  test('of a VM that keeps no increments needs no place to put them together', () => {
    const kept = looked([virtualMachine(), virtualMachine({ id: '1', keepsIncrements: true })], 'virtual-machines');
    const cloud = after(frontend({ virtualMachines: kept }), server({ tmp: looked({ ...tmp, usable: false }, 'tmp') }));
    assert.equal(outcomeOf(judged('206', cloud)), 'not-met');
    assert.equal(stepBarrier('backup', cloud), undefined);
  });

  for (const [state, wayOut] of [
    ['HOLD', /^Bring it to RUNNING: onevm release 0\. Or declare another test_vm\.$/],
    ['UNDEPLOYED', /onevm resume 0/],
    ['PENDING', /onevm show 0/],
    ['UNKNOWN', /onevm show 0/],
  ] as const)
    test(`of a VM in ${state} says what state it must be in, before anything is done, wherever it was last`, () => {
      for (const at of ['', kvm01, 'kvm09']) {
        const cloud = after(
          frontend({ virtualMachines: looked([virtualMachine({ name: 'vm0', state, host: at, keepsIncrements: true })], 'x') }),
        );
        const [first, ...rest] = gate.slice(1).map((id) => judged(id, cloud, gate).judgements[0] ?? assert.fail());
        assert.equal(first?.outcome, 'not-met');
        assert.match(first?.reason ?? '', new RegExp(`^vm0 \\(0\\): expected .*RUNNING or POWEROFF.*, found it in state ${state}\\.$`));
        assert.match(first?.fix ?? '', wayOut);
        for (const each of rest) assert.deepEqual([each.outcome, each.reason], ['blocked', 'Not checked: BDS-501 is not met.']);
        for (const step of ['backup', 'files', 'chain', 'restore'] as const) assert.equal(stepBarrier(step, cloud)?.outcome, 'not-met');
      }
    });

  for (const state of ['RUNNING', 'POWEROFF', 'BACKUP', 'BACKUP_POWEROFF'])
    test(`of a VM in ${state} is tried`, () => {
      const cloud = after(frontend({ virtualMachines: looked([virtualMachine({ name: 'vm0', state })], 'x') }));
      assert.equal(stepBarrier('backup', cloud), undefined);
    });

  test('is not blocked by a host that concerns nobody: the worst of nothing is nothing', () => {
    const cloud = after(frontend({ virtualMachines: looked([virtualMachine({ name: 'vm0', host: 'kvm09' })], 'x') }));
    assert.equal(stepBarrier('backup', cloud), undefined);
  });

  test('without its VM is undetermined at its first requirement, and blocked at the others', () => {
    for (const [change, says] of [
      [frontend({ virtualMachines: looked([virtualMachine({ name: 'other' })], 'x') }), /no VM vm0 \(0\)/],
      [(cloud: Audited) => ({ site: { ...cloud.site, test_vm: undefined } }), /declares no test_vm/],
    ] as const) {
      const cloud = after(change as Change);
      assert.deepEqual(flips(cloud, gate.slice(1)), { undetermined: '501', blocked: '502 503 504 601 602' });
      assert.match(judged('501', cloud, gate).judgements[0]?.reason ?? '', says);
      assert.equal(judged('602', cloud, gate).judgements[0]?.reason, 'Not checked: BDS-501 could not check the test VM.');
    }
  });

  test('that cannot begin says so at its first requirement, 202 where that is looked at, too', () => {
    const busy = { fault: 'another gate is under way', ofAll: true } as const;
    const cloud = after(() => ({ gate: { probe: busy, backup: busy, cleanUp: busy } }));
    assert.deepEqual(flips(cloud, gate), { undetermined: '202', blocked: '501 502 503 504 601 602' });
    assert.equal(judged('501', cloud, gate).judgements[0]?.reason, 'Not checked: BDS-202 could not check the test backup.');
    assert.equal(outcomeOf(judged('501', cloud, ['501'])), 'undetermined');
  });

  test('goes step by step: what is not met blocks what rests on it', () => {
    const failed = {
      before: virtualMachine(),
      backup: { stage: 'failed', started: true, found: 'no', inTheWay: [], evidence: [] },
    } as const;
    const cloud = after(() => ({ gate: { backup: { value: failed } } }));
    assert.deepEqual(flips(cloud, ['501', '502', '503', '504', '601']), { 'not-met': '502', blocked: '503 504 601' });
    assert.equal(judged('601', cloud).judgements[0]?.reason, 'Not checked: BDS-502 is not met.');
  });

  test('restores although its chain is not met where that was restored, and else not', () => {
    const chain = { increments: [], fault: 'no answer', fix: 'Look.' };
    const restored = { stage: 'ready', found: '', seconds: 1, evidence: [] } as const;
    const restore = { ...restored, comparisons: [{ disk: '0', content: 'equal', found: '', bytes: 9, evidence: [] }] } as const;
    const tried = (more: object) => after(() => ({ gate: { backup: { value: done }, chain, ...more } as unknown as GateFacts }));
    assert.equal(judged('601', tried({})).judgements[0]?.reason, 'Not checked: BDS-504 could not be checked.');
    assert.deepEqual(flips(tried({ restore }), ['504', '601']), { undetermined: '504' });
    assert.notEqual(outcomeOf(judged('606', withSample(tried({ restore })))), 'blocked');
    assert.equal(outcomeOf(judged('606', withSample(tried({})))), 'blocked');
  });

  test('of a VM that keeps no increments says so, whatever else is wrong', () => {
    const cloud = after(server({ login: refused }), frontend({ virtualMachines: looked([virtualMachine()], 'x') }));
    assert.equal(outcomeOf(judged('504', cloud)), 'not-applicable');
  });

  test('starts what it restored where that is asked for, and where it was restored', () => {
    const boot = (isAsked: boolean) => (cloud: Audited) => site({ restore: { ...cloud.site.restore, boot: isAsked } })(cloud);
    const down = server({ login: refused });
    assert.deepEqual(flips(after(down, boot(false)), ['603']), { 'not-applicable': '603' });
    assert.deepEqual(flips(after(down, boot(true)), ['603']), { blocked: '603' });
  });

  test('of production restores nothing unasked, and of what was asked for no more than server and front-end allow', () => {
    const wanted = (...changes: readonly Change[]) => withSample(after(...changes));
    const down = server({ login: refused });
    assert.deepEqual(flips(after(down), ['605', '606']), { 'not-applicable': '605 606' });
    assert.deepEqual(flips(wanted(down), ['605', '606']), { blocked: '605 606' });
    const ofClass = (cloud: Audited) => {
      const { protect } = cloud.site;
      return site({ protect: { ...(protect ?? assert.fail()), classes: [{ name: 'vm*', rto: 60 }] } as never })(cloud);
    };
    assert.deepEqual(flips(after(down, ofClass), ['606']), { blocked: '606' });
    assert.equal(outcomeOf(judged('605', wanted(shut))), 'undetermined');
    assert.equal(stepBarrier('sample', wanted(shut)), undefined);
    assert.equal(stepBarrier('sample', wanted(down))?.outcome, 'blocked');
  });

  test('of production leaves chains out where they cannot be put together, and restores the rest', () => {
    const cloud = withSample(after(server({ tmp: looked({ ...tmp, usable: false }, 'tmp') })));
    assert.equal(chainBarrier(cloud)?.reason, 'Not checked: BDS-206 is not met.');
    assert.equal(chainBarrier(withSample(whole())), undefined);
    assert.equal(stepBarrier('sample', cloud), undefined);
    assert.notEqual(outcomeOf(judged('605', cloud)), 'blocked');
  });

  test('of canaries rests on front-end and server, and of each on its own host alone; on no test VM', () => {
    const canary = { template: 'c', at_once: 2, per_run: 10, proven_within: 9, hosts: 'all' } as const;
    const wanted = (...changes: readonly Change[]) => {
      const cloud = after(...changes);
      return { ...cloud, site: { ...cloud.site, restore: { ...cloud.site.restore, canary } } };
    };
    const down = server({ login: refused });
    assert.deepEqual(flips(after(down), ['604']), { 'not-applicable': '604' });
    assert.deepEqual(flips(wanted(down), ['604']), { blocked: '604' });
    assert.equal(stepBarrier('canaries', wanted(down))?.reason, 'Not checked: BDS-101 is not met.');
    const without = (cloud: Audited) => ({ site: { ...cloud.site, test_vm: undefined } });
    assert.equal(stepBarrier('canaries', wanted(without as Change)), undefined);
    const scriptless = onHost(kvm02, { scripts: looked('absent', 'scripts') });
    assert.equal(stepBarrier('canaries', wanted(scriptless)), undefined);
    assert.equal(canaryBarrier(wanted(scriptless), { host: kvm01 }), undefined);
    assert.equal(canaryBarrier(wanted(scriptless), { host: kvm02 })?.reason, 'Not checked: BDS-305 is not met.');
    assert.equal(canaryBarrier(wanted(shut), { host: kvm01 })?.reason, 'Not checked: BDS-102 is not met.');
    assert.equal(canaryBarrier(wanted(shut), { host: kvm02 }), undefined);
    assert.equal(canaryBarrier(wanted(), { id: '7' }), undefined);
  });

  test('tells how long a restore takes where one of the two is met', () => {
    const restored = { stage: 'ready', found: '', seconds: 1, evidence: [] } as const;
    const one = { vm: virtualMachine({ id: '7' }), image: image(), sizeMb: 42, restore: { ...restored, comparisons: [] } };
    const equal = {
      ...one,
      restore: { ...restored, comparisons: [{ disk: '0', content: 'equal', found: '', bytes: 9, evidence: [] }] },
    } as const;
    const of = (sample: typeof one | typeof equal) => {
      const cloud = after(shut, frontend({ virtualMachines: looked([virtualMachine(), virtualMachine({ id: '7' })], 'x') }));
      const value = { chosen: [], restored: [sample], production: 1, eligible: 1, proven: 0, leftOut: [], uncounted: [] };
      return judged('606', { ...withSample(cloud), gate: { sample: { value } } }).judgements[0];
    };
    assert.equal(of(one)?.reason, 'Not checked: BDS-601 and BDS-605 are both not tried or not met.');
    assert.match(of(equal)?.reason ?? '', /expected a backup, of which to tell how long its restore takes/);
  });

  test('says what is left behind, whatever else is wrong', () => {
    const left =
      (what: object): Change =>
      () => ({ gate: { cleanUp: { value: [{ run: 'x', undone: [], left: [], evidence: [], ...what }] } } });
    assert.equal(outcomeOf(judged('602', after(server({ login: refused }), left({ left: ['image 7'] })))), 'not-met');
    assert.equal(outcomeOf(judged('602', after(server({ login: refused }), left({ fault: 'no answer' })))), 'undetermined');
    assert.equal(outcomeOf(judged('602', after(server({ login: refused }), left({})))), 'blocked');
  });
});

test('no room for a backup of the test VM bars the restore test; of another it does not', () => {
  const large = { disks: [disk({ sizeMb: 90_000 })] };
  const vms = (first: object, second: object) =>
    frontend({ virtualMachines: looked([virtualMachine(first), virtualMachine({ id: '1', name: 'vm1', ...second })], 'virtual-machines') });
  assert.equal(stepBarrier('backup', after(vms(large, {})))?.reason, 'Not checked: BDS-407 is not met.');
  assert.equal(stepBarrier('backup', after(vms({}, large))), undefined);
  assert.deepEqual(
    judged('407', after(vms({}, large))).judgements.map(({ outcome }) => outcome),
    ['met', 'not-met'],
  );
});
