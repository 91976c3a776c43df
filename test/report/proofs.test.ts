import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentOf } from '../../support/report/page/html.ts';
import { restoreTest } from '../../support/report/page/sections.ts';
import { toMetrics } from '../../support/report/prometheus.ts';
import { keptProofLine, proofLine, proofsIn } from '../../support/report/proofs.ts';
import { requirement, subject, verdictFile } from '../told.ts';

const ofHosts = (...subjects: ReturnType<typeof subject>[]) => [requirement('undetermined', { id: 'BDS-604', subjects })];
const three = ofHosts(
  subject('kvm01', 'met', { proven: '2026-11-29T05:00:00.000Z' }),
  subject('kvm02', 'not-met', { proven: '2026-11-01T06:00:00.000Z' }),
  subject('kvm03', 'undetermined'),
  subject('kvm04', 'not-applicable'),
);

const now = new Date('2026-11-29T06:00:00.000Z');

test('hosts that were never proven, or longest ago, come first, with the time of their proof and its age', () => {
  assert.equal(
    proofLine(three, now),
    'Backup proven (BDS-604): kvm03 never; kvm02 2026-11-01 06:00 UTC (28 d ago); kvm01 2026-11-29 05:00 UTC (1 h ago)',
  );
  assert.match(proofLine(three, new Date('2026-11-29T04:00:00.000Z')) ?? '', /kvm01 2026-11-29 05:00 UTC \(less than 1 min ago\)$/);
  const many = Array.from({ length: 100 }, (_, id) => subject(`kvm${id}`, 'met', { proven: '2026-11-28T06:00:00.000Z' }));
  assert.match(
    proofLine(ofHosts(...many), now) ?? '',
    /^Backup proven \(BDS-604\): kvm0 2026-11-28 06:00 UTC \(24 h ago\); .*kvm11 2026-11-28 06:00 UTC \(24 h ago\); and 88 hosts later$/,
  );
});

test('the page of a gate says so, and that of an audit has none of it', () => {
  const page = (profile: string) => {
    const file = verdictFile(three, { profile, finishedAt: '2026-11-29T06:00:00.000Z' });
    return documentOf(
      'x',
      '',
      restoreTest(file, (id) => profile === 'gate' && id === 'BDS-604', undefined, undefined),
    );
  };
  // A page is kept: an age by the day it is read would be wrong.
  assert.match(
    page('gate'),
    /<p>Backup proven \(BDS-604\), and how long before the end of this run: kvm03 never; kvm02 2026-11-01 06:00 UTC \(28 d\); kvm01 2026-11-29 05:00 UTC \(1 h\)\.<\/p>/,
  );
  assert.doesNotMatch(page('audit'), /Backup proven/);
});

test('where nothing is proven, nothing is said', () => {
  for (const none of [[], [requirement('not-applicable', { id: 'BDS-604' })], ofHosts(subject('kvm01', 'not-applicable'))]) {
    assert.equal(proofLine(none, now), undefined);
    assert.equal(keptProofLine(verdictFile(none)), undefined);
    assert.deepEqual(proofsIn(none), []);
    assert.doesNotMatch(toMetrics(verdictFile(none)), /host_proven/);
  }
});

test('metrics have the age of each proof at the end of the run', () => {
  const metrics = toMetrics(verdictFile(three, { profile: 'gate', finishedAt: '2026-11-29T06:00:00.000Z' }));
  const series = (host: string, age: number | string) =>
    `opennebula_backup_compliance_host_proven_age_seconds{cloud="production",profile="gate",host="${host}"} ${age}\n`;
  for (const each of [series('kvm03', '+Inf'), series('kvm02', 28 * 86_400), series('kvm01', 3600)])
    assert.ok(metrics.includes(each), each);
});
