import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { hasMoved, newestRestoreTest, provenBefore, trialsBefore } from '../../support/archive/proofs.ts';
import { GARBLED } from '../../support/archive/runs.ts';
import { seal, sign } from '../../support/archive/seal.ts';
import type { Road } from '../../support/facts/road.ts';
import type { Outcome } from '../../support/outcome/outcome.ts';
import type { JudgedSubject, VerdictFile } from '../../support/verdict/schema.ts';
import { requirement, subject, verdictFile } from '../told.ts';

const reports = mkdtempSync(join(tmpdir(), 'proofs-'));
after(() => rmSync(reports, { recursive: true }));
const runOf = (day: number) => `2026-11-${day}T09-10-00Z-1f3a`;
const end = (day: number) => `2026-11-${day}T10:00:00.000Z`;

const road: Road = { id: '100', hostKey: 'SHA256:ours' };
const cloud = (datastore: Road | undefined = road, name = 'production'): VerdictFile['cloud'] => ({
  ...{ name, frontend: 'frontend01.example.net', openNebula: '7.4.0' },
  ...(datastore && { datastore }),
});

/** A run of that day that came to these outcomes of VMs, by their ids, sealed. */
async function put(day: number, vms: Readonly<Record<string, Outcome>>, more: Partial<VerdictFile> = {}, to = reports): Promise<string> {
  const folder = join(to, runOf(day));
  mkdirSync(folder);
  const subjects = Object.entries(vms).map(([id, outcome]) => subject(`vm${id}`, outcome, { kind: 'vm', id }));
  const [outcome = 'not-applicable'] = Object.values(vms);
  const verdict = verdictFile([requirement(outcome, { id: 'BDS-605', subjects })], {
    ...{ run: runOf(day), finishedAt: end(day), cloud: cloud() },
    ...more,
  });
  writeFileSync(join(folder, 'verdict.json'), JSON.stringify(verdict));
  writeFileSync(join(folder, 'evidence.txt'), 'as it was');
  await seal(folder);
  return folder;
}
const ours = { site: { name: 'production' }, frontend: 'frontend01.example.net' };
/** As they are called in the runs. */
const vms = (...ids: readonly string[]) => ids.map((id) => ({ id, name: `vm${id}` }));
const provenAndNot = async (wanted: readonly string[], id = runOf(29), by: Road | undefined = road) => {
  const { proven: found, leftOut } = await provenBefore({ ...ours, reports, id, road: by }, 'BDS-605', vms(...wanted));
  return { found: Object.fromEntries(found), leftOut };
};
const proven = async (...asked: Parameters<typeof provenAndNot>) => (await provenAndNot(...asked)).found;

test('the newest earlier run that met it tells, of this cloud, and only where nothing of it was changed since it was sealed', async () => {
  await put(10, { 1: 'met', 2: 'met', 3: 'met' });
  await put(11, { 2: 'not-met', 3: 'undetermined' });
  await put(12, { 1: 'met' });
  await put(13, { 3: 'met' }, { cloud: cloud(road, 'another') });
  const other = await put(14, { 2: 'met', 4: 'met' });
  assert.deepEqual(await proven(['1', '2', '3', '4', '5']), { 1: end(12), 2: end(14), 3: end(10), 4: end(14) });
  appendFileSync(join(other, 'evidence.txt'), ', almost');
  assert.deepEqual(await proven(['1', '2', '4']), { 1: end(12), 2: end(10) });
  assert.deepEqual(await proven(['1', '2'], runOf(12)), { 1: end(10), 2: end(10) });
  rmSync(join(other, 'SHA256SUMS'));
  assert.deepEqual(await proven(['4']), {});
});

test('of a folder that is not there nothing is known', async () => {
  const nowhere = { ...ours, reports: join(reports, 'none'), id: runOf(29), road };
  const nothing = await provenBefore(nowhere, 'BDS-605', vms('1'));
  assert.deepEqual([nothing.proven.size, nothing.leftOut], [0, []]);
});

test('a proof is one of the datastore and the backup server that it was made with; others are left out, and why is said', async () => {
  const elsewhere = (datastore?: Road) => ({ cloud: { ...cloud(), ...(datastore ? { datastore } : {}) } });
  await put(15, { 5: 'met' });
  await put(16, { 5: 'met' }, elsewhere({ id: '100', hostKey: 'SHA256:of another server' }));
  await put(17, { 5: 'met' }, elsewhere({ id: '101', hostKey: 'SHA256:ours' }));
  const { datastore: _datastore, ...unsaid } = cloud();
  await put(18, { 5: 'met', 6: 'not-met' }, { cloud: unsaid });
  const whys = ['it does not say where its backups went', 'its backups went to datastore 101, not 100'];
  const another = 'its backups went to a server with another host key, SHA256:of another server';
  const all = [...whys, another].map((why, at) => ({ run: runOf(18 - at), why, ids: ['5'] }));
  assert.deepEqual(await provenAndNot(['5'], runOf(19)), { found: { 5: end(15) }, leftOut: all });
  assert.deepEqual(await proven(['5'], runOf(19), { id: '101', hostKey: 'SHA256:ours' }), { 5: end(17) });
  assert.deepEqual(await proven(['5'], runOf(19), { id: '100', hostKey: 'SHA256:of another server' }), { 5: end(16) });
  const unknown = await provenBefore({ ...ours, reports, id: runOf(16), road: undefined }, 'BDS-605', vms('5'));
  assert.equal(unknown.proven.size, 0);
  assert.deepEqual(unknown.leftOut.slice(0, 1), [{ run: runOf(15), why: 'where backups go now is unknown', ids: ['5'] }]);
});

test('a proof is one of the same front-end, and of the subject of that name; others are left out, and why is said', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'of-another-cloud-'));
  after(() => rmSync(folder, { recursive: true }));
  const runs = { ...ours, reports: folder, id: runOf(29), road };
  await put(10, { 1: 'met', 2: 'met', 3: 'met' }, {}, folder);
  await put(11, { 2: 'met' }, { cloud: { ...cloud(), frontend: 'frontend09.example.net' } }, folder);
  const wanted = [...vms('2', '3'), { id: '1', name: 'db01' }];
  const { proven: found, leftOut } = await provenBefore(runs, 'BDS-605', wanted);
  assert.deepEqual(Object.fromEntries(found), { 2: end(10), 3: end(10) });
  assert.deepEqual(leftOut, [
    { run: runOf(11), why: 'it is of another front-end, frontend09.example.net', ids: ['2'] },
    { run: runOf(10), why: 'vm1 had the id 1 then', ids: ['1'] },
  ]);
  const alone = await provenBefore(runs, 'BDS-605', [{ id: '1', name: 'db01' }]);
  assert.deepEqual([alone.proven.size, alone.leftOut.length], [0, 1]);
});

test('of a host of another name neither a proof nor a failure counts', async () => {
  const { tried, trials, leftOut } = trialsIn();
  await tried(10, { 1: { outcome: 'met', tried: end(10), proven: end(10) } });
  await tried(11, {
    1: { outcome: 'not-met', tried: end(11), name: 'kvm07' },
    2: { outcome: 'met', tried: end(11), proven: end(11), name: 'kvm08' },
  });
  assert.deepEqual(await trials(), { 1: { tried: end(10), ended: end(10), outcome: 'met', run: runOf(10), proven: end(10) } });
  assert.deepEqual(await leftOut(), [
    { run: runOf(11), why: 'kvm07 had the id 1 then', ids: ['1'] },
    { run: runOf(11), why: 'kvm08 had the id 2 then', ids: ['2'] },
  ]);
});

test('a run whose seal does not hold is named; one without a verdict, or that tells nothing new, is not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'changed-'));
  after(() => rmSync(folder, { recursive: true }));
  const runs = { ...ours, reports: folder, id: runOf(29), road };
  const of = (day: number) => put(day, { 1: 'met' }, {}, folder);
  await of(10);
  appendFileSync(join(await of(24), 'evidence.txt'), ', almost');
  appendFileSync(join(await of(25), 'verdict.json'), ' ');
  rmSync(join(await of(26), 'SHA256SUMS'));
  rmSync(join(await of(27), 'verdict.json'));
  writeFileSync(join(await of(28), 'verdict.json'), '{ "schema": 1 }');
  const { proven: found, leftOut } = await provenBefore(runs, 'BDS-605', vms('1'));
  assert.deepEqual([...found], [['1', end(10)]]);
  assert.deepEqual(leftOut, [
    { run: runOf(26), why: 'it has no SHA256SUMS', ids: ['1'] },
    { run: runOf(25), why: `verdict.json: ${GARBLED}`, ids: ['1'] },
    { run: runOf(24), why: 'its files differ from SHA256SUMS', ids: ['1'] },
  ]);
  const nothing = await provenBefore(runs, 'BDS-605', vms('2'));
  assert.deepEqual(
    nothing.leftOut.map(({ run }) => run),
    [runOf(26), runOf(25)],
  );
});

test('where runs are signed, one that was sealed anew, or signed by somebody else, proves nothing; why is said', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'signed-'));
  after(() => rmSync(folder, { recursive: true }));
  const [key, stranger] = ['key', 'stranger'].map((name) => join(folder, name)) as [string, string];
  for (const each of [key, stranger]) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', each]);
  await sign(await put(10, { 1: 'met' }, {}, folder), key);
  // Whoever changes an outcome seals it anew: without a signature, with one of his own, or with the old one.
  await put(11, { 1: 'met' }, {}, folder);
  await sign(await put(12, { 1: 'met' }, {}, folder), stranger);
  const stale = await put(13, { 1: 'met' }, {}, folder);
  await sign(stale, key);
  writeFileSync(join(stale, 'evidence.txt'), 'as it never was');
  await seal(stale);
  const of = async (sign_with?: string) => {
    const site = { ...ours.site, evidence: { sign_with } };
    const { proven: found, leftOut } = await provenBefore({ ...ours, site, reports: folder, id: runOf(29), road }, 'BDS-605', vms('1'));
    return [found.get('1'), ...leftOut.map(({ run, why }) => `${run.slice(8, 10)}: ${why}`)];
  };
  const no = 'it is not signed with the key in evidence.sign_with';
  // By either half of the key.
  for (const half of [key, `${key}.pub`])
    assert.deepEqual(await of(half), [end(10), '13: its files differ from SHA256SUMS', `12: ${no}`, `11: ${no}`]);
  assert.deepEqual(await of(), [end(12), '13: its files differ from SHA256SUMS'], 'where none is asked for, the manifest is all there is');
  const [none, , , , first] = await of(join(folder, 'nowhere'));
  assert.equal(none, undefined);
  assert.match(first ?? '', /^10: its signature could not be compared with evidence\.sign_with: .*nowhere/);
});

test('what was tried in vain since it was proven is known, from runs whose seal holds; what was not begun is no try', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'in-vain-'));
  after(() => rmSync(folder, { recursive: true }));
  const tried = async (day: number, came: Readonly<Record<string, Outcome>>, at = end(day)) => {
    const subjects = Object.entries(came).map(([id, outcome]) => subject(`vm${id}`, outcome, { kind: 'vm', id, tried: at }));
    return put(
      day,
      {},
      { requirements: [requirement('undetermined', { id: 'BDS-605', subjects })], verdict: 'undetermined', exitCode: 2 },
      folder,
    );
  };
  await tried(10, { 1: 'met', 2: 'undetermined', 3: 'undetermined' });
  await tried(11, { 1: 'undetermined', 2: 'met', 4: 'not-met' });
  await put(12, { 5: 'undetermined' }, {}, folder);
  await tried(13, { 5: 'undetermined' }, '2099-01-01T00:00:00.000Z');
  appendFileSync(join(await tried(14, { 3: 'undetermined' }), 'evidence.txt'), ', almost');
  const {
    proven: found,
    inVain,
    leftOut,
  } = await provenBefore({ ...ours, reports: folder, id: runOf(29), road }, 'BDS-605', vms('1', '2', '3', '4', '5'));
  assert.deepEqual(Object.fromEntries(found), { 1: end(10), 2: end(11) });
  assert.deepEqual(Object.fromEntries(inVain), { 1: end(11), 3: end(10), 4: end(11) });
  assert.deepEqual(leftOut, [{ run: runOf(14), why: 'its files differ from SHA256SUMS', ids: ['3'] }]);
});

test('the newest restore test is of this run, else of the newest earlier one of its cloud that restored', async () => {
  const gate = (day: number, outcome: Outcome, more: Partial<VerdictFile> = {}) =>
    put(day, {}, { requirements: [requirement(outcome, { id: 'BDS-601' })], verdict: 'compliant', exitCode: 0, ...more });
  const newest = (file = verdictFile(), id = runOf(29)) => newestRestoreTest({ reports, id, site: { name: 'production' } }, file);
  assert.equal(newest(), undefined, 'a sample alone is none');
  await gate(20, 'met');
  await gate(21, 'not-met', { verdict: 'not-compliant', exitCode: 1 });
  await gate(22, 'met', { cloud: cloud(road, 'another') });
  await gate(23, 'met', { cloud: cloud({ ...road, hostKey: 'SHA256:before' }) });
  assert.equal(newest(), end(23), 'where backups go now is unknown');
  assert.equal(newest(verdictFile({}, { cloud: cloud() })), end(20));
  assert.equal(newest(verdictFile({ 'BDS-601': 'met' }, { finishedAt: end(29) })), end(29));
  assert.equal(newest(verdictFile(), runOf(20)), undefined, 'a later run says nothing of it');
  assert.equal(hasMoved(verdictFile({}, { cloud: cloud() }), verdictFile()), false);
  const elsewhere = verdictFile({}, { cloud: { ...cloud(), frontend: 'frontend09.example.net' } });
  assert.equal(hasMoved(elsewhere, verdictFile({}, { cloud: cloud() })), true);
  assert.equal(newest(elsewhere), undefined);
});

type Trials = Readonly<Record<string, Partial<JudgedSubject> & { outcome: Outcome }>>;

const read = (folder: string) =>
  trialsBefore(
    { ...ours, reports: folder, id: runOf(29), road },
    'BDS-604',
    ['1', '2', '3', '4', '5'].map((id) => ({ id, name: `kvm0${id}` })),
  );

/** Runs that tried hosts, by their ids. */
function trialsIn() {
  const folder = mkdtempSync(join(tmpdir(), 'trials-'));
  after(() => rmSync(folder, { recursive: true }));
  return {
    tried: async (day: number, hosts: Trials, more: Partial<VerdictFile> = {}): Promise<string> => {
      const run = join(folder, runOf(day));
      mkdirSync(run);
      const subjects = Object.entries(hosts).map(([id, { outcome, ...more }]) => subject(`kvm0${id}`, outcome, { id, ...more }));
      const told = { run: runOf(day), finishedAt: end(day), cloud: cloud(), ...more };
      const verdict = verdictFile([requirement('undetermined', { id: 'BDS-604', subjects })], told);
      writeFileSync(join(run, 'verdict.json'), JSON.stringify(verdict));
      await seal(run);
      return run;
    },
    trials: async () => Object.fromEntries((await read(folder)).trials),
    leftOut: async () => (await read(folder)).leftOut,
  };
}

test('of what is tried now and then the run that tried it tells, and no later one by that', async () => {
  const { tried, trials, leftOut } = trialsIn();
  await tried(10, { 1: { outcome: 'met', tried: end(10), proven: end(10) }, 2: { outcome: 'met', tried: end(10), proven: end(10) } });
  // It says when they were proven, and tried none of them but 2 and 3.
  const later = await tried(11, {
    1: { outcome: 'met', proven: end(10) },
    2: { outcome: 'not-met', tried: end(11), proven: end(10) },
    3: { outcome: 'undetermined', tried: end(11) },
    4: { outcome: 'undetermined' },
    5: {
      outcome: 'waived',
      trueOutcome: 'not-met',
      waiver: { owner: 'a', reason: 'b', expires: '2099-01-01', expired: false },
      tried: end(11),
    },
  });
  assert.deepEqual(await trials(), {
    1: { tried: end(10), ended: end(10), outcome: 'met', run: runOf(10), proven: end(10) },
    2: { tried: end(11), ended: end(11), outcome: 'not-met', run: runOf(11), proven: end(10) },
    3: { tried: end(11), ended: end(11), outcome: 'undetermined', run: runOf(11) },
    5: { tried: end(11), ended: end(11), outcome: 'not-met', run: runOf(11) },
  });
  assert.deepEqual(await leftOut(), []);
  // What it says of each host that it tried is no more than a doubt.
  writeFileSync(join(later, 'more'), '');
  assert.deepEqual(await leftOut(), [
    { run: runOf(11), why: 'its files differ from SHA256SUMS', ids: ['2', '3', '5'], failed: ['2', '5'] },
  ]);
  rmSync(join(later, 'more'));
  appendFileSync(join(later, 'verdict.json'), ' ');
  assert.deepEqual(Object.keys(await trials()), ['1', '2']);
  assert.equal((await trials())['2']?.outcome, 'met');
});

test('a run that is not counted proves nothing; that a host failed in it is told, where no proof is newer', async () => {
  const failure = (day: number) => ({ outcome: 'not-met', tried: end(day) }) as const;
  const proof = (day: number) => ({ outcome: 'met', tried: end(day), proven: end(day) }) as const;
  const elsewhere = (datastore: Road, more = {}) => ({ cloud: { ...cloud(datastore), ...more } });
  const cases: readonly (readonly [why: RegExp, told: Partial<VerdictFile>, after?: (run: string) => void])[] = [
    [/^its backups went to datastore 101, not 100$/, elsewhere({ ...road, id: '101' })],
    [/^its backups went to a server with another host key/, elsewhere({ ...road, hostKey: 'SHA256:before' })],
    [/^it is of another front-end/, elsewhere(road, { frontend: 'frontend09.example.net' })],
    [/^its files differ from SHA256SUMS$/, {}, (run) => writeFileSync(join(run, 'more'), '')],
    [/^verdict\.json: it cannot be read, /, {}, (run) => appendFileSync(join(run, 'verdict.json'), ' ')],
    [/^it has no SHA256SUMS$/, {}, (run) => rmSync(join(run, 'SHA256SUMS'))],
  ];
  for (const [why, told, change] of cases) {
    const { tried, trials, leftOut } = trialsIn();
    await tried(10, { 1: proof(10), 2: proof(10), 3: proof(10) });
    const run = await tried(11, { 1: failure(11), 2: { ...failure(11), name: 'kvm09' }, 3: failure(11), 4: { outcome: 'not-met' } }, told);
    await tried(12, { 3: proof(12) });
    change?.(run);
    const [left, ...more] = (await leftOut()).filter(({ failed }) => failed);
    assert.match(left?.why ?? '', why);
    assert.deepEqual([left?.run, left?.failed, more], [runOf(11), ['1'], []], left?.why);
    assert.equal((await trials())['1']?.proven, end(10));
  }
  const { tried, leftOut } = trialsIn();
  await tried(10, { 1: proof(10) });
  appendFileSync(join(await tried(11, { 1: failure(11) }, { cloud: cloud(road, 'another') }), 'verdict.json'), ' ');
  assert.deepEqual((await leftOut())[0]?.failed, undefined, 'of another cloud');
});

test('that a VM failed since it was proven is told, whether or not that run is counted', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'failed-since-'));
  after(() => rmSync(folder, { recursive: true }));
  await put(10, { 1: 'met', 2: 'met', 3: 'met', 4: 'met' }, {}, folder);
  await put(11, { 1: 'not-met', 4: 'not-met' }, {}, folder);
  await put(12, { 2: 'not-met', 3: 'undetermined' }, { cloud: cloud({ ...road, id: '101' }) }, folder);
  await put(13, { 4: 'met' }, {}, folder);
  const asked = { ...ours, reports: folder, id: runOf(29), road };
  const { proven: found, failed } = await provenBefore(asked, 'BDS-605', vms('1', '2', '3', '4'));
  assert.deepEqual(
    [[...found.keys()].toSorted(), [...failed].toSorted()],
    [
      ['1', '2', '3', '4'],
      ['1', '2'],
    ],
  );
});

test('what was tried in vain proves nothing anew, and takes back no failure', async () => {
  const { tried, trials } = trialsIn();
  const proof = (day: number) => ({ outcome: 'met', tried: end(day), proven: end(day) }) as const;
  await tried(10, { 1: proof(10), 2: proof(10), 3: { outcome: 'not-met', tried: end(10) }, 4: proof(10) });
  await tried(11, { 2: { outcome: 'not-met', tried: end(11), proven: end(10) }, 3: proof(11) });
  // Met by the older proof.
  const inVain = { outcome: 'met', tried: end(12), proven: end(10) } as const;
  await tried(12, {
    1: inVain,
    2: { outcome: 'undetermined', tried: end(12), proven: end(10) },
    3: { outcome: 'blocked', tried: end(12) },
  });
  await tried(13, { 1: { ...inVain, tried: end(13) } });
  assert.deepEqual(await trials(), {
    1: { tried: end(13), ended: end(10), outcome: 'met', run: runOf(10), proven: end(10) },
    2: { tried: end(12), ended: end(11), outcome: 'not-met', run: runOf(11), proven: end(10) },
    3: { tried: end(12), ended: end(11), outcome: 'met', run: runOf(11), proven: end(11) },
    4: { tried: end(10), ended: end(10), outcome: 'met', run: runOf(10), proven: end(10) },
  });
});

test('a proof by a clock that was ahead is none: the one before it counts', async () => {
  const { tried, trials } = trialsIn();
  const ahead = '2099-01-01T00:00:00.000Z';
  await tried(10, { 1: { outcome: 'met', tried: end(10), proven: end(10) } });
  await tried(11, { 1: { outcome: 'met', tried: ahead, proven: ahead } });
  assert.equal((await trials())['1']?.proven, end(10));
});
