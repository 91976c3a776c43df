/**
 * `npm run pictures`: runs the demo in several states and takes pictures of its report with Chromium (Debian: chromium), for README and docs.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runDemo } from '../../lab/demo.ts';
import { Chromium } from './chromium.ts';

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

try {
  await using browser = await Chromium.start();
  for (const [at, { whole, fault, finding }] of states.entries()) {
    const reports = join(scratch, String(at));
    await runDemo({ reports, ...(fault && { fault }) });
    await browser.open(join(reports, 'latest', 'index.html'), { width: 1300, height: 1150 });
    if (whole) put(whole, await browser.picture());
    if (finding) put(`${whole ?? 'not-met'}-${finding}`, await browser.picture(`article:has(a[href="#${finding}"])`));
  }
} finally {
  rmSync(scratch, { recursive: true });
}
