import { fileURLToPath } from 'node:url';
import { Argument, Command, CommanderError, Option } from 'commander';
import { UsageError } from '../support/outcome/errors.ts';
import { EXIT, type Said } from '../support/outcome/exit-codes.ts';
import { LEAST, SEVERITIES, type Severity } from '../support/outcome/outcome.ts';
import { completion } from '../support/report/completion.ts';
import { explain, listing } from '../support/report/explain.ts';
import { complain, outliveTerminal, print, printable, widthOf } from '../support/report/terminal.ts';
import { parseOnly } from '../support/run/only.ts';
import { root, suiteVersion } from '../support/suite.ts';
import { statements } from '../support/verdict/requirements.ts';

const ofRuns = `
Exit codes: 0 compliant, 1 not compliant, 2 undetermined or blocked, 3 settings or command line wrong,
4 nothing evaluated, 130 interrupted`;
const exitCodes = `${ofRuns}; of status also 5, the newest verdict is too old.`;

const examples = (...lines: string[]) => `\nExamples:\n${lines.map((line) => `  backup-compliance ${line}`).join('\n')}`;

const site = () => new Option('--site <file>', 'the site file').env('BACKUP_COMPLIANCE_SITE').default('./site.yaml');
const reports = (what = 'where the run is written') => new Option('--reports <dir>', what).default('./reports');
const only = () =>
  new Option(
    '--only <id[@subject]>',
    'check this requirement only, or one subject of it: BDS-102, BDS-102@kvm01, BDS-701@"vm files01"; for several, separate them with commas or repeat the option',
  ).argParser((ids: string, before: readonly string[] | undefined) => [...(before ?? []), ids]);
const failOn = () =>
  new Option(
    '--fail-on <severity>',
    'the lowest severity that counts; findings below it are shown, and change neither verdict nor exit code',
  )
    .choices(SEVERITIES)
    .default(LEAST);

/** What a run prints. */
const printing = (command: Command) =>
  command
    .addOption(new Option('-q, --quiet', 'print the verdict line only').conflicts(['verbose', 'json']))
    .addOption(
      new Option(
        '-v, --verbose',
        'print progress also without a terminal, and what was measured for each met requirement, each login included',
      ).conflicts('json'),
    )
    .addOption(new Option('--json', 'print verdict.json on stdout, and nothing else'));

outliveTerminal();

const program = new Command('backup-compliance')
  .description('Says whether an OpenNebula rsync backup datastore can be trusted with backups.')
  .version(suiteVersion)
  .exitOverride()
  .configureOutput({ writeOut: (text) => print(text), writeErr: (text) => print(text, process.stderr) })
  .showHelpAfterError('See backup-compliance --help for the commands, and backup-compliance COMMAND --help for the options of one.')
  .addHelpText('after', exitCodes);

program
  .command('init')
  .description('ask the front-end and write a commented site file; never overwrites an existing file')
  .addOption(site())
  .option('--frontend <where>', 'local, or ssh://oneadmin@frontend01.example.net', 'local')
  .addHelpText('after', examples('init', 'init --site east.yaml --frontend ssh://oneadmin@frontend01.example.net'))
  .action(async (options: { site: string; frontend: string }) => {
    const { initSite } = await import('../support/actions/init.ts');
    printed(await initSite(options.site, options.frontend));
  });

program
  .command('check')
  .description('check the site file and the waivers.yaml beside it; works offline')
  .addOption(site())
  .addHelpText(
    'after',
    `${examples('check', 'check --site /etc/backup-compliance/site.yaml')}\n\nExit codes: 0 both are valid, 3 one is not.`,
  )
  .action(async (options: { site: string }) => {
    const { checkFiles } = await import('../support/actions/check-files.ts');
    printed(checkFiles(options.site, new Date()));
  });

printing(
  program
    .command('audit')
    .description('check every requirement, change nothing, write the report')
    .addOption(site())
    .addOption(reports())
    .addOption(only())
    .addOption(failOn()),
)
  .addHelpText(
    'after',
    `${examples(
      'audit -v',
      'audit -q --fail-on critical',
      'audit --only BDS-102@kvm01,BDS-105@kvm01 --only BDS-204',
      'audit --json | jq -r \'.requirements[] | select(.outcome == "not-met") | .id\'',
    )}\n${ofRuns}.`,
  )
  .action((options: RunOptions) => runProfile('audit', options));

printing(
  program
    .command('setup')
    .description('register the datastore from its template file, unless it is registered; reports what differs, never overwrites it')
    .addOption(site())
    .addOption(reports())
    .option('--plan', 'only say what would be done'),
)
  .addHelpText('after', `${examples('setup --plan', 'setup -q')}\n${ofRuns}.`)
  .action(async ({ plan, ...options }: RunOptions & { plan?: true }) => {
    if (!plan) return runProfile('setup', options);
    const { planSetup } = await import('../support/actions/plan.ts');
    return printed(await planSetup(options.site));
  });

printing(
  program
    .command('gate')
    .description(
      'audit, then a restore test: back up the declared test VM, restore it and, where declared, backups of production, compare, and remove all of it; --plan says what would be made',
    )
    .addOption(site())
    .addOption(reports())
    .addOption(only())
    .addOption(failOn())
    .option(
      '--all-hosts',
      'back up and restore a canary on every hypervisor host in this run, not only on those whose turn it is (restore.canary)',
    )
    .option('--plan', 'only say what would be made, restored, where, how large and about how long'),
)
  .addHelpText(
    'after',
    `${examples('gate --plan', 'gate -q --fail-on critical', 'gate --only BDS-601', 'gate --all-hosts')}\n${ofRuns}. With --plan: 0 the plan is complete, 2 could not look, or a finding of the audit would stop the canaries or the restores of production.`,
  )
  .action(async ({ plan, ...options }: RunOptions & { plan?: true }) => {
    if (!plan) return runProfile('gate', options);
    const { planGate } = await import('../support/actions/plan-gate.ts');
    return printed(await planGate(options.site, options));
  });

program
  .command('cleanup')
  .description('remove leftovers of an interrupted gate')
  .addOption(site())
  .addHelpText(
    'after',
    `${examples('cleanup')}\n\nExit codes: 0 nothing is left, 1 something is, 2 could not look, 3 settings or command line wrong.`,
  )
  .action(async (options: { site: string }) => {
    const { cleanUp } = await import('../support/actions/leftovers.ts');
    printed(await cleanUp(options.site));
  });

program
  .command('verify-evidence')
  .description("check a run's folder against its manifest and its signature")
  .argument('<dir>', "a run's folder, for instance reports/latest")
  .option('--allowed-signers <file>', "who is trusted to sign, in the form of ssh-keygen's ALLOWED SIGNERS")
  .addHelpText(
    'after',
    `${examples('verify-evidence reports/latest')}\n\nExit codes: 0 every file matches, 1 something differs, 2 could not check, 3 command line wrong.`,
  )
  .action(async (dir: string, options: { allowedSigners?: string }) => {
    const { verifyEvidence } = await import('../support/archive/verify.ts');
    printed(await verifyEvidence(dir, options.allowedSigners));
  });

program
  .command('status')
  .description('show the verdict and the age of the newest audit or gate of the whole cloud, and since when each finding stands')
  .addOption(site())
  .addOption(reports('where the runs are'))
  .addHelpText(
    'after',
    `${examples('status')}\n\nExit codes: that of the newest verdict; 5 when it is older than valid_for, 2 when there is none, 3 settings or command line wrong.`,
  )
  .action(async (options: { site: string; reports: string }, command: Command) => {
    const { status } = await import('../support/archive/status.ts');
    printed(await status({ ...options, isNamed: command.getOptionValueSource('site') !== 'default', now: new Date() }));
  });

program
  .command('merge')
  .description('make one report and one verdict of the runs of many clouds, in merged/ of the reports folder')
  .argument('<dir...>', 'folders of runs, or reports folders, of which the newest run of the whole cloud is taken')
  .addOption(reports('where merged/ is written'))
  .addHelpText(
    'after',
    `${examples('merge /srv/reports/east /srv/reports/west --reports /srv/reports')}\n\nExit codes: that of the worst verdict; 2 at best when a folder holds no run that speaks for its cloud, 3 command line wrong.`,
  )
  .action(async (dirs: string[], options: { reports: string }) => {
    const { mergeRuns } = await import('../support/archive/merged-files.ts');
    printed(await mergeRuns(dirs, options.reports));
  });

program
  .command('explain')
  .description('say what a requirement asks, why, how it is checked and what to do; without an id, list them all')
  .argument('[id]', 'for instance BDS-102')
  .addHelpText('after', examples('explain BDS-102'))
  .action((id?: string) => print(id === undefined ? listing() : explain(id, widthOf(process.stdout))));

program
  .command('demo')
  .description('set up, audit, back up and restore on an embedded cloud of sandboxed machines')
  .addOption(reports())
  .option(
    '--break <fault>',
    'break the cloud with this fault after the set-up, then run what finds it: an audit, or a gate; an unknown name lists the choices',
  )
  .option('--release <release>', 'the release of OpenNebula that the stand-in answers as: 7.4.0 (default) or 6.10.5')
  .option('--bridge <n>', 'with <n> bridge hosts, which send the backups instead of the hypervisor hosts')
  .addHelpText('after', examples('demo', 'demo --break noisy-bashrc-on-backup'))
  .action(async (options: { reports: string; break?: string; release?: string; bridge?: string }) => {
    const { runDemo } = await import('../lab/demo.ts');
    const { reports: folder, break: fault, release, bridge } = options;
    const asked = { ...(fault !== undefined && { fault }), ...(release !== undefined && { release }) };
    process.exitCode = await runDemo({ reports: folder, ...asked, ...(bridge !== undefined && { bridges: Number(bridge) }) });
  });

program
  .command('completion')
  .description('print a script that completes commands, options and ids in your shell')
  .addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh']))
  .addHelpText(
    'after',
    '\nExamples:\n  source <(backup-compliance completion bash)   # in ~/.bashrc\n  source <(backup-compliance completion zsh)    # in ~/.zshrc',
  )
  .action(async (shell: 'bash' | 'zsh') => {
    const { FAULTS } = await import('../lab/faults/index.ts');
    const ids = statements().map(({ id }) => id);
    const values: Readonly<Record<string, readonly string[]>> = { explain: ids, '--only': ids, '--break': Object.keys(FAULTS) };
    const help = program.createHelp();
    const commands = help.visibleCommands(program).map((command) => {
      const options = help.visibleOptions(command).flatMap(({ long, argChoices, required }) => {
        const known = argChoices ?? values[long ?? ''] ?? (required ? ('files' as const) : undefined);
        return long ? [{ flag: long, ...(known && { values: known }) }] : [];
      });
      const own = command.registeredArguments[0]?.argChoices ?? values[command.name()];
      return { name: command.name(), options, ...(own && { values: own }) };
    });
    print(completion(shell, program.name(), commands));
  });

// Set-up, audit, test backup and restore as one run with one report: what a demo runs in its cloud.
program
  .command('journey', { hidden: true })
  .addOption(site())
  .addOption(reports())
  .action((options: RunOptions) => runProfile('demo', options));

interface RunOptions {
  readonly site: string;
  readonly reports: string;
  readonly only?: readonly string[];
  readonly failOn?: Severity;
  readonly allHosts?: true;
  readonly quiet?: true;
  readonly verbose?: true;
  readonly json?: true;
}

/** Says what a command that is no run has to say. */
function printed({ lines, exitCode }: Said): void {
  print(lines.map((line) => `${printable(line)}\n`).join(''));
  process.exitCode = exitCode;
}

/** Runs a profile through Cucumber; the suite's plugin writes the files and sets the exit code. */
async function runProfile(profile: string, options: RunOptions): Promise<void> {
  const { failOn, allHosts, quiet, verbose, json } = options;
  const alone = parseOnly(options.only ?? [], profile);
  const env = { ...process.env, BACKUP_COMPLIANCE_SITE: options.site, BACKUP_COMPLIANCE_REPORTS: options.reports };
  const { beginRun } = await import('../support/run/run.ts');
  await beginRun(profile, env, {
    only: alone,
    ...(failOn && { failOn }),
    ...(allHosts && { allHosts }),
    output: json ? 'json' : quiet ? 'quiet' : verbose ? 'verbose' : 'normal',
  });
  const { loadConfiguration, runCucumber } = await import('@cucumber/cucumber/api');
  const environment = { cwd: fileURLToPath(root), env };
  const tags = [...new Set(alone.map(({ id }) => `@${id}`))].join(' or ');
  const provided = tags === '' ? {} : { provided: { tags } };
  const { runConfiguration } = await loadConfiguration({ profiles: [profile], ...provided }, environment);
  await runCucumber(runConfiguration, environment);
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.compliant : EXIT.usage;
  } else if (error instanceof UsageError) {
    complain(`backup-compliance: ${error.message}`);
    process.exitCode = EXIT.usage;
  } else {
    // Node.js would end with 1, which says that something is not met.
    complain((error instanceof Error && error.stack) || String(error));
    process.exitCode = EXIT.undetermined;
  }
}
