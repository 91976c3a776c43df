import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { breakFault, repairFault } from '../../lab/faults/index.ts';
import { Lab, type LabOptions } from '../../lab/machines/lab.ts';
import type { VerdictFile } from '../../support/archive/files.ts';

/** A lab for the tests of one suite, there from `before` to `after`, and the folder its front-end writes reports to. */
export class TestLab {
  lab!: Lab;
  reports = '';

  constructor(name: string, options: Pick<LabOptions, 'datastore' | 'hosts'> = {}) {
    before(async () => {
      this.reports = mkdtempSync(join(tmpdir(), `backup-compliance-${name}-`));
      this.lab = await Lab.up({ ...options, name: `${name}-${process.pid}`, reports: this.reports });
    });
    after(async () => {
      await this.lab.down();
      rmSync(this.reports, { recursive: true });
    });
  }

  /** Runs the suite's command on the front-end, as oneadmin. */
  inside(...args: string[]) {
    return this.lab.shell('frontend01', ['/opt/suite/bin/backup-compliance', ...args]);
  }

  /** Audits from inside the front-end with a site file of its home. */
  audit(site = 'site.yaml', ...args: string[]) {
    return this.inside('audit', '--site', site, '--reports', 'reports', ...args);
  }

  /** Runs the suite's command on the lab's network, from outside of all machines. */
  outside(...args: string[]) {
    return this.lab.run([join(import.meta.dirname, '../../bin/backup-compliance'), ...args]);
  }

  /** Runs a script on a machine, as oneadmin, and returns what it printed. */
  async on(machine: string, script: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.lab.shell(machine, ['sh', '-c', script]);
    if (exitCode !== 0) throw new Error(`${machine}: ${script} ended with ${exitCode}: ${stderr}`);
    return stdout;
  }

  /** Breaks a world for as long as `look` takes. */
  async broken<T>(world: string, look: () => Promise<T>): Promise<T> {
    await breakFault(this.lab, world);
    return look().finally(() => repairFault(this.lab, world));
  }

  get latest(): VerdictFile {
    return latest(this.reports);
  }

  /** A requirement of the newest verdict. */
  requirement(id: string) {
    const found = this.latest.requirements.find((requirement) => requirement.id === id);
    if (!found) throw new Error(`the verdict has no ${id}`);
    return found;
  }
}

/** The newest verdict below a folder of reports. */
export function latest(reports: string): VerdictFile {
  return JSON.parse(readFileSync(join(reports, 'latest', 'verdict.json'), 'utf8'));
}
