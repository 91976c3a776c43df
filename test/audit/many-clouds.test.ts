/** Five clouds, each audited by itself, become one report and one verdict. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { execa } from 'execa';
import type { MergedVerdict } from '../../support/archive/merge.ts';
import { TestLab } from './lab.ts';

const SUITE = join(import.meta.dirname, '../../bin/backup-compliance');
/** Each cloud, what is broken in it, and how its audit ends. */
const CLOUDS = [
  ['north', undefined, 0],
  ['east', 'noisy-bashrc-on-backup', 1],
  ['south', undefined, 0],
  ['west', 'oned-down', 2],
  ['centre', undefined, 0],
] as const;

describe('five clouds', () => {
  const labs = CLOUDS.map(([name]) => new TestLab(`many-${name}`, { hosts: 1 }));
  const merged = mkdtempSync(join(tmpdir(), 'backup-compliance-merged-'));
  after(() => rmSync(merged, { recursive: true }));

  before(async () => {
    for (const [index, [name, world, exitCode]] of CLOUDS.entries()) {
      const cloud = labs[index] as TestLab;
      await cloud.on('frontend01', `sed -i 's/^name: .*/name: ${name}/' site.yaml`);
      const ran = await (world ? cloud.broken(world, () => cloud.audit()) : cloud.audit());
      assert.equal(ran.exitCode, exitCode, ran.stdout);
    }
  });

  const merge = async (...folders: string[]) => {
    const { exitCode, stdout } = await execa(SUITE, ['merge', ...folders, '--reports', merged], { reject: false });
    return { exitCode, stdout, file: JSON.parse(readFileSync(join(merged, 'merged', 'verdict.json'), 'utf8')) as MergedVerdict };
  };

  it('are as good as the worst of them', async () => {
    const { exitCode, stdout, file } = await merge(...labs.map(({ reports }) => reports));
    assert.equal(exitCode, 1, stdout);
    assert.deepEqual(
      file.clouds.map((cloud) => [cloud.name, cloud.exitCode]),
      CLOUDS.map(([name, , code]) => [name, code]),
    );
    assert.deepEqual(file.faults, []);
    assert.match(stdout, /NOT COMPLIANT {2}5 clouds: 1 not compliant, 1 undetermined, 3 compliant \(exit 1\)/);
    assert.ok(existsSync(join(merged, 'merged', 'index.html')));
  });

  it('are undetermined where one could not be looked at, and compliant without it', async () => {
    const [north, , south, west, centre] = labs.map(({ reports }) => reports) as [string, string, string, string, string];
    assert.equal((await merge(north, south, west, centre)).exitCode, 2);
    assert.equal((await merge(north, south, centre)).exitCode, 0);
  });
});
