import { join } from 'node:path';
import type { Plugin } from '@cucumber/cucumber/api';
import type { Envelope } from '@cucumber/messages';
import { UsageError } from './outcome.ts';
import { writeFiles } from './report/files.ts';
import { scrub } from './report/redact.ts';
import { toTable } from './report/terminal.ts';
import { beginRun, type Run } from './run.ts';

/** Exit codes that no verdict has: see docs/exit-codes.md. */
const USAGE = 3;
const INTERRUPTED = 130;
/** Nothing was said, because the run broke before its end. */
const BROKEN = 2;

/** What makes a Cucumber run a run of ours: it reads the settings, keeps the record, and ends with the verdict's files and exit code. */
const plugin: Plugin<{ profile: string }> = {
  type: 'plugin',
  optionsKey: 'compliance',
  coordinator({ operation, on, transform, options, environment }) {
    if (operation !== 'runCucumber') return undefined;
    let exitCode = BROKEN;
    process.on('exit', () => {
      process.exitCode = exitCode;
    });
    const run = begin(options.profile, environment.env);
    const messages: string[] = [];
    const interrupt = () => {
      exitCode = INTERRUPTED;
      run.stop.abort();
    };
    const clock = setTimeout(() => run.stop.abort(), run.site.deadlines.run * 1000);
    // Not `once`: a library that cleans up after children ends the process when it finds itself the last listener.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
    transform('pickles:order', (pickles) => {
      run.record.expect(pickles.map(({ pickle }) => pickle.id));
      return pickles;
    });
    on('message', (envelope) => {
      run.record.add(envelope);
      messages.push(JSON.stringify(envelope));
      showProgress(run, envelope);
    });
    return async () => {
      clearTimeout(clock);
      const { verdict, cloud } = await writeFiles(run, messages, exitCode === INTERRUPTED ? INTERRUPTED : undefined);
      run.cloud.close();
      exitCode = verdict.exitCode;
      const report = join(run.folder, 'index.html');
      process.stdout.write(
        scrub(
          toTable(
            verdict,
            { cloud: cloud.name, frontend: cloud.frontend, profile: run.profile, machine: run.machine, report },
            process.stdout.columns ?? 120,
          ),
        ),
      );
    };
  },
};
export default plugin;

function begin(profile: string, env: NodeJS.ProcessEnv): Run {
  try {
    return beginRun(profile, env);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.removeAllListeners('exit');
    process.exit(USAGE);
  }
}

/** One line that says where the run is; overwritten on a terminal, one a requirement in a log. */
function showProgress({ record }: Run, { testCaseStarted, testRunFinished }: Envelope): void {
  const { isTTY } = process.stderr;
  const requirement = testCaseStarted && record.requirementOf(testCaseStarted.id);
  if (requirement) {
    const { done, total } = record.progress;
    const line = `${done + 1} of ${total}: looking at ${requirement.id}, ${requirement.title}`;
    process.stderr.write(isTTY ? `\r\u001b[2K${line.slice(0, (process.stderr.columns ?? 80) - 1)}` : `${line}\n`);
  }
  if (testRunFinished && isTTY) process.stderr.write('\r\u001b[2K');
}
