/** An audit of 5,000 VMs with 40,000 backups, on the lab's front-end, where OpenNebula's command line costs what the real one does. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Lab } from '../lab/machines/lab.ts';
import { enlarge } from './cloud.ts';
import { type Big, rounded } from './figures.ts';
import { readPeak, TELL_PEAK } from './peak.ts';
import { AUDIT } from './tools.ts';

export async function bigAudit(): Promise<Big> {
  const reports = mkdtempSync(join(tmpdir(), 'backup-compliance-bench-'));
  const lab = await Lab.up({ name: `bench-${process.pid}`, hosts: 8, reports });
  try {
    await enlarge(lab);
    const timed = `${TELL_PEAK}; TIMEFORMAT='took %R %U %S'; time { ${AUDIT}\n}`;
    const { stdout, stderr } = await lab.shell('frontend01', ['bash', '-c', timed]);
    if (!/^COMPLIANT /m.test(stdout))
      throw new Error(`expected a compliant big cloud, found:\n${stdout.slice(-3000)}\n${stderr.slice(-1000)}`);
    const [seconds = Number.NaN, user = 0, system = 0] = (/^took (.*)$/m.exec(stderr)?.[1] ?? '').split(' ').map(Number);
    return {
      ...{ big_cloud_s: rounded(seconds), big_cloud_mb: await readPeak(lab) },
      ...{ cpu_s: rounded(user + system), page_mb: rounded(statSync(join(reports, 'latest', 'index.html')).size / 2 ** 20) },
    };
  } finally {
    await lab.down();
    rmSync(reports, { recursive: true });
  }
}
