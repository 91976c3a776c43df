/**
 * Runs the examples for GitHub as its runners do: job after job, script after script, with the same shell, in a fresh workspace and an
 * empty home. What an action does is done by hand: checkout, upload, download; caches begin empty.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';
import type { Lab } from '../../lab/machines/lab.ts';

/** Exit codes by job (`audit`, or `audit east` of several), and the folder with what was published. */
export interface Pipeline {
  readonly exitCodes: Record<string, number>;
  readonly artifacts: string;
}

interface Setting {
  /** A folder of the try's, with the checkout of the suite in `checkout`, where "npm ci" was run. */
  readonly work: string;
  /** The repository that the pipeline is copied to. */
  readonly repository: string;
  /** On whose network the job of a site runs. */
  readonly labOf: (site: string | undefined) => Lab;
}

/** The key that lets the suite in, and what it is to know the machines by. */
const secretsOf = (lab: Lab) => ({
  key: join(lab.dir, 'operator/id_ed25519'),
  knownHosts: join(lab.dir, 'operator/ssh/ssh_known_hosts'),
});

/** A machine that runs one job: a workspace with the repository, an empty home, and the lab's network. */
class Runner {
  readonly workspace: string;
  private readonly work: string;
  private readonly lab: Lab;
  private readonly home: string;

  constructor({ work, repository, labOf }: Setting, site?: string) {
    this.work = work;
    this.lab = labOf(site);
    this.workspace = mkdtempSync(join(work, 'workspace-'));
    this.home = mkdtempSync(join(work, 'home-'));
    cpSync(repository, this.workspace, { recursive: true });
    for (const folder of ['nothing', 'ci']) mkdirSync(join(work, folder), { recursive: true });
    writeFileSync(join(work, 'ci/npm'), npmCi(join(work, 'checkout')), { mode: 0o755 });
  }

  /** Runs a script with these options of bash, and no environment but this. Returns the exit code and what was printed. */
  async run(options: string, script: string, env: Record<string, string>, folder = '.'): Promise<{ exitCode: number; said: string }> {
    const PATH = `${this.work}/ci:/usr/local/bin:/usr/bin:/bin`;
    const own = { PATH, HOME: '/root', LANG: 'C.UTF-8', CI: 'true', TMPDIR: this.work };
    const variables = Object.entries({ ...own, ...env }).map(([name, value]) => `${name}=${value}`);
    const file = join(this.home, 'script');
    writeFileSync(file, `${script}\n`);
    // What the lab has in /etc/ssh would let anybody in.
    const places = [this.home, join(this.work, 'nothing'), join(this.workspace, folder)];
    const argv = [
      'unshare',
      '--map-root-user',
      '--mount',
      'sh',
      '-c',
      enterHome,
      ...places,
      ...variables,
      'bash',
      ...options.split(' '),
      file,
    ];
    const { exitCode, stdout, stderr } = await this.lab.run(argv);
    return { exitCode, said: stdout + stderr };
  }
}

/** Enters a job's home and the folder that is its /etc/ssh: ssh goes by the account's home, whatever HOME says. */
export const enterHome = 'mount --bind "$0" /root && mount --bind "$1" /etc/ssh && cd "$2" && shift 2 && exec env -i "$@"';

/** What npm makes of the same lock file was made before, in the checkout; each job would take a minute to make it again. */
export const npmCi = (checkout: string) => `#!/bin/sh
[ "$*" = ci ] && cmp package-lock.json ${checkout}/package-lock.json && cp -al ${checkout}/node_modules .
`;

type Values = Record<string, string>;

/** Replaces `${{ … }}`, of which each must have a value. */
function expand(text: string, values: Values): string {
  return text.replaceAll(/\$\{\{ (.*?) \}\}/g, (_, expression: string) => {
    const value = values[expression.replace(/^fromJSON\((.*)\)$/, '$1')];
    assert.notEqual(value, undefined, `expected a value of ${expression}`);
    return value ?? '';
  });
}

const expandAll = (texts: Values = {}, values: Values): Values =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, expand(String(text), values)]));

interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly run?: string;
  readonly uses?: string;
  readonly with?: Values;
  readonly env?: Values;
  readonly 'working-directory'?: string;
}
interface Job {
  readonly needs?: string | string[];
  readonly if?: string;
  readonly outputs?: Values;
  readonly strategy?: { readonly matrix: { readonly site: string } };
  readonly steps: readonly Step[];
}

/** Runs a workflow of GitHub's. */
export async function github(file: string, setting: Setting): Promise<Pipeline> {
  const { jobs } = parse(readFileSync(file, 'utf8')) as { jobs: Record<string, Job> };
  const artifacts = mkdtempSync(join(setting.work, 'artifacts-'));
  const exitCodes: Record<string, number> = {};
  const values: Values = { 'github.run_id': '1', 'github.run_attempt': '1' };
  for (const [name, job] of Object.entries(jobs)) {
    const failed = Object.values(exitCodes).some((exitCode) => exitCode !== 0);
    if (failed && job.needs && job.if !== 'always()') continue;
    const sites = job.strategy ? (JSON.parse(expand(job.strategy.matrix.site, values)) as string[]) : [undefined];
    for (const site of sites) {
      const own = { ...values, ...(site !== undefined && { 'matrix.site': site }) };
      exitCodes[site === undefined ? name : `${name} ${site}`] = await githubJob(
        job,
        new Runner(setting, site),
        own,
        artifacts,
        setting,
        site,
      );
      for (const [output, text] of Object.entries(job.outputs ?? {})) values[`needs.${name}.outputs.${output}`] = expand(text, own);
    }
  }
  return { exitCodes, artifacts };
}

async function githubJob(
  { steps }: Job,
  runner: Runner,
  values: Values,
  artifacts: string,
  { work, labOf }: Setting,
  site: string | undefined,
): Promise<number> {
  const { key, knownHosts } = secretsOf(labOf(site));
  values['secrets.BACKUP_COMPLIANCE_SSH_KEY'] = readFileSync(key, 'utf8').trimEnd();
  values['vars.BACKUP_COMPLIANCE_KNOWN_HOSTS'] = readFileSync(knownHosts, 'utf8').trimEnd();
  const folder = mkdtempSync(join(work, 'github-'));
  const files = { GITHUB_ENV: join(folder, 'env'), GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') };
  let result = 0;
  for (const step of steps) {
    if (result !== 0 && step.if !== 'always()') continue;
    if (step.uses) await action(step.uses, expandAll(step.with, values), runner.workspace, artifacts, work);
    if (!step.run) continue;
    const env = { ...files, ...linesOf(files.GITHUB_ENV), ...expandAll(step.env, values) };
    const { exitCode, said } = await runner.run('-e', expand(step.run, values), env, step['working-directory']);
    if (step.id)
      for (const [name, value] of Object.entries(linesOf(files.GITHUB_OUTPUT))) values[`steps.${step.id}.outputs.${name}`] = value;
    if (exitCode !== 0 && !step.run.includes('backup-compliance ')) throw new Error(`“${step.run}” ended with ${exitCode}:\n${said}`);
    result ||= exitCode;
  }
  if (existsSync(files.GITHUB_STEP_SUMMARY)) assert.match(readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8'), VERDICT);
  return result;
}

/** What a summary begins with, as a person reads it. */
export const VERDICT = /COMPLIANT|UNDETERMINED/;

/** What steps have written down for later ones: `NAME=value`, a line each. */
function linesOf(file: string): Values {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return Object.fromEntries([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
}

async function action(uses: string, options: Values, workspace: string, artifacts: string, work: string): Promise<void> {
  const path = join(workspace, options.path ?? '.');
  const [name = ''] = uses.split('@');
  if (name === 'actions/checkout' && options.repository) await execa`git clone -q ${join(work, 'checkout')} ${path}`;
  else if (name === 'actions/upload-artifact') cpSync(path, join(artifacts, options.name ?? ''), { recursive: true });
  else if (name === 'actions/download-artifact') {
    const begin = (options.pattern ?? '').replace('*', '');
    for (const found of readdirSync(artifacts).filter((each) => each.startsWith(begin)))
      cpSync(join(artifacts, found), join(path, found), { recursive: true });
  } else if (name === 'actions/cache/save') assert.ok(existsSync(path), `${uses}: there is no ${path}`);
  else assert.ok(['actions/checkout', 'actions/cache/restore'].includes(name), `expected an action known here, found ${uses}`);
}
