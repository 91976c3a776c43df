/**
 * `npm run bench:runs [-- FOLDER]`: `status` and `merge` over 400 runs, which are copies of the run in FOLDER (reports/latest), each sealed: in one
 * reports folder, and of as many clouds. Prints one JSON object as its last line: processor seconds, and seconds.
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { root } from '../support/suite.ts';
import type { VerdictFile } from '../support/verdict/schema.ts';

const RUNS = 400;
const HOUR = 3_600_000;
const SUITE = fileURLToPath(new URL('bin/backup-compliance', root));
const model = realpathSync(process.argv[2] ?? 'reports/latest');
const file = JSON.parse(readFileSync(join(model, 'verdict.json'), 'utf8')) as VerdictFile;
const manifest = readFileSync(join(model, 'SHA256SUMS'), 'utf8');
const reports = mkdtempSync(join(tmpdir(), 'backup-compliance-bench-'));

/** Puts the run down once more, as of so many hours ago, of that cloud. */
function copy(into: string, hours: number, cloud: string): string {
  const at = (when: string) => new Date(Date.now() - hours * HOUR - (Date.parse(file.finishedAt) - Date.parse(when))).toISOString();
  const [startedAt, finishedAt] = [at(file.startedAt), at(file.finishedAt)];
  const run = `${startedAt.slice(0, 19).replaceAll(':', '-')}Z-${(hours % 0x10000).toString(16).padStart(4, '0')}`;
  const folder = join(into, run);
  mkdirSync(into, { recursive: true });
  cpSync(model, folder, { recursive: true, filter: (path) => !/\/(evidence|allure\.html|messages\.ndjson)$/.test(path) });
  const { validUntil: _, ...rest } = file;
  const text = `${JSON.stringify({ ...rest, run, startedAt, finishedAt, cloud: { ...file.cloud, name: cloud } }, null, 2)}\n`;
  writeFileSync(join(folder, 'verdict.json'), text);
  const sum = createHash('sha256').update(text).digest('hex');
  writeFileSync(join(folder, 'SHA256SUMS'), manifest.replace(/^\w{64}(?= {2}verdict\.json$)/m, sum));
  return folder;
}

/** What a command of the suite takes. */
async function measured(...args: readonly string[]) {
  const began = Date.now();
  const timed = 'TIMEFORMAT="took %U %S"; time "$@"';
  // Where there is no site file, status takes the reports to be of one cloud.
  const { stdout, stderr } = await execa('bash', ['-c', timed, 'bash', SUITE, ...args], { reject: false, cwd: reports });
  const [, user = Number.NaN, system = Number.NaN] = /^took (\S+) (\S+)$/m.exec(stderr) ?? [];
  process.stderr.write(`${args[0]}: ${stdout.split('\n').slice(-2).join(' ').slice(0, 200)}\n`);
  return { cpu_s: Math.round((Number(user) + Number(system)) * 100) / 100, s: (Date.now() - began) / 1000 };
}

try {
  const one = join(reports, 'one');
  for (let hours = 0; hours < RUNS; hours += 1) copy(one, hours, file.cloud.name);
  const clouds = Array.from({ length: RUNS }, (_, at) => copy(join(reports, `cloud${at}`), 0, `cloud ${at}`));
  process.stderr.write('the runs are there\n');
  const figures = {
    status: await measured('status', '--reports', one),
    merge_one: await measured('merge', one, '--reports', join(reports, 'merged-one')),
    merge_clouds: await measured('merge', ...clouds, '--reports', join(reports, 'merged')),
  };
  process.stdout.write(`${JSON.stringify({ runs: RUNS, ...figures })}\n`);
} finally {
  rmSync(reports, { recursive: true });
}
