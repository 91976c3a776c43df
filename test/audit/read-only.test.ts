/** What only reads leaves every machine and OpenNebula as they were: to its end, and interrupted at any moment. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Result } from '../../lab/machines/lab.ts';
import { assertSame, snapshot } from '../snapshot.ts';
import { TestLab } from './lab.ts';

const SUITE = new URL('../../bin/backup-compliance', import.meta.url).pathname;
/** Seconds until nothing of a run that was cut off may run any more: its commands on the machines end by themselves. */
const GRACE = 10;

/** A run that only reads, from inside the front-end and from outside. */
const RUNS: Readonly<Record<string, (cloud: TestLab, wrapper?: readonly string[]) => Promise<Result>>> = {
  'an audit from inside': ({ lab }, wrapper = []) =>
    lab.shell('frontend01', [...wrapper, '/opt/suite/bin/backup-compliance', 'audit', '--reports', 'reports']),
  'an audit from outside': ({ lab, reports }, wrapper = []) => lab.run([...wrapper, SUITE, 'audit', '--reports', reports]),
  'setup --plan from inside': ({ lab }, wrapper = []) =>
    lab.shell('frontend01', [...wrapper, '/opt/suite/bin/backup-compliance', 'setup', '--plan']),
  'setup --plan of what has drifted': ({ lab }, wrapper = []) =>
    lab.shell('frontend01', [...wrapper, '/opt/suite/bin/backup-compliance', 'setup', '--plan', '--site', 'drift.yaml']),
  'setup --plan from outside': ({ lab }, wrapper = []) => lab.run([...wrapper, SUITE, 'setup', '--plan']),
};

/** What runs in the lab, on its machines and outside of them. */
async function processes({ lab }: TestLab): Promise<string[]> {
  const { stdout } = await lab.run(['ps', '-eo', 'args=']);
  return stdout
    .split('\n')
    .filter((line) => line !== 'ps -eo args=')
    .sort();
}

/** Runs it, to its end or with a wrapper that interrupts it, and sees that nothing has changed, and that nothing of it goes on. */
async function leavesNoTrace(cloud: TestLab, run: string, wrapper: readonly string[] = []): Promise<Result> {
  const [whole, running] = await Promise.all([snapshot(cloud.lab, cloud.reports), processes(cloud)]);
  const result = (await RUNS[run]?.(cloud, wrapper)) as Result;
  const said = `exit ${result.exitCode}\n${result.stdout}${result.stderr}`;
  let left: string[] = [];
  for (const end = Date.now() + GRACE * 1000; Date.now() < end; await sleep(100)) {
    left = (await processes(cloud)).filter((line) => !running.includes(line));
    if (left.length === 0) break;
  }
  assert.deepEqual(left, [], `these run on ${GRACE} s after its end:\n${left.join('\n')}\n${said}`);
  assertSame(await snapshot(cloud.lab, cloud.reports), whole, said);
  return result;
}

/** What ends a run: Ctrl-C reaches all of its group, a supervisor ends the process, the kernel kills that alone, a terminal that goes all. */
const ENDS = [
  ['SIGINT', 'its group'],
  ['SIGTERM', 'it'],
  ['SIGKILL', 'it'],
  ['SIGKILL', 'its group'],
] as const;
/** At the start, in the middle of the survey, while the report is written: parts of the time a run takes. */
const MOMENTS = [0.2, 0.5, 0.85];
/** Each end at one moment, another one for each run; all at all of them where it is asked for. */
const everyMoment = process.env.ALL_FAILURES === 'yes';

for (const [what, options, runs] of [
  ['a whole cloud', {}, ['an audit from inside', 'an audit from outside', 'setup --plan of what has drifted']],
  ['a cloud without datastore', { datastore: false }, ['setup --plan from inside', 'setup --plan from outside']],
] as const) {
  describe(`in ${what}`, () => {
    const cloud = new TestLab('read-only', options);

    before(() => cloud.on('frontend01', "sed 's/rsync_user: oneadmin/rsync_user: backup/' site.yaml > drift.yaml"));

    it('the snapshot sees what is there', async () => {
      const lines = (await snapshot(cloud.lab, cloud.reports)).join('\n');
      for (const { name } of cloud.lab.machines) assert.match(lines, new RegExp(`^${name}: /var/lib/one/\\.ssh/known_hosts f 600 `, 'm'));
      assert.match(lines, /^hosts .*kvm01\.example\.net/m);
    });

    for (const [turn, run] of runs.entries()) {
      let took = 0;

      it(`${run} changes nothing`, async () => {
        const started = Date.now();
        const { exitCode, stdout } = await leavesNoTrace(cloud, run);
        took = Date.now() - started;
        assert.equal(exitCode, run.endsWith('drifted') ? 1 : 0, stdout);
      });

      for (const [index, [signal, victim]] of ENDS.entries()) {
        for (const moment of everyMoment ? MOMENTS : [MOMENTS[(turn + index) % MOMENTS.length] as number]) {
          it(`${run} changes nothing when ${signal} ends ${victim} after ${moment * 100} % of its time`, async () => {
            const alone = victim === 'it' ? ['--foreground'] : [];
            // timeout says 124, or 137 where it killed; a run that was faster this time is interrupted earlier the next.
            for (let [seconds, ended] = [(took * moment) / 1000, -1]; ended !== 124 && ended !== 137; seconds *= 0.7)
              ended = (await leavesNoTrace(cloud, run, ['timeout', '-s', signal, ...alone, seconds.toFixed(3)])).exitCode;
          });
        }
      }
    }
  });
}
