import type { Plugin } from '@cucumber/cucumber/api';
import type { Pickle } from '@cucumber/messages';
import { writeRun } from '../archive/write.ts';
import { messageOf, UsageError } from '../outcome/errors.ts';
import type { Looked } from '../outcome/evidence.ts';
import { EXIT } from '../outcome/exit-codes.ts';
import { toResult } from '../report/result.ts';
import { complain, outliveTerminal, print, printData, widthOf } from '../report/terminal.ts';
import { statements, statementsOf } from '../verdict/requirements.ts';
import { toJson } from '../verdict/schema.ts';
import { idleWaivers } from '../verdict/waivers.ts';
import { tellCleanUp } from './cleaned.ts';
import { Progress } from './progress.ts';
import { beginRun, type Run } from './run.ts';

/** What makes a Cucumber run a run of ours: it reads the settings, keeps the record, and ends with the verdict's files and exit code. */
const plugin: Plugin<{ profile: string }> = {
  type: 'plugin',
  optionsKey: 'compliance',
  async coordinator({ operation, on, transform, options, environment }) {
    if (operation !== 'runCucumber') return undefined;
    outliveTerminal();
    // Nothing is said until the end: a run that breaks before is undetermined.
    let exitCode: number = EXIT.undetermined;
    process.on('exit', () => {
      process.exitCode = exitCode;
    });
    const run = await beginRun(options.profile, environment.env).catch((error: unknown) => {
      if (!(error instanceof UsageError)) throw error;
      complain(error.message);
      exitCode = EXIT.usage;
      process.exit();
    });
    const progress = new Progress(run.cloud, run.output);
    const interrupt = () => {
      progress.end();
      if (exitCode !== EXIT.interrupted && run.restoreTest?.begun)
        print(
          `\nInterrupted. The run now removes what it made. For each item that may take as long as a running backup, at most ${run.site.deadlines.cleanup} s.\n`,
          process.stderr,
        );
      exitCode = EXIT.interrupted;
    };
    if (run.stop.signal.aborted) interrupt();
    startClock(run);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
    transform('pickles:order', (pickles) => {
      const ordered = pickles.toSorted((a, b) => turnOf(a) - turnOf(b));
      run.record.expect(ordered.map(({ pickle }) => pickle));
      return ordered;
    });
    on('message', (envelope) => {
      run.record.add(run.spool.message(envelope));
      const { testCaseStarted, testRunFinished } = envelope;
      const requirement = testCaseStarted && run.record.requirementOf(testCaseStarted.id);
      if (requirement) progress.reach(requirement, run.record.progress);
      if (testRunFinished) progress.end();
    });
    return async () => {
      progress.end();
      await cleanUp(run);
      // What it came to is told now: a signal that comes later does not change it.
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt);
      exitCode = await end(run, exitCode === EXIT.interrupted);
      run.cloud.close();
    };
  },
};
export default plugin;

/** Ends the run when its time is over, which depends on the number of hypervisors and VMs. What was not reached is undetermined. */
function startClock(run: Run): void {
  let clock: NodeJS.Timeout | undefined;
  const allow = (asked: Parameters<Run['timeFor']>[0]) => {
    clearTimeout(clock);
    const seconds = run.timeFor(asked);
    const over = () => run.stop.abort(`the run's time was over, ${seconds} s (deadlines.run in the site file)`);
    clock = setTimeout(over, run.startedAt.getTime() + seconds * 1000 - Date.now()).unref();
  };
  allow({ hosts: 0, vms: 0 });
  const numberOf = (pool: Looked<readonly unknown[]>) => ('value' in pool ? pool.value.length : 0);
  run.cloud.frontend().then(
    async ({ hosts, virtualMachines }) => {
      const known = { hosts: numberOf(hosts), vms: numberOf(virtualMachines) };
      allow(known);
      allow({ ...known, canaries: await run.canaries.promise });
    },
    () => undefined,
  );
}

/** Features stand by subject. What changes something comes in its turn: the set-up first, the test backup after all that it rests on. */
const turns = ['@setup', '@audit', '@gate'];
const turnOf = ({ pickle: { tags } }: { pickle: Pickle }) => turns.indexOf(tags.find(({ name }) => turns.includes(name))?.name ?? '');

/** What the gate has made goes, however the run ended; and what became of it is kept. */
async function cleanUp({ restoreTest, actions, record }: Run): Promise<void> {
  try {
    const cleaned = restoreTest?.begun ? await restoreTest.cleanUp() : { value: [] };
    const told = tellCleanUp(cleaned, record.planned);
    actions.push(...told.actions);
    if (told.fault !== undefined) record.fault(told.fault);
  } catch (error) {
    record.fault(`the clean-up broke: ${messageOf(error)}. Run: backup-compliance cleanup`);
  }
}

/** Writes the run's files, says what it came to, and returns the exit code that says the same. */
async function end(run: Run, isInterrupted: boolean): Promise<number> {
  const { record, site, profile, onlySubject } = run;
  const only = run.only.map(({ id, subject }) => (subject === undefined ? id : `${id}@${subject}`));
  const { requirements } = record.verdict();
  const judged = new Set(requirements.map(({ id }) => id));
  const isPart = !statementsOf(profile).every(({ id }) => judged.has(id));
  const known = [...statements(), ...record.statements].map(({ id }) => id);
  const told = { ...run.production, cloud: { name: site.name, ...(await run.cloud.identity()) } };
  run.release();
  const written = await writeRun({
    ...{ id: run.id, profile, site, startedAt: run.startedAt, reports: run.reports, folder: run.folder },
    ...{ spool: run.spool, evidence: run.evidence, statements: record.statements, actions: run.actions },
    verdict: (faults) => record.verdict(faults),
    waiverNotes: idleWaivers(run.waivers, { requirements, onlySubject, known, judgedOf: (id) => record.judgedOf(id) }),
    ...told,
    ...(only.length > 0 && { only }),
    ...(onlySubject !== undefined && { onlySubject }),
    // One requirement's verdict would pass for the cloud's.
    ...(isPart && { onlyRequirements: [...judged] }),
    ...(isInterrupted && { exitCode: EXIT.interrupted }),
  });
  const { file, report = 'none was written', remarks } = written;
  const { output: detail, options } = run;
  if (detail === 'json') printData(toJson(file));
  else print(toResult(file, { report, remarks, detail, options }, widthOf(process.stdout)));
  return file.exitCode;
}
