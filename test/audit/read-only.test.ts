/**
 * What only reads leaves every machine and OpenNebula as they were: to its end, and interrupted at any moment. An audit that is interrupted ends with
 * 130, its report there; of one that is killed no half stands for a run; and either leaves the terminal as it was.
 */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import type { VerdictFile } from '../../support/verdict/schema.ts';
import { COMMAND, OUTSIDE, Rig, tryAll } from '../rig.ts';
import { assertSame, snapshot } from '../snapshot.ts';

/** What ends a run: Ctrl-C reaches all of its group, a supervisor ends the process, the kernel kills that alone, a terminal that goes all. */
const ENDS = [
  ['INT', 'its group'],
  ['TERM', 'it'],
  ['KILL', 'it'],
  ['KILL', 'its group'],
] as const;
/** At the start, in the middle of the survey, while the report is written: parts of the time a run takes. */
const MOMENTS = [0.2, 0.5, 0.85];

/** Runs from inside the front-end and from outside, and how they end. REPORTS is the same folder for both. */
const CLOUDS = [
  [
    'a whole cloud',
    {},
    [
      ['an audit from inside', COMMAND, 'audit --reports REPORTS', 0],
      ['an audit from outside', OUTSIDE, 'audit --reports REPORTS', 0],
      ['setup --plan of what has drifted', COMMAND, 'setup --plan --site /run/one/drift.yaml', 1],
    ],
  ],
  [
    'a cloud without datastore',
    { datastore: false },
    [
      ['setup --plan from inside', COMMAND, 'setup --plan', 0],
      ['setup --plan from outside', OUTSIDE, 'setup --plan', 0],
    ],
  ],
] as const;

for (const [what, options, runs] of CLOUDS) {
  describe(`in ${what}`, () => {
    const rig = Rig.forTests(options);
    before(() => rig.site('drift.yaml', 's/rsync_user: oneadmin/rsync_user: backup/'));

    /** Runs it, to its end or with a wrapper that interrupts it, and sees that nothing has changed, and that nothing of it goes on. */
    async function leavesNoTrace(command: string, args: string, wrapper = ''): Promise<{ code: number; said: string }> {
      const [whole, running] = await Promise.all([snapshot(rig.lab, rig.reports), rig.processes()]);
      const typed = `${wrapper} ${command} ${args.replace('REPORTS', command === OUTSIDE ? rig.reports : 'reports')}`;
      const argv = ['script', '-qefc', `stty -g; ${typed}; echo "ended with $?"; stty -g`, '/dev/null'];
      const { stdout: said } = await (command === OUTSIDE ? rig.lab.run(argv) : rig.lab.shell('frontend01', argv));
      await rig.assertEnded(running);
      assertSame(await snapshot(rig.lab, rig.reports), whole, said);
      const settings = said.split(/\r?\n/).filter((line) => /^[0-9a-f]+(:[0-9a-f]+)+$/.test(line));
      assert.ok(settings.length === 2 && settings[0] === settings[1], `the terminal is not as it was:\n${said}`);
      return { code: Number(/ended with (\d+)/.exec(said)?.[1]), said };
    }

    /** What an interrupted audit leaves in its reports: `latest` is a whole run, whatever became of this one. */
    function assertWhole(signal: string, made: string | undefined, { code, said }: { code: number; said: string }): void {
      const verdictOf = (name: string): VerdictFile => JSON.parse(readFileSync(join(rig.reports, name, 'verdict.json'), 'utf8'));
      if (existsSync(join(rig.reports, 'latest'))) assert.equal(verdictOf('latest').run, readlinkSync(join(rig.reports, 'latest')));
      if (signal === 'KILL') assert.equal(code, 137, said);
      // Before its first line Node.js itself takes the signal, and nothing was begun.
      else if (made === undefined) assert.ok(code === 130 || code === 143, said);
      else {
        assert.deepEqual([code, verdictOf(made).exitCode], [130, 130], said);
        assert.ok(existsSync(join(rig.reports, made, 'index.html')) || /was not written/.test(said), said);
      }
      if (made) rmSync(join(rig.reports, made), { recursive: true });
    }

    it('the snapshot sees what is there', async () => {
      const lines = (await snapshot(rig.lab, rig.reports)).join('\n');
      for (const { name } of rig.lab.machines) assert.match(lines, new RegExp(`^${name}: /var/lib/one/\\.ssh/known_hosts f 600 `, 'm'));
      assert.match(lines, /^hosts .*kvm01\.example\.net/m);
    });

    for (const [turn, [run, command, args, exitCode]] of runs.entries()) {
      let took = 0;

      it(`${run} changes nothing`, async () => {
        const started = Date.now();
        const { code, said } = await leavesNoTrace(command, args);
        took = Date.now() - started;
        assert.equal(code, exitCode, said);
      });

      for (const [index, [signal, victim]] of ENDS.entries()) {
        // One end of each run; all at all moments where it is asked for.
        if (!tryAll && index !== turn % ENDS.length) continue;
        for (const moment of tryAll ? MOMENTS : [MOMENTS[(turn + index) % MOMENTS.length] as number]) {
          it(`${run} changes nothing when SIG${signal} ends ${victim} after ${moment * 100} % of its time`, async () => {
            const alone = victim === 'it' ? '--foreground' : '';
            // A run that was faster this time is interrupted earlier the next.
            for (let [seconds, over] = [(took * moment) / 1000, true]; over; seconds *= 0.7) {
              const before = rig.runs;
              const ended = await leavesNoTrace(command, args, `timeout ${alone} --preserve-status -s ${signal} ${seconds.toFixed(3)}`);
              over = ended.code === exitCode;
              if (over || !run.includes('audit')) continue;
              const made = rig.runs.find((name) => !before.includes(name));
              assertWhole(signal, made, ended);
            }
          });
        }
      }
    }
  });
}
