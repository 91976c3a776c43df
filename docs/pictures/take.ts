/**
 * `npm run pictures`: runs the demo in several states and takes pictures of its report with Chromium (Debian: chromium), for README and docs; of the
 * sound state what the terminal shows, and the report itself as a sample. `npm run pictures -- sample`: these two alone.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { runDemo } from '../../lab/demo.ts';
import { root } from '../../support/suite.ts';
import { Chromium } from './chromium.ts';
import { terminal } from './terminal.ts';

/** The whole report, and the finding on a requirement, by the names of their files. */
const states = [
  { whole: 'met' },
  { whole: 'not-met', fault: 'host-no-agent-forwarding', finding: 'BDS-102' },
  { whole: 'undetermined', fault: 'server-filtered', finding: 'BDS-101' },
  { fault: 'rpo-missed', finding: 'BDS-701' },
  { fault: 'backup-files-gone', finding: 'BDS-707' },
  { fault: 'sample-corrupt', finding: 'BDS-605' },
];

const scratch = mkdtempSync(join(tmpdir(), 'backup-compliance-pictures-'));
const put = (name: string, picture: Buffer) => writeFileSync(join(import.meta.dirname, `${name}.png`), picture);

/** What somebody sees who types the first command of README, and the report that it leaves. */
async function sample(): Promise<void> {
  const reports = join(scratch, 'reports');
  const { stdout, stderr } = await execa({ cwd: fileURLToPath(root) })`bin/backup-compliance demo --reports ${reports}`;
  const [begun = ''] = stderr.split('\n');
  const printed = `${begun}\n${stdout}`.replaceAll(`${scratch}/`, '');
  writeFileSync(join(import.meta.dirname, 'terminal.svg'), terminal('npm run -s demo', printed));
  const page = readFileSync(join(reports, 'latest', 'index.html'), 'utf8');
  // The files that stand beside a report do not stand beside this one.
  const alone = page.replaceAll(/<a href="(?!#|https:)[^"]*">(.*?)<\/a>/g, '$1');
  writeFileSync(join(import.meta.dirname, '..', 'sample-report.html'), alone);
}

async function pictures(): Promise<void> {
  await using browser = await Chromium.start();
  for (const [at, { whole, fault, finding }] of states.entries()) {
    const reports = join(scratch, String(at));
    await runDemo({ reports, ...(fault && { fault }) });
    await browser.open(join(reports, 'latest', 'index.html'), { width: 1300, height: 1150 });
    if (whole) put(whole, await browser.picture());
    if (finding) put(`${whole ?? 'not-met'}-${finding}`, await browser.picture(`article:has(a[href="#${finding}"])`));
  }
}

try {
  await sample();
  if (process.argv[2] !== 'sample') await pictures();
} finally {
  rmSync(scratch, { recursive: true });
}
