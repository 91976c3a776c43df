/** Real runs of Cucumber over the suite's own features, in which every requirement comes out as it is told to: no machine is asked. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { VerdictFile } from '../../support/archive/files.ts';
import type { Outcome } from '../../support/outcome/outcome.ts';
import { example, siteText } from '../../support/site/example.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const steps = `
import { Given } from '@cucumber/cucumber';
const told = JSON.parse(process.env.OUTCOMES);
// What is waived is not met.
Given(/.*/, function () {
  const outcome = (told[this.requirement] ?? 'met').replace('waived', 'not-met');
  return this.judge({ outcome, reason: outcome === 'met' ? '' : 'it is ' + outcome, evidence: [] });
});
`;

export interface Told {
  /** The cloud's name. */
  readonly name?: string;
  readonly profile?: string;
  /** What does not come out as met. */
  readonly outcomes?: Readonly<Record<string, Outcome>>;
  /** For Cucumber. */
  readonly args?: readonly string[];
  readonly reports?: string;
  /** More lines of the site file. */
  readonly settings?: string;
}

export class Runs {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'runs-')));
  readonly reports = join(this.folder, 'reports');

  constructor() {
    symlinkSync(join(root, 'node_modules'), join(this.folder, 'node_modules'));
    cpSync(join(root, 'features'), join(this.folder, 'features'), { recursive: true });
    mkdirSync(join(this.folder, 'steps'));
    writeFileSync(join(this.folder, 'steps', 'told.mjs'), steps);
  }

  /** One run; what it printed, how it ended, and its verdict.json. */
  async run({ name = 'production', profile = 'audit', outcomes = {}, args = [], reports = this.reports, settings = '' }: Told = {}) {
    const site = join(this.folder, 'site.yaml');
    writeFileSync(site, `${siteText({ ...example, name })}${settings}\n`);
    const expires = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const waived = Object.keys(outcomes).filter((id) => outcomes[id] === 'waived');
    const waivers = waived.map((requirement) => ({ requirement, owner: 'Jane Doe', reason: 'new disks ordered', expires }));
    writeFileSync(join(this.folder, 'waivers.yaml'), JSON.stringify(waivers));
    const config = {
      paths: ['features/*.feature'],
      import: [join(root, 'support/run/world.ts'), join(root, 'support/run/hooks.ts'), 'steps/told.mjs'],
      plugin: [join(root, 'support/run/plugin.ts')],
      pluginOptions: { compliance: { profile } },
      format: [join(root, 'support/report/allure.ts')],
      ...(args.length === 0 && { tags: `@${profile}` }),
    };
    writeFileSync(join(this.folder, 'cucumber.mjs'), `export default ${JSON.stringify(config)};\n`);
    const env = {
      ...process.env,
      BACKUP_COMPLIANCE_SITE: site,
      BACKUP_COMPLIANCE_REPORTS: reports,
      NODE_COMPILE_CACHE: join(this.folder, 'compiled'),
      OUTCOMES: JSON.stringify(outcomes),
    };
    const cucumber = join(root, 'node_modules/@cucumber/cucumber/bin/cucumber.js');
    const ended = await end(process.execPath, [cucumber, ...args], { cwd: this.folder, env });
    return { ...ended, verdict: this.latest(reports) };
  }

  latest(reports = this.reports): VerdictFile {
    return JSON.parse(readFileSync(join(reports, 'latest', 'verdict.json'), 'utf8'));
  }

  /** The command backup-compliance, as users type it. */
  command(...args: readonly string[]) {
    return end(join(root, 'bin/backup-compliance'), args, { cwd: this.folder, env: { ...process.env, NO_COLOR: '1' } });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function end(program: string, args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => (said.stdout += chunk));
    child.stderr.on('data', (chunk) => (said.stderr += chunk));
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, ...said }));
  });
}
