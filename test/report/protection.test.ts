import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Image } from '../../support/opennebula/images.ts';
import { toMetrics } from '../../support/report/prometheus.ts';
import { type ProtectionLine, protectionLines, toCsv } from '../../support/report/protection.ts';
import { image, link, looked, now, wholeCloud } from '../made.ts';
import { verdictFile } from '../told.ts';

const line = (changes: Partial<ProtectionLine> = {}): ProtectionLine => ({
  ...{ id: '7', name: 'files01', of: 'label Gold', newest: now, age: 3600, rpo: 14_400, points: 2, gap: 86_400 },
  ...{ schedule: 'daily 02:00', size: 42 },
  ...changes,
});
const HEAD =
  'vm_id,vm_name,class,newest_restore_point,age_seconds,rpo_seconds,restore_points,longest_gap_seconds,schedule,size_mib,bds_701\r\n';

test('a line a VM of production', () => {
  const day = 86_400;
  const found = protectionLines(wholeCloud(), { schedules: true });
  assert.deepEqual(found, [
    {
      id: '0',
      name: 'vm0',
      of: '',
      newest: now - day,
      age: day,
      rpo: 26 * 3600,
      points: 2,
      gap: undefined,
      schedule: found[0]?.schedule,
      size: 42,
    },
  ]);
  const unscheduled = protectionLines(wholeCloud(), { schedules: false });
  assert.equal(unscheduled[0]?.schedule, '');
});

test('links of a chain that OpenNebula flattens at that moment count on', () => {
  const hours = (...ago: readonly number[]) => ago.map((each, at) => link(String(at), `link${at}`, now - each * 3600));
  const full = image({ id: '1', registered: now - 20 * 3600 });
  const flattened = image({ id: '2', state: 'locked', increments: hours(60, 35, 9) });
  const lineOf = (...images: readonly Image[]) => {
    const cloud = wholeCloud();
    const [found] = protectionLines({ ...cloud, backups: { ...cloud.backups, images: looked(images, 'images') } }, { schedules: false });
    return [found?.age, found?.points, found?.gap, found?.newest];
  };
  const newest = now - 9 * 3600;
  assert.deepEqual(lineOf(flattened), [9 * 3600, 3, 26 * 3600, newest]);
  assert.deepEqual(lineOf(full, flattened), [9 * 3600, 4, 25 * 3600, newest]);
  assert.deepEqual(lineOf(full, { ...flattened, increments: hours(-9) }), [20 * 3600, 1, undefined, now - 20 * 3600]);
  assert.deepEqual(lineOf(full, { ...flattened, state: 'error' }), [20 * 3600, 1, undefined, now - 20 * 3600]);
});

test('none where nobody has declared it', () => {
  const cloud = wholeCloud();
  assert.deepEqual(protectionLines({ ...cloud, site: { ...cloud.site, protect: undefined } }, { schedules: true }), []);
});

test('protection.csv, with the outcome of BDS-701', () => {
  assert.equal(
    toCsv(
      [line(), line({ id: '8', newest: undefined, age: undefined, gap: undefined, size: undefined, of: '', schedule: '' })],
      new Map([['7', 'met']]),
    ),
    `${HEAD}7,files01,label Gold,2026-11-23T04:59:32Z,3600,14400,2,86400,daily 02:00,42,met\r\n8,files01,,,,14400,2,,,,\r\n`,
  );
});

test('no name breaks a line, or is a formula', () => {
  const named = (name: string) =>
    toCsv([line({ name })], new Map())
      .slice(HEAD.length)
      .replace(/^7,(.*),label Gold,.*/s, '$1');
  for (const [name, shown] of [
    ['a,b', '"a,b"'],
    ['a "b"', '"a ""b"""'],
    ['a\nb', '"a\nb"'],
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    [' =1', "' =1"],
    ['=HYPERLINK("x","y")', '"\'=HYPERLINK(""x"",""y"")"'],
    ['web-1', 'web-1'],
  ] as const)
    assert.equal(named(name), shown);
});

test('metrics: age and RPO of each, of at most 2,500, those first that are nearest to their RPO', () => {
  const text = toMetrics(verdictFile(), { protection: [line(), line({ id: '8', age: undefined, of: '' })] });
  assert.match(text, /^opennebula_backup_compliance_restore_point_age_seconds\{.*vm="files01",vm_id="7",class="label Gold"\} 3600$/m);
  assert.match(text, /^opennebula_backup_compliance_restore_point_age_seconds\{.*vm_id="8",class=""\} \+Inf$/m);
  assert.match(text, /^opennebula_backup_compliance_restore_point_objective_seconds\{.*vm_id="7".*\} 14400$/m);
  const many = Array.from({ length: 6000 }, (_, at) => line({ id: String(at), age: at }));
  const shown = toMetrics(verdictFile(), { protection: many }).match(/^opennebula_backup_compliance_restore_point\w+\{.*$/gm) ?? [];
  assert.equal(shown.length, 5000);
  assert.ok(shown.some((each) => each.includes('vm_id="5999"')) && !shown.some((each) => each.includes('vm_id="3499"')));
  assert.doesNotMatch(toMetrics(verdictFile()), /restore_point/);
});
