/** A real oned.ts on a port of its own, and the real cli.ts under the names of OpenNebula's programs. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { PROGRAMS, REFUSED } from '../../../lab/opennebula/commands.ts';
import { freshCloud, type State } from '../../../lab/opennebula/state.ts';

const LAB = join(import.meta.dirname, '../../../lab/opennebula');
const CLOCK = `--import file://${join(import.meta.dirname, 'clock.mjs')}`;

interface Result {
  stdout: string;
  stderr: string;
  exitCode: number;
}

export interface RunOptions {
  /** What time it is for the command. */
  at?: number;
  /** Put before the shell, e.g. a sandbox. */
  inside?: string[];
  env?: Record<string, string>;
}

/** Runs a program to its end. */
async function execute(program: string, args: string[], env: Record<string, string>, cwd: string): Promise<Result> {
  const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const result = { stdout: '', stderr: '', exitCode: -1 };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    result.stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    result.stderr += chunk;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { ...result, exitCode: code };
}

/** A cloud for tests, in a directory of its own. Its `ssh` is a stub: see `ssh`. */
export class TestCloud {
  readonly dir = mkdtempSync(join(tmpdir(), 'one-'));
  readonly stateFile = join(this.dir, 'state.json');
  readonly authFile = join(this.dir, 'one_auth');
  port = 0;
  log = '';
  private readonly bin = join(this.dir, 'bin');
  private oned: ChildProcess | undefined;

  /** Gone when the test ends, however it ends. */
  constructor(test: TestContext) {
    test.after(() => this.remove());
    mkdirSync(this.bin);
    for (const name of [...Object.keys(PROGRAMS), ...REFUSED]) this.script(name, `exec "${process.execPath}" "${LAB}/cli.ts" ${name} "$@"`);
    this.ssh('exit 255');
    writeFileSync(this.authFile, 'oneadmin:opennebula\n');
    chmodSync(this.dir, 0o755);
  }

  private script(name: string, body: string): void {
    // oned may start it at any moment, and nothing can be started that is being written (ETXTBSY).
    const written = join(this.dir, name);
    writeFileSync(written, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    renameSync(written, join(this.bin, name));
  }

  /** What `ssh` does from now on: the body of a shell script. */
  ssh(body: string): void {
    this.script('ssh', body);
  }

  /**
   * From now on `ssh` reaches a backup server: its /var/lib/one/datastores is `server` here, and it runs what it is told
   * to, however it is told.
   */
  backupServer(): void {
    mkdirSync(join(this.dir, 'server'), { recursive: true });
    this.ssh(`exec bash -c '
      there() { sed "s#/var/lib/one/*datastores#$HOME/server#g"; }
      here() { sed "s#$HOME/server#/var/lib/one/datastores#g"; }
      set -o pipefail
      [ "\${*: -2}" = "bash -s" ] && { there | bash -s 2> >(here >&2) | here; exit; }
      exec sh -c "$(there <<< "\${!#}")"' ssh "$@"`);
  }

  env(at = 0): Record<string, string> {
    return {
      PATH: `${this.bin}:/usr/local/bin:/usr/bin:/bin`,
      HOME: this.dir,
      TZ: 'UTC',
      LANG: 'C.UTF-8',
      ONE_AUTH: this.authFile,
      ONE_XMLRPC: `http://127.0.0.1:${this.port}/RPC2`,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(tmpdir(), 'one-compile-cache'),
      ...(at > 0 ? { NODE_OPTIONS: CLOCK, TEST_EPOCH: String(at) } : {}),
    };
  }

  /** Starts oned, with a new state or the one it had. */
  async start(state?: State, at = 0): Promise<void> {
    if (state) this.write(state);
    const oned = spawn(process.execPath, [join(LAB, 'oned.ts'), '--state', this.stateFile, '--port', '0', '--logs', this.dir], {
      env: this.env(at),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.oned = oned;
    this.log = '';
    await new Promise<void>((resolve, reject) => {
      oned.once('exit', () => reject(new Error(`oned ended: ${this.log}`)));
      oned.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        this.log += chunk;
        const port = /Starting RPC server, port (\d+)/.exec(this.log)?.[1];
        if (port === undefined) return;
        this.port = Number(port);
        resolve();
      });
    });
  }

  /** Ends oned; the default is how the lab does it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const oned = this.oned;
    this.oned = undefined;
    // One that ended by itself will not end again.
    if (oned?.exitCode !== null || oned.signalCode !== null) return oned?.exitCode ?? null;
    const ended = once(oned, 'exit') as Promise<[number | null]>;
    oned.kill(signal);
    return (await ended)[0];
  }

  read(): State {
    return JSON.parse(readFileSync(this.stateFile, 'utf8')) as State;
  }

  write(state: State): void {
    writeFileSync(this.stateFile, JSON.stringify(state));
  }

  /** Stops oned, changes its state, starts it again. */
  async edit(change: (state: State) => void, at = 0): Promise<void> {
    await this.stop();
    const state = this.read();
    change(state);
    await this.start(state, at);
  }

  /** Runs a shell command in the cloud's directory. */
  run(command: string, { at = 0, inside = [], env = {} }: RunOptions = {}): Promise<Result> {
    const [program = '', ...args] = [...inside, 'bash', '-c', command] as string[];
    return execute(program, args, { ...this.env(at), ...env }, this.dir);
  }

  /** Runs commands one after the other, each of which is to end so. */
  async says(commands: Record<string, Result>, options: RunOptions = {}): Promise<void> {
    for (const [command, expected] of Object.entries(commands)) assert.deepEqual(await this.run(command, options), expected, command);
  }

  /** Waits until the state is as wanted. */
  async until(wanted: (state: State) => boolean): Promise<void> {
    const deadline = performance.now() + 10_000;
    while (!wanted(this.read())) {
      if (performance.now() > deadline) throw new Error('the state never became as wanted');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Puts a file into the cloud's directory. */
  file(name: string, content: string): void {
    mkdirSync(dirname(join(this.dir, name)), { recursive: true });
    writeFileSync(join(this.dir, name), content);
  }

  private async remove(): Promise<void> {
    await this.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** What a command that has nothing to say ends with, and one that says something. */
export const OK: Result = { stdout: '', stderr: '', exitCode: 0 };
export const ok = (stdout: string): Result => ({ ...OK, stdout: `${stdout}\n` });
/** What a refused one ends with. */
export const refused = (message: string): Result => ({ stdout: '', stderr: `${message}\n`, exitCode: 255 });

/** A cloud with a host, a virtual machine `vm` and the guide's datastore, changed by the test, in which nothing happens by itself. There is alice, too. */
export async function quietCloud(t: TestContext, change: (state: State, cloud: TestCloud) => void = () => {}): Promise<TestCloud> {
  const cloud = new TestCloud(t);
  const vms = [{ name: 'vm', host: 'kvm01' }];
  const state = freshCloud({ hosts: ['kvm01'], vms, backupDatastore: { host: 'backup01.example.net' } });
  Object.assign(state.settings, { MONITORING_INTERVAL_DATASTORE: 0, MANAGER_TIMER: 0 });
  state.users.push({ id: 2, name: 'alice', password: 'pw' });
  cloud.file('alice', 'alice:pw');
  change(state, cloud);
  await cloud.start(state);
  return cloud;
}

/** Put before a command it makes alice the one who calls. */
export const AS_ALICE = 'ONE_AUTH=$HOME/alice';
