/**
 * `npm run bench:big`: an audit of 5,000 virtual machines with 40,000 backups, on the lab's front-end, where OpenNebula's command line costs what
 * the real one does. Prints one JSON object as its last line.
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Lab } from '../lab/machines/lab.ts';
import { enlarge } from './cloud.ts';

const PEAK = '/var/lib/one/peak';
const TELL_PEAK = `export NODE_OPTIONS='--import data:text/javascript,import{writeFileSync}from%22node:fs%22;process.on(%22exit%22,()=>writeFileSync(%22${PEAK}%22,String(process.resourceUsage().maxRSS)))'`;

const reports = mkdtempSync(join(tmpdir(), 'backup-compliance-bench-'));
const lab = await Lab.up({ name: `bench-${process.pid}`, hosts: 8, reports });
try {
  process.stderr.write('a lab is up\n');
  await enlarge(lab);
  process.stderr.write('it is a big cloud\n');
  const audit = '/opt/suite/bin/backup-compliance audit --site site.yaml --reports reports';
  const timed = `${TELL_PEAK}; TIMEFORMAT='took %R %U %S'; time { ${audit}\n}`;
  const { stdout, stderr, exitCode } = await lab.shell('frontend01', ['bash', '-c', timed]);
  process.stderr.write(`${stdout.slice(-3000)}\n${stderr.slice(-1000)}\n`);
  const [seconds = Number.NaN, user = 0, system = 0] = (/^took (.*)$/m.exec(stderr)?.[1] ?? '').split(' ').map(Number);
  const peak = Number((await lab.shell('frontend01', ['cat', PEAK])).stdout) / 1024;
  const size = (name: string) => Math.round((statSync(join(reports, 'latest', name)).size / 2 ** 20) * 100) / 100;
  const { verdict } = JSON.parse(readFileSync(join(reports, 'latest', 'verdict.json'), 'utf8')) as { verdict: string };
  process.stdout.write(
    `${JSON.stringify({ exitCode, verdict, big_cloud_s: seconds, cpu_s: Math.round((user + system) * 10) / 10, big_cloud_mb: Math.round(peak), page_mb: size('index.html'), verdict_mb: size('verdict.json') })}\n`,
  );
} finally {
  await lab.down();
  rmSync(reports, { recursive: true });
}
