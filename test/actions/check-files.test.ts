import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { checkFiles } from '../../support/actions/check-files.ts';
import { UsageError } from '../../support/outcome/errors.ts';
import { example, siteText } from '../../support/site/example.ts';

const folder = mkdtempSync(join(tmpdir(), 'check-files-'));
after(() => rmSync(folder, { recursive: true }));
const site = join(folder, 'site.yaml');
const waiversFile = join(folder, 'waivers.yaml');
const now = new Date('2026-11-29T12:00:00Z');
const said = (waivers?: string, text = siteText(example)) => {
  writeFileSync(site, text);
  rmSync(waiversFile, { force: true });
  if (waivers !== undefined) writeFileSync(waiversFile, waivers);
  return checkFiles(site, now);
};
const waiver = (requirement: string, expires: string, subject = '') =>
  `- { requirement: ${requirement}, owner: Jo, reason: ordered, expires: ${expires}${subject && `, subject: ${subject}`} }\n`;

test('a site file without waivers is told with what it declares', () => {
  const { lines, exitCode } = said();
  assert.equal(exitCode, 0);
  assert.equal(
    lines[0],
    `${site}: OK. Cloud ${example.name}, front-end ${example.frontend}, datastore “${example.datastore.name}” on ${example.datastore.rsync_host}.`,
  );
  assert.equal(lines[1], `${waiversFile}: no such file, so nothing is waived.`);
});

test('waivers are counted; one that is expired, or soon is, is named', () => {
  const { lines, exitCode } = said(
    waiver('BDS-204', '2026-11-28') +
      waiver('BDS-102', '2026-11-29', 'kvm01') +
      waiver('BDS-105', '2026-12-14') +
      waiver('ORG-001', '2027-02-01'),
  );
  assert.equal(exitCode, 0, 'requirements of the user are not known here');
  assert.deepEqual(lines.slice(1), [
    `${waiversFile}: OK. 4 waivers.`,
    '  BDS-204, owner Jo: expired since the end of 2026-11-28, UTC. What it was for counts as not met again.',
    '  BDS-102 on kvm01, owner Jo: expires at the end of 2026-11-29, UTC (in 0 days).',
  ]);
});

test('a waiver of a requirement that there is not is a fault, and says which may be meant', () => {
  const { lines, exitCode } = said(waiver('BDS-777', '2027-02-01'));
  assert.equal(exitCode, 3);
  assert.deepEqual(lines.slice(1), [`${waiversFile}: FAILED. 1 waiver.`, '  BDS-777: unknown requirement. Did you mean “BDS-707”?']);
});

test('what cannot be read is told with its place, and a near name', () => {
  const says = (message: RegExp) => ({ name: new UsageError('').name, message });
  assert.throws(
    () => said(undefined, siteText(example).replace('rsync_host:', 'rsync_hots:')),
    says(/site\.yaml:\d+:\d+: datastore\.rsync_hots: unknown setting\. Did you mean “rsync_host”\? Allowed here: /),
  );
  assert.throws(
    () => said('- { requirement: BDS-204, ownr: Jo }'),
    says(/waivers\.yaml:1:27: entry 1\.ownr: unknown setting\. Did you mean “owner”\?/),
  );
});
