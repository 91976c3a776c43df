/** What may go wrong on the machine that the suite runs on: it says so, takes nothing for a verdict, and leaves no half of a run behind. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { admin } from '../../lab/faults/fault.ts';
import type { VerdictFile } from '../../support/archive/files.ts';
import { mulberry32 } from '../random.ts';
import { TestLab } from './lab.ts';

const SUITE = '/opt/suite/bin/backup-compliance';
const FULL = '/var/lib/one/full';

describe('on a machine of its own troubles, an audit', () => {
  const cloud = new TestLab('own-machine', { hosts: 8 });
  const runs = () => readdirSync(cloud.reports).filter((name) => name.endsWith('Z', 20));

  /** `latest` is a whole run, whatever became of the newest. */
  const latestIsWhole = (folder: string) => {
    if (!existsSync(join(folder, 'latest'))) return;
    const file = JSON.parse(readFileSync(join(folder, 'latest', 'verdict.json'), 'utf8')) as VerdictFile;
    assert.equal(file.run, readlinkSync(join(folder, 'latest')));
  };

  for (const [size, what] of [
    ['96k', 'the evidence'],
    ['2m', 'the report'],
    ['6m', 'the report, when it is put together'],
  ] as const) {
    it(`says so when the disk is full, in the middle of ${what}`, async () => {
      await admin(cloud.lab, 'frontend01', `mkdir ${FULL}; mount -t tmpfs -o size=${size},mode=777 none ${FULL}`);
      const { exitCode, stdout, stderr } = await cloud.inside('audit', '--reports', 'full');
      const listed = await cloud.on('frontend01', 'cd full; ls; cat latest/verdict.json 2> /dev/null || true');
      await admin(cloud.lab, 'frontend01', `umount ${FULL}; rmdir ${FULL}`);
      const said = `${stdout}${stderr}\n${listed}`;
      assert.equal(exitCode, 2, said);
      assert.match(stdout, /UNDETERMINED/, said);
      assert.match(stdout, /ENOSPC/, said);
      assert.ok(!listed.includes('latest') || /"exitCode": 2/.test(listed), said);
    });
  }

  it('still says what is not met, with its exit code, when the disk is full', async () => {
    await admin(cloud.lab, 'frontend01', `mkdir ${FULL}; mount -t tmpfs -o size=2m,mode=777 none ${FULL}`);
    const { exitCode, stdout } = await cloud.broken('noisy-bashrc-on-backup', () => cloud.inside('audit', '--reports', 'full'));
    await admin(cloud.lab, 'frontend01', `umount ${FULL}; rmdir ${FULL}`);
    assert.equal(exitCode, 1, stdout);
    assert.match(stdout, /BDS-104 +NOT MET/);
  });

  it('names the folder it may not write to, and ends with 3', async () => {
    await admin(cloud.lab, 'frontend01', `mkdir ${FULL}; mount -t tmpfs -o ro none ${FULL}`);
    const { exitCode, stderr } = await cloud.inside('audit', '--reports', 'full');
    await admin(cloud.lab, 'frontend01', `umount ${FULL}; rmdir ${FULL}`);
    assert.equal(exitCode, 3, stderr);
    assert.match(stderr, /reports folder \/var\/lib\/one\/full cannot be written: EROFS/);
  });

  it('is compliant with 64 open files, and undetermined, for that reason, with too few', async () => {
    const limited = (files: number) =>
      cloud.lab.shell('frontend01', ['bash', '-c', `ulimit -n ${files}; ${SUITE} audit --reports reports`]);
    const enough = await limited(64);
    assert.equal(enough.exitCode, 0, enough.stdout);
    const few = await limited(36);
    assert.equal(few.exitCode, 2, few.stdout);
    assert.match(few.stdout, /EMFILE/);
    assert.doesNotMatch(few.stdout, /NOT MET/);
  });

  it('ends with 130 when it is interrupted, its report there, the terminal as it was; and where it is killed, the latest run is whole', async () => {
    await cloud.audit();
    const began = Date.now();
    await cloud.audit();
    const took = (Date.now() - began) / 1000;
    const random = mulberry32(51_609);
    const endedBy = async (signal: 'INT' | 'TERM' | 'KILL', seconds: number): Promise<string> => {
      const before = runs();
      const audit = `timeout --foreground --preserve-status -s ${signal} ${seconds.toFixed(3)} ${SUITE} audit --reports reports`;
      const { stdout } = await cloud.lab.shell('frontend01', [
        'script',
        '-qefc',
        `stty -g; ${audit}; echo "ended with $?"; stty -g`,
        '/dev/null',
      ]);
      const moment = `${signal} after ${seconds} of ${took} s:\n${stdout}`;
      const [, code = ''] = /ended with (\d+)/.exec(stdout) ?? [];
      const settings = stdout.split(/\r?\n/).filter((line) => /^[0-9a-f]+(:[0-9a-f]+)+$/.test(line));
      assert.equal(settings.length, 2, moment);
      assert.equal(settings[0], settings[1], moment);
      latestIsWhole(cloud.reports);
      const [made] = runs().filter((run) => !before.includes(run));
      const verdict = made && join(cloud.reports, made, 'verdict.json');
      // Before its first line Node.js itself takes the signal, and nothing was begun; after its last there is nothing to interrupt.
      if (signal === 'KILL') assert.match(code, /^(137|0)$/, moment);
      else if (made === undefined) assert.match(code, /^(130|143)$/, moment);
      else {
        assert.match(code, /^(130|0)$/, moment);
        assert.equal((JSON.parse(readFileSync(verdict as string, 'utf8')) as VerdictFile).exitCode, Number(code), moment);
        assert.ok(existsSync(join(cloud.reports, made, 'index.html')) || /was not written/.test(stdout), moment);
      }
      if (made) rmSync(join(cloud.reports, made), { recursive: true });
      return code;
    };
    const codes = new Set<string>();
    for (let round = 0; round < (process.env.ALL_FAILURES ? 60 : 6); round += 1) {
      const signal = (['INT', 'TERM', 'KILL'] as const)[round % 3] as 'INT' | 'TERM' | 'KILL';
      // A run that was faster this time is interrupted earlier the next.
      for (let [seconds, code] = [random() * took, '0']; code === '0'; seconds *= 0.7) {
        code = await endedBy(signal, seconds);
        codes.add(code);
      }
    }
    assert.ok(codes.has('130') && codes.has('137'), `none was interrupted in the middle: ${[...codes].join(', ')}`);
  });
});
