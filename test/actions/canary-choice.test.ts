import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { makeCanaries } from '../../support/actions/canary.ts';
import { choiceOf } from '../../support/actions/canary-choice.ts';
import type { RunJournal } from '../../support/actions/journal.ts';
import { trialsBefore } from '../../support/archive/proofs.ts';
import { seal } from '../../support/archive/seal.ts';
import { everyHostIsProven } from '../../support/checks/canaries.ts';
import type { Audited } from '../../support/facts/audited.ts';
import type { Machines } from '../../support/facts/cloud.ts';
import type { Canaries, Canary, Trial } from '../../support/facts/gate.ts';
import { roadOf } from '../../support/facts/road.ts';
import type { Host } from '../../support/opennebula/pools.ts';
import { worst } from '../../support/outcome/outcome.ts';
import fc from '../fuzz.ts';
import { evidence, host, hostFacts, looked, unread, wholeCloud } from '../made.ts';
import { requirement, verdictFile } from '../told.ts';

const hostsOf = (count: number): Host[] => Array.from({ length: count }, (_, id) => host(String(id), `kvm${id}`));

interface Given {
  readonly hosts?: readonly Host[];
  /** When each was tried, by its id. */
  readonly tried?: Readonly<Record<string, string>>;
  readonly declared?: Partial<NonNullable<Audited['site']['restore']['canary']>>;
  readonly change?: (cloud: Audited) => Partial<Audited>;
  readonly at?: string;
  readonly allHosts?: boolean;
  readonly only?: readonly string[];
  readonly leftOut?: Parameters<typeof choiceOf>[2]['leftOut'];
}
function cloudOf({ hosts = hostsOf(4), declared = {}, change = () => ({}) }: Given): Audited {
  const { site, frontend, ...whole } = wholeCloud();
  const canary = { template: 'backup-canary', at_once: 2, per_run: 2, proven_within: 30 * 86_400, hosts: 'all' as const, ...declared };
  const cloud = {
    ...whole,
    site: { ...site, restore: { ...site.restore, canary } },
    frontend: { ...frontend, hosts: looked(hosts, 'hosts') },
    hosts: hosts.map((each) => hostFacts(each)),
  };
  return { ...cloud, ...change(cloud) };
}
function choose(given: Given) {
  const { hosts = hostsOf(4), tried = {}, allHosts = false, only } = given;
  const trials = new Map(
    Object.entries(tried).map(([id, at]): [string, Trial] => [id, { tried: at, ended: at, outcome: 'met', run: 'r', proven: at }]),
  );
  return choiceOf(cloudOf(given), hosts, {
    trials,
    leftOut: given.leftOut ?? [],
    allHosts,
    only,
    at: given.at ?? '2026-12-31T00:00:00.000Z',
  });
}
const chosen = (given: Given): string =>
  choose(given)
    .chosen.map((each) => each.host.name)
    .join(' ');

describe('canaries are made', () => {
  test('on those hosts first that were tried longest ago, or never', () => {
    assert.equal(chosen({}), 'kvm0 kvm1');
    assert.equal(chosen({ tried: { 0: '2026-11-20', 2: '2026-11-19' } }), 'kvm1 kvm3');
    assert.equal(chosen({ tried: { 0: '2026-11-20', 1: '2026-11-21', 2: '2026-11-19', 3: '2026-11-22' } }), 'kvm2 kvm0');
    // By a clock that was wrong.
    assert.equal(chosen({ tried: { 0: '2026-11-20', 1: '2026-11-19', 2: '2026-11-21', 3: '2099-01-01' } }), 'kvm3 kvm1');
    assert.equal(
      chosen({ hosts: hostsOf(11), declared: { per_run: 11 } }),
      hostsOf(11)
        .map(({ name }) => name)
        .join(' '),
    );
  });

  test('on all of them where that is asked for, or on one', () => {
    assert.equal(chosen({ allHosts: true }), 'kvm0 kvm1 kvm2 kvm3');
    assert.equal(chosen({ only: ['kvm3'] }), 'kvm3');
    assert.equal(chosen({ only: ['kvm9'] }), '');
  });

  test('on a host that is disabled, and on none in ERROR, or on which a requirement makes them pointless', () => {
    const [a, b, c, d] = hostsOf(4) as [Host, Host, Host, Host];
    const hosts = [{ ...a, state: 'err' }, { ...b, state: 'dsbl' }, c, d];
    const change = (cloud: Audited) => ({
      hosts: cloud.hosts.map((facts) =>
        facts.host.id === '2' ? hostFacts(facts.host, { libvirt: unread('no answer', 'libvirt') }) : facts,
      ),
    });
    const { queue, others } = choose({ hosts, change });
    assert.deepEqual(
      [queue, others].map((each) => each.map(({ host: { name }, barrier }) => [name, barrier].filter(Boolean).join(': '))),
      [
        ['kvm1', 'kvm3'],
        ['kvm0', 'kvm2: Not checked: BDS-306 could not be checked.'],
      ],
    );
  });

  test('with the runs beside them that are not counted, where those tell of the host', () => {
    const leftOut = [
      { run: 'a', why: 'of another server', ids: ['1'] },
      { run: 'b', why: 'garbled', ids: ['0', '1'] },
    ];
    const [first, second] = choose({ leftOut }).queue;
    assert.deepEqual(
      [first, second].map((each) => each?.uncounted?.map(({ run }) => run)),
      [['b'], ['a', 'b']],
    );
    assert.equal(choose({}).queue[0]?.uncounted, undefined);
  });

  test('as many at a time as are declared, and OpenNebula allows', () => {
    const limit = (inAll: number) => (cloud: Audited) => ({ backups: { ...cloud.backups, limits: { inAll, onHost: 2 } } });
    assert.equal(choose({}).atOnce, 2);
    assert.equal(choose({ declared: { at_once: 7 } }).atOnce, 5);
    assert.equal(choose({ declared: { at_once: 7 }, change: limit(Number.POSITIVE_INFINITY) }).atOnce, 7);
    assert.equal(choose({ declared: { at_once: 7 }, change: limit(1) }).atOnce, 1);
  });

  test('on each in the end, however many of them never come to a proof', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 4 }), (size, perRun) => {
        const hosts = hostsOf(size);
        const tried: Record<string, string> = {};
        const rounds = Math.ceil(size / perRun);
        for (let run = 0; run < 2 * rounds; run += 1) {
          const { chosen: these } = choose({ hosts, tried, declared: { per_run: perRun } });
          for (const each of these) tried[each.host.id] = String(1000 + run);
          if (run === rounds - 1) assert.equal(Object.keys(tried).length, size);
        }
      }),
    );
  });
});

describe('four hosts, of which the time of each gate is enough for one', () => {
  test('are all tried, though two are chosen each time', async () => {
    const hosts = hostsOf(4);
    const cloud = cloudOf({ hosts, declared: { at_once: 1, per_run: 2 } });
    const tried: Record<string, string> = {};
    for (let run = 0; run < 4; run += 1) {
      const at = new Date(Date.now() + run).toISOString();
      const choice = { ...choose({ hosts, tried, declared: { at_once: 1, per_run: 2 }, at: '9' }), at, template: '3', sizeMb: 1 };
      const time = new AbortController();
      const record = async () => {
        time.abort('the time was over');
        return evidence({ exitCode: 255, stderr: '[one.template.instantiate] no' });
      };
      const made = await makeCanaries({ site: cloud.site } as Machines, {
        ...{ choice, journal: { run: 'r', changes: [], record } as unknown as RunJournal, signal: time.signal },
        ...{ barrierOf: () => undefined, takeAway: async () => undefined },
      });
      for (const { subject, ...judged } of [everyHostIsProven.judge({ ...cloud, gate: { canaries: { value: made } } })].flat())
        if (judged.tried !== undefined) tried[subject?.id ?? ''] = judged.tried;
      assert.equal(Object.keys(tried).length, run + 1);
    }
  });
});

/** The choices, the sealed folders and the verdicts are real; what each canary comes to is told. */
describe('100 hosts, ten a run', () => {
  const reports = mkdtempSync(join(tmpdir(), 'rolling-'));
  after(() => rmSync(reports, { recursive: true }));
  const hosts = hostsOf(100);
  const [start, day] = [Date.parse('2026-11-01T06:00:00.000Z'), 86_400_000];
  const timeOf = (run: number, minutes = 0) => new Date(start + run * day + minutes * 60_000).toISOString();
  const idOf = (run: number) => `${timeOf(run).slice(0, 19).replaceAll(':', '-')}Z-1f3a`;
  const folderOf = (run: number) => join(reports, idOf(run));

  /** One gate, a day after the one before; `fails` are ids of hosts on which nothing starts. */
  async function gate(run: number, fails: readonly string[] = []) {
    const cloud = cloudOf({ hosts, declared: { per_run: 10 } });
    const runs = { reports, id: idOf(run), site: cloud.site, frontend: 'f', road: roadOf(cloud), allHosts: false };
    const earlier = await trialsBefore(runs, 'BDS-604', hosts);
    const choice = choiceOf(cloud, hosts, { ...runs, ...earlier, at: timeOf(run) });
    const tried = choice.chosen.map(({ host: on }): Canary => {
      const came = fails.includes(on.id)
        ? { stage: 'failed', found: 'BOOT_FAILURE' }
        : ({ stage: 'unseen', found: 'told to be met' } as const);
      return { host: on, vm: '8', ended: timeOf(run, 5), evidence: [], ...came } as Canary;
    });
    const value: Canaries = { ...choice, tried, at: timeOf(run), template: '3', sizeMb: 256 };
    const judged = [everyHostIsProven.judge({ ...cloud, gate: { canaries: { value } } })].flat();
    const subjects = judged.map(({ evidence: _evidence, reason, subject, ...rest }) => {
      const isTold = rest.tried !== undefined && reason.includes('told to be met');
      const told = isTold ? { outcome: 'met' as const, reason: '', proven: rest.tried ?? '' } : { reason };
      return { kind: 'host' as const, name: subject?.name ?? '', id: subject?.id ?? '', ...rest, ...told };
    });
    mkdirSync(folderOf(run));
    const outcome = worst(subjects.map((each) => each.outcome));
    const verdict = verdictFile([requirement(outcome, { id: 'BDS-604', subjects: subjects.map(({ cause: _cause, ...each }) => each) })], {
      ...{ profile: 'gate', run: idOf(run), startedAt: timeOf(run), finishedAt: timeOf(run, 10) },
      cloud: { name: cloud.site.name, frontend: 'f', openNebula: null, datastore: roadOf(cloud) ?? assert.fail() },
    });
    writeFileSync(join(folderOf(run), 'verdict.json'), JSON.stringify(verdict));
    await seal(folderOf(run));
    const count = (wanted: string) => subjects.filter((each) => each.outcome === wanted).length;
    return { names: tried.map((each) => each.host.name), outcome, count, subjects };
  }

  test('are all proven by the tenth, stay so by turns, and a run that was changed proves none of its ten', async () => {
    const all: string[] = [];
    for (let run = 0; run < 10; run += 1) {
      const { names, outcome, count, subjects } = await gate(run);
      all.push(...names);
      assert.equal(count('met'), (run + 1) * 10);
      assert.equal(outcome, run === 9 ? 'met' : 'undetermined');
      const last = subjects.findLast((each) => each.outcome === 'undetermined');
      if (last) assert.match(last.fix ?? '', run === 8 ? /one more gate/ : new RegExp(`${9 - run} more gates`));
    }
    assert.equal(new Set(all).size, 100);
    assert.deepEqual((await gate(10)).names, all.slice(0, 10));
    // What the fifth has proven nobody else has.
    appendFileSync(join(folderOf(4), 'verdict.json'), ' ');
    const changed = await gate(11);
    const noted = changed.subjects.filter(({ note = '' }) => note.includes(idOf(4)));
    // It may have told of those whose proofs are older: the tenth has tried ten of them in vain.
    assert.equal(noted.length, 40);
    assert.deepEqual(changed.names, all.slice(40, 50));
    assert.equal(changed.outcome, 'met');
    // A host that fails is not met until its turn comes again.
    const failing = await gate(12, ['10']);
    assert.deepEqual([failing.names, failing.outcome], [all.slice(10, 20), 'not-met']);
    const later = await gate(13);
    assert.deepEqual([later.names, later.outcome, later.count('not-met')], [all.slice(20, 30), 'not-met', 1]);
    // One by a clock that was years ahead proves nobody, and is named.
    const ahead = await gate(10_000);
    assert.deepEqual((await gate(14)).names, ahead.names);
    const named = (await gate(15)).subjects.filter(({ note = '' }) => note.includes(`${idOf(10_000)} (it is dated in the future`));
    assert.deepEqual(
      named.map(({ name }) => name),
      ahead.names,
    );
  });
});
