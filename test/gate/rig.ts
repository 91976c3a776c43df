import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { change } from '../../lab/faults/opennebula.ts';
import { Lab, type LabOptions, type Result } from '../../lab/machines/lab.ts';
import { type Tree, text } from '../../lab/opennebula/tree.ts';
import type { VerdictFile } from '../../support/archive/files.ts';
import { lastingFiles } from '../snapshot.ts';

export const STORE = '/var/lib/one/datastores/100';
const COMMAND = '/opt/suite/bin/backup-compliance';
const PID = '/run/one/gate.pid';
/** TYPE of an image that is a backup. */
const BACKUP = '6';

/** What gets kill -9: the process alone, as by a kernel without memory; its group, as by a terminal; all it ever started. */
export const VICTIMS = ['process', 'group', 'all'] as const;
export type Victim = (typeof VICTIMS)[number];

/** A lab to run gates in, with what they change in sight. */
export class Rig {
  readonly lab: Lab;
  readonly reports: string;

  constructor(lab: Lab, reports: string) {
    this.lab = lab;
    this.reports = reports;
  }

  static async up(options: LabOptions & { tick?: number } = {}): Promise<Rig> {
    const reports = mkdtempSync(join(tmpdir(), 'backup-compliance-gate-'));
    const rig = new Rig(await Lab.up({ ...options, reports }), reports);
    const { tick } = options;
    if (tick !== undefined)
      await rig.edit(({ settings }) => {
        settings.MANAGER_TIMER = tick;
      });
    return rig;
  }

  /** A rig that is there for the tests of one suite. */
  static forTests(options: LabOptions & { tick?: number } = {}): { current: Rig } {
    const held = {} as { current: Rig };
    before(async () => {
      held.current = await Rig.up(options);
    });
    after(() => held.current?.down());
    return held;
  }

  async down(): Promise<void> {
    await this.lab.down();
    rmSync(this.reports, { recursive: true });
  }

  /** Runs a script on a machine, as oneadmin, and returns what it printed. */
  async on(machine: string, script: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.lab.shell(machine, ['bash', '-c', script]);
    if (exitCode !== 0) throw new Error(`${machine}: ${script} ended with ${exitCode}: ${stdout}${stderr}`);
    return stdout;
  }

  /** Runs the suite's command on the front-end, with a site file of its home. */
  suite(profile: string, site = 'site.yaml', ...args: string[]): Promise<Result> {
    const reports = profile === 'cleanup' || args.includes('--plan') ? [] : ['--reports', 'reports'];
    return this.lab.shell('frontend01', [COMMAND, profile, '--site', site, ...reports, ...args]);
  }

  gate(site?: string): Promise<Result> {
    return this.suite('gate', site);
  }

  /** A site file of the front-end's home that differs from the lab's own by a sed script. */
  async site(name: string, script: string): Promise<string> {
    await this.on('frontend01', `sed '${script}' site.yaml > ${name}`);
    return name;
  }

  /** Begins a run in a process group of its own, and says when it has one. */
  async begin(
    profile: string,
    site = 'site.yaml',
  ): Promise<{ ended: Promise<Result>; signal: (signal: string, victim: Victim) => Promise<void> }> {
    await this.on('frontend01', `rm -f ${PID}`);
    const script = `echo $$ > ${PID}; exec ${COMMAND} ${profile} --site ${site} --reports reports`;
    const ended = this.lab.shell('frontend01', ['setsid', '--wait', 'bash', '-c', script]);
    const pid = (await this.until('the run has begun', () => this.on('frontend01', `cat ${PID} 2> /dev/null || true`))).trim();
    const signal = async (name: string, victim: Victim) => {
      const victims = { process: [pid], group: [`-${pid}`], all: victim === 'all' ? await this.#descendants(pid) : [] }[victim];
      await this.lab.shell('frontend01', ['kill', `-${name}`, '--', ...victims]);
    };
    return { ended, signal };
  }

  async #descendants(pid: string): Promise<string[]> {
    const found = new Set([pid]);
    for (const line of (await this.on('frontend01', 'ps -eo pid=,ppid=')).trim().split('\n')) {
      const [child = '', parent = ''] = line.trim().split(/ +/);
      if (found.has(parent)) found.add(child);
    }
    return [...found];
  }

  async until<T>(what: string, look: () => Promise<T | undefined>, seconds = 30): Promise<T> {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(50)) {
      const seen = await look();
      if (seen) return seen;
    }
    throw new Error(`waited ${seconds} s in vain: ${what}`);
  }

  /** Runs a gate, and acts at the moment when all is audited and a backup is asked for, before OpenNebula hears of it. */
  async gateThen(act: () => Promise<unknown>, site?: string): Promise<Result> {
    const [onevm, asked, hold] = ['/usr/local/bin/onevm', '/run/one/asked', '/run/one/hold'];
    const script = `case $* in *--schedule*) touch ${asked}; while [ -e ${hold} ]; do sleep 0.05; done ;; esac; exec ${onevm}.real "$@"`;
    await this.on('frontend01', `touch ${hold}; cp -p ${onevm} ${onevm}.real; printf '%s\\n' '#!/bin/bash' '${script}' > ${onevm}`);
    let over: Result | undefined;
    const gate = this.gate(site).then((result) => {
      over = result;
      return result;
    });
    try {
      await this.until(
        'a backup is asked for',
        async () => over !== undefined || this.on('frontend01', `ls ${asked} 2> /dev/null || true`),
        60,
      );
      if (over) throw new Error(`the gate ended before it asked for a backup:\n${over.stdout}${over.stderr}`);
      await act();
    } finally {
      // The wrapper goes first, but what it is to run stays until the gate has ended.
      await this.on('frontend01', `cp -p ${onevm}.real ${onevm}.new && mv ${onevm}.new ${onevm}; rm -f ${hold} ${asked}`);
      await gate;
      await this.on('frontend01', `rm ${onevm}.real`);
    }
    return gate;
  }

  /** Wraps a command of the front-end, while something is done, in a script that may run it as COMMAND.real. */
  async wrapped<T>(command: string, script: string, work: () => Promise<T>): Promise<T> {
    const path = `/usr/local/bin/${command}`;
    await this.lab.shell('frontend01', ['bash', '-c', `cp -p ${path} ${path}.real; { echo '#!/bin/bash'; cat; } > ${path}`], {
      input: script,
    });
    return work().finally(() => this.on('frontend01', `mv ${path}.real ${path}`));
  }

  /** The moment the drill begins: it has written down what it is about to do. */
  drillBegins(): Promise<string> {
    return this.until('the drill begins', () => this.on('frontend01', 'grep -rl schedule .backup-compliance 2> /dev/null || true'), 60);
  }

  /** Nothing is in BACKUP, LOCKED, or due. */
  async settled(): Promise<void> {
    await this.until('OpenNebula has nothing to do', async () => {
      const { vms, images } = await this.lab.openNebula();
      return vms.every(({ LCM_STATE }) => LCM_STATE === '3') && images.every(({ STATE }) => STATE === '1' || STATE === '2');
    });
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
      (await this.lab.openNebula()).images.filter(({ TYPE }) => TYPE === BACKUP).map((image) => text(image, 'ID'));
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

  /** Puts things of others where gates of either virtual machine work, whatever they must not touch. */
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
      ...vms.map(({ ID, STATE, LCM_STATE, USER_TEMPLATE, SCHED_ACTIONS, TEMPLATE, BACKUPS }) => {
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

  get latest(): VerdictFile {
    return JSON.parse(readFileSync(join(this.reports, 'latest', 'verdict.json'), 'utf8'));
  }

  /** A requirement of the newest verdict. */
  requirement(id: number): VerdictFile['requirements'][number] {
    const found = this.latest.requirements.find((requirement) => requirement.id === `BDS-${id}`);
    if (!found) throw new Error(`the verdict has no BDS-${id}`);
    return found;
  }

  /** The requirements that the newest verdict says are not met. */
  get notMet(): string[] {
    return this.latest.requirements.flatMap(({ id, outcome }) => (outcome === 'not-met' ? [id] : [])).sort();
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

/** OpenNebula keeps the last error of a virtual machine, for ever. */
export const withoutErrors = (lines: readonly string[]): string[] =>
  lines.map((line) => (line.startsWith('vm ') ? line.replace(/"ERROR":"(?:[^"\\]|\\.)*",?|,"ERROR":"(?:[^"\\]|\\.)*"/g, '') : line));
