import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { UsageError } from '../support/outcome.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Options {
  readonly site: string;
  readonly reports: string;
  readonly only: string | undefined;
  readonly frontend: string;
  readonly break: string | undefined;
}

interface Subcommand {
  readonly summary: string;
  /** The options it takes, of those below. */
  readonly takes: readonly (keyof Options)[];
  readonly run: (options: Options) => Promise<void>;
}

const optionTexts: Readonly<Record<keyof Options, string>> = {
  site: '--site FILE        the site file (default ./site.yaml; environment BACKUP_COMPLIANCE_SITE)',
  reports: '--reports DIR      where the run is written (default ./reports)',
  only: '--only ID          look at this requirement only, for instance BDS-102',
  frontend: '--frontend WHERE   local (default), or ssh://oneadmin@frontend01.example.net',
  break: '--break WORLD      break the lab this way first; "npm run -s lab -- worlds" lists them',
};

const commands: Readonly<Record<string, Subcommand>> = {
  init: { summary: 'ask the front-end and write a commented site file', takes: ['site', 'frontend'], run: init },
  audit: {
    summary: 'look at every requirement, change nothing, write the report',
    takes: ['site', 'reports', 'only'],
    run: (options) => runProfile('audit', options),
  },
  demo: { summary: 'the same on an embedded cloud of sandboxed machines', takes: ['reports', 'break'], run: demo },
};

const exitCodes = `Exit codes: 0 compliant, 1 not compliant, 2 undetermined or blocked, 3 settings or command line wrong,
4 nothing evaluated, 130 interrupted.`;

function help(name?: string): string {
  const command = name === undefined ? undefined : commands[name];
  if (command)
    return [
      `Usage: backup-compliance ${name} [options]`,
      '',
      `${command.summary}.`,
      '',
      ...command.takes.map((option) => `  ${optionTexts[option]}`),
      '',
      exitCodes,
      '',
    ].join('\n');
  const list = Object.entries(commands).map(([each, { summary }]) => `  ${each.padEnd(8)} ${summary}`);
  return [
    'Usage: backup-compliance COMMAND [options]',
    '',
    ...list,
    '',
    "backup-compliance COMMAND --help tells a command's options.",
    '',
    exitCodes,
    '',
  ].join('\n');
}

async function init({ site, frontend }: Options): Promise<void> {
  const { initSite } = await import('../support/site/init.ts');
  process.stdout.write(`${await initSite(site, frontend)}\n`);
}

async function demo({ reports, break: world }: Options): Promise<void> {
  const { runDemo } = await import('../lab/demo.ts');
  process.exitCode = await runDemo({ reports, ...(world !== undefined && { world }) });
}

/** Runs a profile through Cucumber; the suite's plugin writes the files and sets the exit code. */
async function runProfile(profile: string, { site, reports, only }: Options): Promise<void> {
  const { loadConfiguration, runCucumber } = await import('@cucumber/cucumber/api');
  process.env.BACKUP_COMPLIANCE_SITE = site;
  process.env.BACKUP_COMPLIANCE_REPORTS = reports;
  const { runConfiguration } = await loadConfiguration(
    { profiles: [profile], ...(only !== undefined && { provided: { tags: onlyTag(only) } }) },
    { cwd: root },
  );
  await runCucumber(runConfiguration, { cwd: root });
}

/** @throws UsageError when no feature has that requirement: a misspelt id must not pass as nothing to do. */
function onlyTag(id: string): string {
  if (!/^BDS-\d{3}$/.test(id)) throw new UsageError(`--only ${id}: expected a requirement's id, such as BDS-102`);
  return `@${id}`;
}

async function main(argv: readonly string[]): Promise<void> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === 'help') return void process.stdout.write(help());
  if (name === '--version') return void process.stdout.write(`${JSON.parse(readFileSync(`${root}/package.json`, 'utf8')).version}\n`);
  const command = commands[name];
  if (!command) throw new UsageError(`${name}: unknown command. There are: ${Object.keys(commands).join(', ')}`);
  const options = Object.fromEntries(
    [...command.takes, 'help' as const].map((option) => [option, { type: option === 'help' ? ('boolean' as const) : ('string' as const) }]),
  );
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({ args: rest, options, allowPositionals: false }));
  } catch (error) {
    throw new UsageError(`${name}: ${(error as Error).message}\n\n${help(name)}`);
  }
  if (values.help) return void process.stdout.write(help(name));
  const text = (option: keyof Options) => values[option] as string | undefined;
  return command.run({
    site: text('site') ?? process.env.BACKUP_COMPLIANCE_SITE ?? './site.yaml',
    reports: text('reports') ?? './reports',
    only: text('only'),
    frontend: text('frontend') ?? 'local',
    break: text('break'),
  });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`backup-compliance ${error.message}\n`);
  process.exitCode = 3;
}
