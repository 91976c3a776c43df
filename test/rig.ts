import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { breakFault, repairFault } from '../lab/faults/index.ts';
import { change } from '../lab/faults/opennebula.ts';
import { Lab, type LabOptions, type Result } from '../lab/machines/lab.ts';
import { ids, type Tree, text } from '../lab/opennebula/tree.ts';
import type { VerdictFile } from '../support/verdict/schema.ts';
import { assertSame, lastingFiles } from './snapshot.ts';
import { disagreements } from './verdict/languages.ts';
import { schemaFaults } from './verdict/schema.ts';

export const STORE = '/var/lib/one/datastores/100';
/** The suite's command in the lab's machines, and outside of them. */
export const [COMMAND, OUTSIDE] = ['/opt/suite/bin/backup-compliance', join(import.meta.dirname, '../bin/backup-compliance')];
const PID = '/run/one/run.pid';
/** STATE of a VM that is DONE: OpenNebula remembers it for ever. */
const GONE = '6';
/** TYPE of an image that is a backup. */
const BACKUP = '6';
/** Whether tests try all there is to try: `npm run interruptions`. */
export const tryAll = process.env.ALL_FAILURES === 'yes';

/** What gets kill -9: the process alone, as by a kernel without memory; its group, as by a terminal; all it ever started. */
export const VICTIMS = ['process', 'group', 'all'] as const;
export type Victim = (typeof VICTIMS)[number];

/** The newest verdict below a folder of reports. */
export const latest = (reports: string): VerdictFile => JSON.parse(readFileSync(join(reports, 'latest', 'verdict.json'), 'utf8'));

/** A lab to run the suite in, the folder that its front-end writes reports to, and what runs change in sight. */
export class Rig {
  lab!: Lab;
  reports = '';
  /** All that a gate must not touch, as it was before the first test. */
  whole: string[] = [];
  /** What the suite said last, for whoever finds something changed. */
  #said = '';

  constructor(lab?: Lab, reports = '') {
    if (lab) this.lab = lab;
    this.reports = reports;
  }

  /** A rig for the tests of one suite, up from `before` to `after`. */
  static forTests(options: LabOptions = {}): Rig {
    const rig = new Rig();
    before(() => rig.up(options));
    after(() => rig.down());
    return rig;
  }

  /** The same in a cloud full of other people's things: each test leaves `whole` as it is. */
  static amongOthers(): Rig {
    const rig = Rig.forTests();
    before(async () => {
      await rig.plantOthers();
      rig.whole = await rig.everything();
    });
    afterEach(() => rig.assertSame(rig.whole));
    return rig;
  }

  async up(options: LabOptions = {}): Promise<this> {
    this.reports = mkdtempSync(join(tmpdir(), 'backup-compliance-rig-'));
    this.lab = await Lab.up({ ...options, reports: this.reports });
    return this;
  }

  async down(): Promise<void> {
    await this.lab?.down();
    rmSync(this.reports, { recursive: true });
  }

  /** Runs a script on a machine, as oneadmin, and returns what it printed. */
  async on(machine: string, script: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.lab.shell(machine, ['bash', '-c', script]);
    if (exitCode !== 0) throw new Error(`${machine}: ${script} ended with ${exitCode}: ${stdout}${stderr}`);
    return stdout;
  }

  async #saying(run: Promise<Result>): Promise<Result> {
    const result = await run;
    this.#said = `exit ${result.exitCode}\n${result.stdout}${result.stderr}`;
    return result;
  }

  /** Runs the suite's command on the front-end. */
  inside(...args: string[]): Promise<Result> {
    return this.#saying(this.lab.shell('frontend01', [COMMAND, ...args]));
  }

  /** Runs the suite's command on the lab's network, from outside of all machines. */
  outside(...args: string[]): Promise<Result> {
    return this.#saying(this.lab.run([OUTSIDE, ...args]));
  }

  /** Runs a profile on the front-end, with a site file of its home. */
  suite(profile: string, site = 'site.yaml', ...args: string[]): Promise<Result> {
    const reports = profile === 'cleanup' || args.includes('--plan') ? [] : ['--reports', 'reports'];
    return this.inside(profile, '--site', site, ...reports, ...args);
  }

  /** Runs a profile by Cucumber's own command. */
  cucumber(profile: string): Promise<Result> {
    const script = `cd /opt/suite && BACKUP_COMPLIANCE_SITE=~/site.yaml BACKUP_COMPLIANCE_REPORTS=~/reports PATH=$PWD/node_modules/.bin:$PATH cucumber-js -p ${profile}`;
    return this.#saying(this.lab.shell('frontend01', ['sh', '-c', script]));
  }

  /** A site file that differs from the lab's own by a sed script, where no run leaves anything. */
  async site(name: string, script: string): Promise<string> {
    await this.on('frontend01', `sed '${script}' site.yaml > /run/one/${name}`);
    return `/run/one/${name}`;
  }

  /** Begins a run in a process group of its own, and says when it has one. */
  async begin(
    profile: string,
    site = 'site.yaml',
  ): Promise<{ ended: Promise<Result>; signal: (signal: string, victim: Victim) => Promise<void> }> {
    await this.on('frontend01', `rm -f ${PID}`);
    const script = `echo $$ > ${PID}; exec ${COMMAND} ${profile} --site ${site} --reports reports`;
    const ended = this.#saying(this.lab.shell('frontend01', ['setsid', '--wait', 'bash', '-c', script]));
    const pid = (await this.until('the run has begun', () => this.on('frontend01', `cat ${PID} 2> /dev/null || true`))).trim();
    const signal = async (name: string, victim: Victim) => {
      const victims = { process: [pid], group: [`-${pid}`], all: victim === 'all' ? await this.#descendants(pid) : [] }[victim];
      await this.lab.shell('frontend01', ['kill', `-${name}`, '--', ...victims]);
    };
    return { ended, signal };
  }

  /** Kills a gate once it has come so far, and cleans up, which has to end well. Resolves to what that said. */
  async killedAndSwept(
    gate: string,
    reached: () => Promise<unknown>,
    { victim, site }: { victim: Victim; site?: string },
  ): Promise<string> {
    const { ended, signal } = await this.begin(gate, site);
    await reached();
    await signal('KILL', victim);
    await ended;
    const { exitCode, stdout } = await this.suite('cleanup', site);
    assert.equal(exitCode, 0, stdout);
    return stdout;
  }

  async #descendants(pid: string): Promise<string[]> {
    const found = new Set([pid]);
    for (const line of (await this.on('frontend01', 'ps -eo pid=,ppid=')).trim().split('\n')) {
      const [child = '', parent = ''] = line.trim().split(/ +/);
      if (found.has(parent)) found.add(child);
    }
    return [...found];
  }

  async until<T>(what: string, look: () => Promise<T | undefined>, seconds = 60): Promise<T> {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) {
      const seen = await look();
      if (seen) return seen;
    }
    throw new Error(`waited ${seconds} s in vain: ${what}`);
  }

  /** Until a command on a machine prints something. */
  untilSays(machine: string, script: string): Promise<string> {
    return this.until(`${machine}: ${script}`, () => this.on(machine, `${script} 2> /dev/null || true`));
  }

  /** Until a gate has written down that it is about to do this; unless told otherwise, the moment it begins to change something. */
  untilNoted(step = 'schedule'): Promise<string> {
    return this.untilSays('frontend01', `grep -rl '"${step}"' .backup-compliance`);
  }

  /** Puts a script in the place of a command of the front-end, while something is done; it may run the command as $0.real. */
  async wrapped<T>(command: string, script: string, work: () => Promise<T>): Promise<T> {
    const path = `/usr/local/bin/${command}`;
    await this.on('frontend01', `cp -p ${path} ${path}.real; printf '%s\\n' '#!/bin/bash' '${script}' > ${path}`);
    return work().finally(() => this.on('frontend01', `mv ${path}.real ${path}`));
  }

  /** Runs a gate, and acts at the moment when all is audited and a backup is asked for, before OpenNebula hears of it. */
  async gateThen(act: () => Promise<unknown>, site?: string): Promise<Result> {
    const [asked, hold] = ['/run/one/asked', '/run/one/hold'];
    const script = `case $* in *--schedule*) touch ${asked}; while [ -e ${hold} ]; do sleep 0.05; done ;; esac; exec $0.real "$@"`;
    return this.wrapped('onevm', script, async () => {
      await this.on('frontend01', `touch ${hold}`);
      const gate = this.suite('gate', site);
      try {
        const first = await Promise.race([gate, this.untilSays('frontend01', `ls ${asked}`)]);
        if (typeof first !== 'string') throw new Error(`the gate ended before it asked for a backup:\n${this.#said}`);
        await act();
      } finally {
        await this.on('frontend01', `rm -f ${hold} ${asked}`);
        await gate;
      }
      return gate;
    });
  }

  /** Breaks worlds for as long as `look` takes. */
  async broken<T>(worlds: string | readonly string[], look: () => Promise<T>): Promise<T> {
    for (const world of [worlds].flat()) await breakFault(this.lab, world);
    return look().finally(async () => {
      for (const world of [worlds].flat().toReversed()) await repairFault(this.lab, world);
    });
  }

  /** Nothing is in BACKUP, LOCKED, or due. */
  async settled(): Promise<void> {
    await this.until('OpenNebula has nothing to do', async () => {
      const { vms, images } = await this.lab.openNebula();
      return (
        vms.every(({ STATE, LCM_STATE }) => STATE === GONE || LCM_STATE === '3') &&
        images.every(({ STATE }) => STATE === '1' || STATE === '2')
      );
    });
  }

  /** What runs in the lab, on its machines and outside of them. */
  async processes(): Promise<string[]> {
    const { stdout } = await this.lab.run(['ps', '-eo', 'args=']);
    return stdout.split('\n').filter((line) => line !== 'ps -eo args=');
  }

  /** Nothing of a run goes on: its commands on the machines end by themselves. `before` is what ran before it. */
  async assertEnded(before: readonly string[], seconds = 10): Promise<void> {
    let left: string[] = [];
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) {
      left = (await this.processes()).filter((line) => !before.includes(line));
      if (left.length === 0) return;
    }
    assert.deepEqual(left, [], `these run on ${seconds} s after its end:\n${left.join('\n')}\n${this.#said}`);
  }

  /** Changes what OpenNebula knows, while it is stopped. */
  async edit(edit: (cloud: Awaited<ReturnType<Lab['openNebula']>>) => void): Promise<void> {
    await change(this.lab, (cloud) => {
      edit(cloud);
      return '';
    });
  }

  /** A backup that somebody else makes; the id of its image. Images of a gate that was killed may still come into being meanwhile. */
  async othersBackup(vm: number, ...options: string[]): Promise<string> {
    const backups = async () =>
      (await this.lab.openNebula()).images
        .filter((image) => image.TYPE === BACKUP && ids(image, 'VMS').includes(String(vm)))
        .map((image) => text(image, 'ID'));
    const old = await this.until('OpenNebula takes the request for a backup', async () => {
      await this.settled();
      const there = new Set(await backups());
      const { exitCode } = await this.lab.shell('frontend01', ['onevm', 'backup', '-d', '100', ...options, String(vm)]);
      return exitCode === 0 ? there : undefined;
    });
    const id = await this.until('the backup of somebody else', async () => (await backups()).find((image) => !old.has(image)));
    await this.settled();
    return id;
  }

  /** Puts things of others where gates of either VM work, whatever they must not touch. */
  async plantOthers(): Promise<void> {
    const older = await this.othersBackup(0, '--schedule', 'now');
    await this.othersBackup(1, '--schedule', 'now');
    const name = 'backup-compliance-2026-01-01T00-00-00Z-0000';
    await this.on(
      'frontend01',
      `set -e
      printf '%s\\n' 'NAME = "rsync Backups 2"' 'TYPE = "BACKUP_DS"' 'DS_MAD = "rsync"' 'TM_MAD = "-"' 'RSYNC_USER = "oneadmin"' 'RSYNC_HOST = "backup01.example.net"' > ds2.txt
      onedatastore create ds2.txt
      for vm in 0 1; do onevm backup -d 100 --schedule 2031-01-01 $vm; done
      oneimage restore ${older} -d default --name ${name}
      mkdir -p /var/tmp/${name} && date > /var/tmp/${name}/disk.0.0`,
    );
    await this.on(
      'backup01',
      `set -e; cd ${STORE}; mkdir -p 0/abcdef 1/abcdef 7/aaaaaa stray/empty
      date | tee ../.${name} 0/note.txt 1/note.txt stray/file 7/aaaaaa/disk.0.0 .${name}.renamed > /dev/null`,
    );
    await this.lab.capacityKnown();
    await this.settled();
  }

  /** All that a gate could leave behind or take away, a line each: what OpenNebula has, and every file on every machine. */
  async everything(): Promise<string[]> {
    await this.settled();
    const { images, templates, datastores, vms } = await this.lab.openNebula();
    const line = (kind: string) => (object: Tree) => `${kind} ${JSON.stringify(object)}`;
    return [
      ...images.map(line('image')),
      ...templates.map(line('template')),
      ...datastores.map(({ TOTAL_MB: _total, FREE_MB: _free, USED_MB: _used, ...datastore }) => line('datastore')(datastore)),
      ...vms
        .filter(({ STATE }) => STATE !== GONE)
        .map(({ ID, STATE, LCM_STATE, USER_TEMPLATE, SCHED_ACTIONS, TEMPLATE, BACKUPS }) => {
          const { SCHED_ACTION = '' } = TEMPLATE as Tree;
          return line('vm')({
            ID,
            STATE,
            LCM_STATE,
            USER_TEMPLATE,
            SCHED_ACTIONS,
            SCHED_ACTION,
            BACKUPS: withoutChain(BACKUPS as Tree),
          } as Tree);
        }),
      ...(await lastingFiles(this.lab, this.reports)),
    ];
  }

  /** All is as it was, but for the error that OpenNebula keeps of a backup that failed. */
  async assertSame(whole: readonly string[], said = this.#said): Promise<void> {
    assertSame(withoutErrors(await this.everything()), withoutErrors(whole), said);
  }

  /** All that the newest run wrote and said tells the same. */
  assertAgree({ exitCode, stdout }: Pick<Result, 'exitCode' | 'stdout'>): void {
    assert.deepEqual(schemaFaults(this.latest), []);
    assert.deepEqual(disagreements(join(this.reports, 'latest'), { file: this.latest, exitCode, stdout }), []);
    assert.match(stdout, new RegExp(`\\(exit ${exitCode}\\)`));
  }

  get latest(): VerdictFile {
    return latest(this.reports);
  }

  /** A requirement of the newest verdict: 101, or ORG-001. */
  requirement(id: number | string): VerdictFile['requirements'][number] {
    const wanted = typeof id === 'number' ? `BDS-${id}` : id;
    const found = this.latest.requirements.find((requirement) => requirement.id === wanted);
    if (!found) throw new Error(`the verdict has no ${wanted}`);
    return found;
  }

  /** What the newest verdict says of each requirement. */
  get outcomes(): Record<string, string> {
    return Object.fromEntries(this.latest.requirements.map(({ id, outcome }) => [id, outcome]));
  }

  /** The requirements that the newest verdict says are not met. */
  get notMet(): string[] {
    return Object.keys(this.outcomes)
      .filter((id) => this.outcomes[id] === 'not-met')
      .sort();
  }

  /** The folders of runs. */
  get runs(): string[] {
    return readdirSync(this.reports).filter((name) => /Z-/.test(name));
  }
}

/** A chain that was begun anew is no more the one that the next backup adds to: OpenNebula has no way to go back. */
function withoutChain({ BACKUP_CONFIG, ...backups }: Tree): Tree {
  const { LAST_INCREMENT_ID: _last, INCREMENTAL_BACKUP_ID: _chain, ACTIVE_FLATTEN: _flatten, ...config } = BACKUP_CONFIG as Tree;
  return { ...backups, BACKUP_CONFIG: config };
}

/** OpenNebula keeps the last error of a VM, for ever. */
export const withoutErrors = (lines: readonly string[]): string[] =>
  lines.map((line) => (line.startsWith('vm ') ? line.replace(/"ERROR":"(?:[^"\\]|\\.)*",?|,"ERROR":"(?:[^"\\]|\\.)*"/g, '') : line));
