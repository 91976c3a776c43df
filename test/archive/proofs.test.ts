import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { newestRestoreTest, provenBefore, trialsBefore } from '../../support/archive/proofs.ts';
import { seal } from '../../support/archive/seal.ts';
import type { Outcome } from '../../support/outcome/outcome.ts';
import type { JudgedSubject, VerdictFile } from '../../support/verdict/schema.ts';
import { requirement, subject, verdictFile } from '../told.ts';

const reports = mkdtempSync(join(tmpdir(), 'proofs-'));
after(() => rmSync(reports, { recursive: true }));
const runOf = (day: number) => `2026-11-${day}T09-10-00Z-1f3a`;
const end = (day: number) => `2026-11-${day}T10:00:00.000Z`;

/** A run of that day that came to these outcomes of virtual machines, by their ids, sealed. */
async function put(day: number, vms: Readonly<Record<string, Outcome>>, more: Partial<VerdictFile> = {}): Promise<string> {
  const folder = join(reports, runOf(day));
  mkdirSync(folder);
  const subjects = Object.entries(vms).map(([id, outcome]) => subject(`vm${id}`, outcome, { kind: 'vm', id }));
  const [outcome = 'not-applicable'] = Object.values(vms);
  const verdict = verdictFile([requirement(outcome, { id: 'BDS-605', subjects })], { run: runOf(day), finishedAt: end(day), ...more });
  writeFileSync(join(folder, 'verdict.json'), JSON.stringify(verdict));
  writeFileSync(join(folder, 'evidence.txt'), 'as it was');
  await seal(folder);
  return folder;
}
const proven = async (wanted: readonly string[], id = runOf(29)) =>
  Object.fromEntries(await provenBefore({ reports, id, site: { name: 'production' } }, 'BDS-605', wanted));

test('the newest earlier run that met it tells, of this cloud, and only where nothing of it was changed since it was sealed', async () => {
  await put(10, { 1: 'met', 2: 'met', 3: 'met' });
  await put(11, { 2: 'not-met', 3: 'undetermined' });
  await put(12, { 1: 'met' });
  await put(13, { 3: 'met' }, { cloud: { name: 'another', frontend: 'f', openNebula: null } });
  const other = await put(14, { 2: 'met', 4: 'met' });
  assert.deepEqual(await proven(['1', '2', '3', '4', '5']), { 1: end(12), 2: end(14), 3: end(10), 4: end(14) });
  appendFileSync(join(other, 'evidence.txt'), ', almost');
  assert.deepEqual(await proven(['1', '2', '4']), { 1: end(12), 2: end(10) });
  assert.deepEqual(await proven(['1', '2'], runOf(12)), { 1: end(10), 2: end(10) });
  rmSync(join(other, 'SHA256SUMS'));
  assert.deepEqual(await proven(['4']), {});
});

test('of a folder that is not there nothing is known', async () => {
  const nothing = await provenBefore({ reports: join(reports, 'none'), id: runOf(29), site: { name: 'production' } }, 'BDS-605', ['1']);
  assert.equal(nothing.size, 0);
});

test('the newest restore test is of this run, else of the newest earlier one of its cloud that restored', async () => {
  const gate = (day: number, outcome: Outcome, more: Partial<VerdictFile> = {}) =>
    put(day, {}, { requirements: [requirement(outcome, { id: 'BDS-601' })], verdict: 'compliant', exitCode: 0, ...more });
  const newest = (file = verdictFile(), id = runOf(29)) => newestRestoreTest({ reports, id, site: { name: 'production' } }, file);
  assert.equal(newest(), undefined, 'a sample alone is none');
  await gate(20, 'met');
  await gate(21, 'not-met', { verdict: 'not-compliant', exitCode: 1 });
  await gate(22, 'met', { cloud: { name: 'another', frontend: 'f', openNebula: null } });
  assert.equal(newest(), end(20));
  assert.equal(newest(verdictFile({ 'BDS-601': 'met' }, { finishedAt: end(29) })), end(29));
  assert.equal(newest(verdictFile(), runOf(20)), undefined, 'a later run says nothing of it');
});

type Trials = Readonly<Record<string, Partial<JudgedSubject> & { outcome: Outcome }>>;

/** Runs that tried hosts, by their ids. */
function trialsIn() {
  const folder = mkdtempSync(join(tmpdir(), 'trials-'));
  after(() => rmSync(folder, { recursive: true }));
  return {
    tried: async (day: number, hosts: Trials): Promise<string> => {
      const run = join(folder, runOf(day));
      mkdirSync(run);
      const subjects = Object.entries(hosts).map(([id, { outcome, ...more }]) => subject(`kvm0${id}`, outcome, { id, ...more }));
      const verdict = verdictFile([requirement('undetermined', { id: 'BDS-604', subjects })], { run: runOf(day), finishedAt: end(day) });
      writeFileSync(join(run, 'verdict.json'), JSON.stringify(verdict));
      await seal(run);
      return run;
    },
    trials: async () =>
      Object.fromEntries(
        await trialsBefore({ reports: folder, id: runOf(29), site: { name: 'production' } }, 'BDS-604', ['1', '2', '3', '4', '5']),
      ),
  };
}

test('of what is tried now and then the run that tried it tells, and no later one by that', async () => {
  const { tried, trials } = trialsIn();
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
  appendFileSync(join(later, 'verdict.json'), ' ');
  assert.deepEqual(Object.keys(await trials()), ['1', '2']);
  assert.equal((await trials())['2']?.outcome, 'met');
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
