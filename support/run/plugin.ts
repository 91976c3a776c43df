import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from '@cucumber/cucumber/api';
import type { Envelope, Pickle } from '@cucumber/messages';
import { writeFiles } from '../archive/files.ts';
import { messageOf, UsageError } from '../outcome/outcome.ts';
import { scrub } from '../outcome/secrets.ts';
import { toTable } from '../report/terminal.ts';
import { beginRun, type Run, timeFor } from './run.ts';

/** Exit codes that no verdict has: see docs/exit-codes.md. */
const USAGE = 3;
const INTERRUPTED = 130;
/** Nothing was said, because the run broke before its end. */
const BROKEN = 2;

/** What makes a Cucumber run a run of ours: it reads the settings, keeps the record, and ends with the verdict's files and exit code. */
const plugin: Plugin<{ profile: string }> = {
  type: 'plugin',
  optionsKey: 'compliance',
  async coordinator({ operation, on, transform, options, environment }) {
    if (operation !== 'runCucumber') return undefined;
    let exitCode = BROKEN;
    process.on('exit', () => {
      process.exitCode = exitCode;
    });
    const run = await begin(options.profile, environment.env);
    const messages: string[] = [];
    const interrupt = () => {
      if (exitCode !== INTERRUPTED && run.drill?.begun)
        process.stderr.write(
          `\nInterrupted. What was made is taken away first, which may take as long as a backup under way does, at most ${run.site.deadlines.cleanup} s each.\n`,
        );
      exitCode = INTERRUPTED;
    };
    if (run.stop.signal.aborted) interrupt();
    startClock(run);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
    transform('pickles:order', (pickles) => {
      const ordered = pickles.toSorted((a, b) => turnOf(a) - turnOf(b));
      run.record.expect(ordered.map(({ pickle }) => pickle.id));
      return ordered;
    });
    on('message', (envelope) => {
      run.record.add(envelope);
      messages.push(JSON.stringify(envelope));
      showProgress(run, envelope);
    });
    return async () => {
      await cleanUp(run);
      const { verdict, cloud, waiverNotes, remarks } = await writeFiles(run, messages, exitCode === INTERRUPTED ? INTERRUPTED : undefined);
      run.cloud.close();
      run.drill?.close();
      exitCode = verdict.exitCode;
      const index = join(run.folder, 'index.html');
      const report = existsSync(index) ? index : 'none was written';
      process.stdout.write(
        scrub(
          toTable(
            verdict,
            {
              ...{ cloud: cloud.name, frontend: cloud.frontend, profile: run.profile, machine: run.machine },
              ...{ report, actions: run.actions, startedAt: run.startedAt.toISOString(), waiverNotes, remarks },
            },
            process.stdout.columns ?? 120,
          ),
        ),
      );
    };
  },
};
export default plugin;

/** Ends the run when its time is over; how long that is, the number of hypervisors tells. What was not reached by then is undetermined. */
function startClock(run: Run): void {
  let clock: NodeJS.Timeout | undefined;
  const allow = (hosts: number) => {
    clearTimeout(clock);
    const seconds = timeFor(run, hosts);
    const over = () => run.stop.abort(`the run's time was over, ${seconds} s (deadlines.run in the site file)`);
    clock = setTimeout(over, run.startedAt.getTime() + seconds * 1000 - Date.now()).unref();
  };
  allow(0);
  run.cloud.frontend().then(
    ({ hosts }) => 'value' in hosts && allow(hosts.value.length),
    () => 'each step meets the error itself',
  );
}

/** Features stand by subject. What changes something comes in its turn: the set-up first, the drill after all that it rests on. */
const turns = ['@setup', '@audit', '@gate'];
const turnOf = ({ pickle: { tags } }: { pickle: Pickle }) => turns.indexOf(tags.find(({ name }) => turns.includes(name))?.name ?? '');

/** What the drill has made goes, however the run ended; and what became of it is kept. */
async function cleanUp({ drill, actions, record }: Run): Promise<void> {
  try {
    const cleaned = drill?.begun ? await drill.cleanUp() : { value: [] };
    for (const { run, undone, left, fault } of 'value' in cleaned ? cleaned.value : []) {
      actions.push(
        ...undone.map((what) => ({ what, state: 'undone' as const })),
        ...left.map((what) => ({ what, state: 'left' as const })),
      );
      if (fault !== undefined) actions.push({ what: `what run ${run} may have left: ${fault}`, state: 'left' });
    }
  } catch (error) {
    record.fault(`the clean-up broke: ${messageOf(error)}. Run: npx backup-compliance cleanup`);
  }
}

async function begin(profile: string, env: NodeJS.ProcessEnv): Promise<Run> {
  try {
    return await beginRun(profile, env);
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
