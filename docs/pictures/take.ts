/**
 * `npm run pictures`: runs the demo in several states and takes pictures of its report with Chromium (Debian: chromium), for README and docs.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { runDemo } from '../../lab/demo.ts';

const states = [
  { state: 'met', whole: true },
  { state: 'not-met', whole: true, fault: 'host-no-agent-forwarding', requirement: 'BDS-102' },
  { state: 'undetermined', whole: true, fault: 'server-filtered', requirement: 'BDS-101' },
  { state: 'not-met', whole: false, fault: 'rpo-missed', requirement: 'BDS-701' },
  { state: 'not-met', whole: false, fault: 'backup-files-gone', requirement: 'BDS-707' },
  { state: 'not-met', whole: false, fault: 'sample-corrupt', requirement: 'BDS-605' },
];

const scratch = mkdtempSync(join(tmpdir(), 'backup-compliance-pictures-'));

/** Pictures are of what a person sees who opens the file from disk. */
async function take(page: string, name: string, height: number): Promise<void> {
  const quiet = [
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-sync',
    '--hide-scrollbars',
  ];
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const picture = [
    `--window-size=1300,${height}`,
    '--virtual-time-budget=8000',
    `--screenshot=${join(import.meta.dirname, `${name}.png`)}`,
  ];
  await execa('chromium', ['--headless', ...quiet, ...asRoot, `--user-data-dir=${join(scratch, 'chromium')}`, ...picture, page]);
}

/** Allure's name for the page of a requirement, which stands in the report's data. */
function pageOf(html: string, requirement: string): string {
  for (const [, id = '', data = ''] of html.matchAll(/data\/test-results\/([0-9a-f-]+)\.json["'],\s*["']([A-Za-z0-9+/=]+)/g)) {
    if (Buffer.from(data, 'base64').toString().includes(`"name":"${requirement} `)) return id;
  }
  throw new Error(`the report has no page of ${requirement}`);
}

try {
  for (const [at, { state, whole, fault, requirement }] of states.entries()) {
    const reports = join(scratch, String(at));
    await runDemo({ reports, ...(fault && { fault }) });
    const index = join(reports, 'latest', 'index.html');
    if (whole) await take(`file://${index}`, state, 1150);
    if (requirement) await take(`file://${index}#${pageOf(readFileSync(index, 'utf8'), requirement)}`, `${state}-${requirement}`, 1250);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
