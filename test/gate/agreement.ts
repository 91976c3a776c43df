import assert from 'node:assert/strict';
import { join } from 'node:path';
import { disagreements } from '../verdict/languages.ts';
import { schemaFaults } from '../verdict/schema.ts';
import type { Rig } from './rig.ts';

/** All that the newest run wrote and said tells the same. */
export function assertAgree(
  { reports, latest }: Pick<Rig, 'reports' | 'latest'>,
  { exitCode, stdout }: { exitCode: number; stdout: string },
): void {
  assert.deepEqual(schemaFaults(latest), []);
  assert.deepEqual(disagreements(join(reports, 'latest'), { file: latest, exitCode, stdout }), []);
  assert.match(stdout, new RegExp(`\\(exit ${exitCode}\\)`));
}
