import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { disagreements } from '../verdict/languages.ts';
import type { Rig } from './rig.ts';

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
formats.default(ajv);
const validate = ajv.compile(JSON.parse(readFileSync(new URL('../../docs/verdict.schema.json', import.meta.url), 'utf8')));

/** All that the newest run wrote and said tells the same. */
export function assertAgree(
  { reports, latest }: Pick<Rig, 'reports' | 'latest'>,
  { exitCode, stdout }: { exitCode: number; stdout: string },
): void {
  assert.ok(validate(latest), JSON.stringify(validate.errors, null, 1));
  assert.deepEqual(disagreements(join(reports, 'latest'), { file: latest, exitCode, stdout }), []);
  assert.match(stdout, new RegExp(`\\(exit ${exitCode}\\)`));
}
