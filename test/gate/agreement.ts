import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { XMLParser } from 'fast-xml-parser';
import type { Rig } from './rig.ts';

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
formats.default(ajv);
const validate = ajv.compile(JSON.parse(readFileSync(new URL('../../docs/verdict.schema.json', import.meta.url), 'utf8')));

const STATUS = {
  met: 'passed',
  'not-met': 'failed',
  undetermined: 'broken',
  blocked: 'skipped',
  'not-applicable': 'skipped',
  waived: 'skipped',
};
const WORDS = {
  met: 'met',
  'not-met': 'NOT MET',
  undetermined: 'UNDETERMINED',
  blocked: 'blocked',
  'not-applicable': 'not applicable',
  waived: 'waived',
};

/** All that the newest run wrote and said tells the same. */
export function assertAgree({ reports, latest }: Rig, { exitCode, stdout }: { exitCode: number; stdout: string }): void {
  assert.ok(validate(latest), JSON.stringify(validate.errors, null, 1));
  assert.equal(latest.exitCode, exitCode);
  const folder = join(reports, 'latest');
  const parser = new XMLParser({ ignoreAttributes: false, isArray: (name) => name === 'testcase' || name === 'testsuite' });
  const suites = parser.parse(readFileSync(join(folder, 'junit.xml'), 'utf8')).testsuites.testsuite as {
    testcase: Record<string, never>[];
  }[];
  const junit = suites.flatMap(({ testcase }) => testcase).map((one) => [one['@_classname'], junitOutcome(one)]);
  const outcomes = latest.requirements.map(({ id, outcome }) => [id, outcome]);
  assert.deepEqual(junit.sort(), outcomes.toSorted(), 'junit.xml');
  const allure = readdirSync(join(folder, 'allure-results'))
    .filter((name) => name.endsWith('-result.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, 'allure-results', name), 'utf8')) as { name: string; status: string });
  assert.deepEqual(
    allure.map(({ name, status }) => [name.slice(0, 7), status]).sort(),
    latest.requirements.map(({ id, outcome }) => [id, STATUS[outcome]]).sort(),
    'Allure',
  );
  for (const { id, outcome } of latest.requirements) assert.match(stdout, new RegExp(`^${id} +${WORDS[outcome]} `, 'm'));
  assert.match(stdout, new RegExp(`\\(exit ${exitCode}\\)`));
}

function junitOutcome({ failure, skipped }: { failure?: Record<string, string>; skipped?: Record<string, string> }): string {
  return failure?.['@_type'] ?? skipped?.['@_message']?.split(':')[0] ?? 'met';
}
