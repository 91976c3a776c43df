/**
 * A cloud of machines in miniature on one Linux machine, without root: a front-end, hypervisor hosts, bridge hosts where they are wanted, and a backup server.
 * Each is a sandbox with a host name, address, files and OpenSSH server of its own. What is on them is in cloud.ts, what
 * keeps them alive and takes them away is in init.sh.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { constants, networkInterfaces, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import pLimit from 'p-limit';
import { root } from '../../support/suite.ts';
import { NEWEST, type ReleaseName } from '../opennebula/releases.ts';
import type { State as OpenNebula } from '../opennebula/state.ts';
import { type Tree, text } from '../opennebula/tree.ts';
import { SMALL, storing } from './backups.ts';
import { build, DISK, disksOf, ENVIRONMENT, type Machine, machinesOf, SERVICES, type Service, STATE_FILE } from './cloud.ts';
import { covering, hide, ownOpenNebula } from './hidden.ts';
import { ensurePackages, PATH, whyNoNamespaces } from './packages.ts';

export type LabOptions = {
  /** Labs of different names do not know of each other. */
  name?: string;
  /** Number of hypervisor hosts, 1 to 1000: a network bridge has 1024 ports, and every machine takes one. */
  hosts?: number;
  /** Number of bridge hosts, 0 to 9: they send the backups, and share the hypervisor hosts' system datastore. */
  bridges?: number;
  /** A folder that the front-end sees, and may write to, as /var/lib/one/reports. */
  reports?: string;
  /** Whether OpenNebula has its backup datastore already, which is so unless told otherwise. */
  datastore?: boolean;
  /** The release of OpenNebula that is stood in for: the newest, unless told otherwise. */
  release?: ReleaseName;
  /** Whether there are six VMs of production besides: with backups of different ages, where there is the datastore for them. */
  production?: boolean;
  /** Whether the site file has gates start what they restored, which takes them half a minute. */
  boot?: boolean;
  /** Whether gates make canaries, by the lab's site files. */
  canary?: boolean;
};

export type Result = { exitCode: number; stdout: string; stderr: string };

export type RunOptions = {
  /** What the command reads; nothing, if not given. */
  input?: string;
  /** Hand this process's own stdin, stdout and stderr to the command; the result's are then empty. */
  passThrough?: boolean;
};

const LOCKED = 75;
/** 500 hypervisor hosts take 11 s on two idle cores, 1000 took 107 s on two that were very busy. */
const DEADLINE = 240_000;
const PROCESSES_PER_MACHINE = 6;

/** What lab.json tells of a running lab. */
type State = { pid: number; network: string; machines: Machine[]; sandboxes: Record<string, number> };

let labsOfThisProcess = 0;

/** What has to be typed besides for a lab that is not called as usual. */
export const naming = (name: string): string => (name === 'lab' ? '' : ` --name ${name}`);

export class Lab {
  readonly name: string;
  readonly dir: string;
  readonly machines: Machine[];
  private readonly state: State;

  private constructor(name: string, state: State) {
    this.name = name;
    this.dir = folderOf(name);
    this.machines = state.machines;
    this.state = state;
  }

  /** Brings up a lab that lives as long as this process, or until `down`. */
  static async up(options: LabOptions = {}): Promise<Lab> {
    const { lab, init } = await start(options);
    release(init);
    return lab;
  }

  /** Brings up a lab that outlives this process, until somebody attaches to it and takes it down. */
  static async upToStay(options: LabOptions & { name: string }): Promise<Lab> {
    const { lab, init } = await start(options);
    await new Promise<void>((done) => init.stdin.end('stay\n', () => done()));
    release(init);
    return lab;
  }

  /** A lab that is up already. */
  static attach(name = 'lab'): Lab {
    const file = join(folderOf(name), 'lab.json');
    const state = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as State) : undefined;
    if (!state || networkOf(state.pid) !== state.network) {
      if (state) rmSync(folderOf(name), { recursive: true }); // a dead lab's, whose first process could not clean up
      throw new Error(`No lab named "${name}" is up (looked for ${file} and its process). Start it: npm run -s lab -- up --name ${name}`);
    }
    return new Lab(name, state);
  }

  /** Takes everything away: processes, namespaces, mounts, files. */
  async down(): Promise<void> {
    try {
      process.kill(this.state.pid, 'SIGTERM');
    } catch {
      // Gone already.
    }
    for (let waited = 0; networkOf(this.state.pid) === this.state.network || existsSync(this.dir); waited += 10) {
      if (waited > 10_000)
        throw new Error(`The lab ${this.name} did not go within 10 s: look at process ${this.state.pid} and at ${this.dir}`);
      await sleep(10);
    }
  }

  /** A machine by its short or its full name. */
  machine(name: string): Machine {
    const found = this.machines.find((machine) => machine.name === name || machine.fqdn === name);
    if (found) return found;
    const names = this.machines.map((machine) => machine.name);
    const some = names.length > 8 ? [...names.slice(0, 4), '…', ...names.slice(-2)] : names;
    throw new Error(`No machine "${name}" in lab ${this.name}. It has ${some.join(', ')}.`);
  }

  /** Runs a command as oneadmin inside a machine, as if logged in there. Needs no ssh, so it works whatever is broken, too. */
  shell(machine: string, argv: string[], options: RunOptions = {}): Promise<Result> {
    const namespaces = ['--user', '--mount', '--net', '--pid', '--uts', '--ipc'];
    const login = ['sh', '-c', 'cd && exec "$@"', 'sh', ...argv];
    const env = { ...ENVIRONMENT, TERM: process.env.TERM ?? 'dumb' };
    return this.enter(this.intoMachine(machine, namespaces, login), env, options);
  }

  /** Runs a script inside a machine with the power to mount and to filter, which nobody in the machine has. */
  admin(machine: string, script: string): Promise<Result> {
    return this.enter(this.intoMachine(machine, ['--mount', '--net', '--pid'], ['bash', '-euc', script]), { PATH }, {});
  }

  /** Runs a script beside a machine, in the folder that is its root: with programs of the lab's own, whatever is broken in the machine. */
  beside(machine: string, script: string): Promise<Result> {
    const root = `/proc/${this.state.sandboxes[this.machine(machine).name]}/root`;
    return this.enter([...this.intoLab(['--user', '--mount', '--pid']), 'sh', '-c', `cd ${root} && ${script}`], { PATH }, {});
  }

  /** Runs a command on the lab's network from outside of all machines, in this folder, as this user. */
  run(argv: string[], options: RunOptions = {}): Promise<Result> {
    const operator = join(this.dir, 'operator');
    const own = ownOpenNebula();
    const cover = own.length > 0 ? `(${covering(own, join(operator, 'whiteouts'))}) || exit` : '';
    const script = `mount -t proc proc /proc && mount --bind "$0/hosts" /etc/hosts && mount --bind "$0/ssh" /etc/ssh || exit
      ${cover}
      exec unshare --user --map-user=${process.getuid?.()} --map-group=${process.getgid?.()} -- "$@"`;
    const env = { BACKUP_COMPLIANCE_SITE: join(operator, 'site.yaml'), ...process.env };
    const inner = ['unshare', '--mount', 'sh', '-c', script, operator, ...argv];
    return this.enter([...this.intoLab(['--user', '--net', '--pid']), ...inner], env, options);
  }

  private intoLab(namespaces: string[]): string[] {
    return ['nsenter', '--target', String(this.state.pid), ...namespaces, '--preserve-credentials', '--'];
  }

  private intoMachine(name: string, namespaces: string[], argv: string[]): string[] {
    const pid = this.state.sandboxes[this.machine(name).name];
    const lab = this.intoLab(['--user', '--mount', '--net', '--pid']);
    return [...lab, 'nsenter', '--target', String(pid), ...namespaces, '--preserve-credentials', '--', ...argv];
  }

  private async enter(argv: string[], env: NodeJS.ProcessEnv, { input, passThrough }: RunOptions): Promise<Result> {
    const [file = '', ...args] = argv;
    const stdio = passThrough ? ({ stdio: 'inherit' } as const) : input === undefined ? ({ stdin: 'ignore' } as const) : { input };
    const result = await execa(file, args, { env, extendEnv: false, reject: false, stripFinalNewline: false, ...stdio });
    if (result.exitCode === undefined && !result.signal) throw new Error(`Could not run ${file}: ${result.shortMessage}`);
    const exitCode = result.exitCode ?? 128 + (result.signal ? constants.signals[result.signal] : 0);
    return { exitCode, stdout: result.stdout ?? '', stderr: result.stderr ?? '' };
  }

  /** Starts a service as the machine did when it came up. */
  async start(machine: string, service: Service): Promise<void> {
    const { exitCode, stderr } = await this.shell(machine, ['bash', '-c', SERVICES[service].start]);
    if (exitCode !== 0) throw new Error(`${service} did not start on ${machine}: ${stderr.trim()}`);
  }

  /** Stops a service with all that it runs, such as the sessions of an SSH server. */
  async stop(machine: string, service: Service): Promise<void> {
    await this.signal(machine, service, 'TERM');
    for (let waited = 0; (await this.processes(machine, service)).length > 0; waited += 20) {
      if (waited > 5000) throw new Error(`${service} on ${machine} did not stop within 5 s`);
      await sleep(20);
    }
  }

  /** Has a service read its settings again. */
  async restart(machine: string, service: Service): Promise<void> {
    await this.stop(machine, service);
    await this.start(machine, service);
  }

  /** Sends a signal to a service and to all that it runs. */
  async signal(machine: string, service: Service, signal: 'TERM' | 'STOP' | 'CONT'): Promise<void> {
    const pids = await this.processes(machine, service);
    if (pids.length === 0) throw new Error(`${service} does not run on ${machine}`);
    await this.shell(machine, ['kill', `-${signal}`, ...pids]);
  }

  /** The numbers of a service's processes and of all their descendants, as the machine counts them. */
  async processes(machine: string, service: Service): Promise<string[]> {
    const { stdout } = await this.shell(machine, ['ps', '-eo', 'pid=,ppid=,args=']);
    const found = new Set<string>();
    for (const line of stdout.trim().split('\n')) {
      // A parent is listed before its children: numbers only grow in a machine this young.
      const [, pid = '', parent = '', args = ''] = /^ *(\d+) +(\d+) (.*)$/.exec(line) ?? [];
      if (SERVICES[service].looks.test(args) || found.has(parent)) found.add(pid);
    }
    return [...found];
  }

  /** All that the stand-in for OpenNebula knows. */
  async openNebula(): Promise<OpenNebula> {
    return JSON.parse((await this.shell('frontend01', ['cat', STATE_FILE])).stdout) as OpenNebula;
  }

  /** Replaces it, which works while oned is stopped. */
  async setOpenNebula(cloud: OpenNebula): Promise<void> {
    const { exitCode, stderr } = await this.shell('frontend01', ['bash', '-c', `cat > ${STATE_FILE}`], { input: JSON.stringify(cloud) });
    if (exitCode !== 0) throw new Error(`Could not write ${STATE_FILE} on frontend01: ${stderr.trim()}`);
  }

  /** Puts those backups that OpenNebula knows onto the backup server whose folders are not there. */
  async storeBackups(cloud: OpenNebula): Promise<void> {
    const { exitCode, stderr } = await this.beside('backup01', storing(cloud));
    if (exitCode !== 0) throw new Error(`Could not put backups onto backup01: ${stderr.trim()}`);
  }

  /** Waits until OpenNebula has looked at its backup datastores since it was started. Before that it may know no capacity, and takes no backup. */
  async capacityKnown(): Promise<void> {
    const sinceStart = "tac /var/log/one/oned.log | sed '/Starting RPC server/q'";
    for (let waited = 0; waited < 10_000; waited += 20) {
      const [{ datastores }, { stdout: log }] = await Promise.all([this.openNebula(), this.shell('frontend01', ['sh', '-c', sinceStart])]);
      const backups = datastores.filter(({ TYPE }) => TYPE === '3');
      const isKnown = (datastore: Tree) => datastore.TOTAL_MB !== '0' && log.includes(`(${text(datastore, 'ID')}) successfully monitored`);
      if (backups.every(isKnown)) return;
      await sleep(20);
    }
    throw new Error("The stand-in for OpenNebula did not learn the backup server's capacity within 10 s");
  }
}

function folderOf(name: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(name)) {
    throw new Error(`"${name}" cannot be the name of a lab: up to 31 lower-case letters, digits and dashes`);
  }
  return join(realpathSync(tmpdir()), `backup-compliance-lab-${process.getuid?.()}-${name}`);
}

/** Which network namespace a process is in, which tells our process from a later one with the same number. */
function networkOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}

/** @throws when a lab cannot have so many bridge hosts. */
export function requireBridges(bridges: number): void {
  if (!(Number.isInteger(bridges) && bridges >= 0 && bridges <= 9)) throw new Error(`A lab has 0 to 9 bridge hosts, not ${bridges}`);
}

type Init = ChildProcessByStdio<Writable, Readable, Readable>;

/** This process may end whenever it likes; process 1 of the lab sees its input end then. */
function release(init: Init): void {
  for (const handle of [init, init.stdin, init.stdout, init.stderr] as { unref?(): void }[]) handle.unref?.();
}

async function start({
  name = `p${process.pid}-${++labsOfThisProcess}`,
  hosts = 2,
  bridges = 0,
  reports,
  datastore = true,
  release: spoken = NEWEST,
  production = false,
  boot = false,
  canary = false,
}: LabOptions): Promise<{ lab: Lab; init: Init }> {
  const dir = folderOf(name);
  const machines = machinesOf(hosts, bridges);
  if (!(hosts >= 1 && hosts <= 1000)) throw new Error(`A lab has 1 to 1000 hypervisor hosts, not ${hosts}`);
  requireBridges(bridges);
  if (reports && !existsSync(reports)) throw new Error(`The folder for reports, ${reports}, does not exist. Create it first.`);
  await ensurePackages();
  for (const path of [fileURLToPath(root), process.execPath, dir, ...(reports ? [resolve(reports)] : [])]) refuseClosed(path);
  refuseTakenNetwork();
  refuseTooManyProcesses(machines.length);
  makeFolder(dir);

  const unshare = ['unshare', '--map-root-user', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const lock = ['--nonblock', '--conflict-exit-code', String(LOCKED), '--no-fork', dir];
  const init = spawn('flock', [...lock, ...unshare, 'bash', fileURLToPath(new URL('lab/machines/init.sh', root)), dir], {
    detached: true, // a signal to this process's group must not kill what cleans up after it
    stdio: 'pipe',
    env: { PATH },
  });
  const ended = new Promise<number | null>((resolve) => init.once('close', resolve));
  let complaints = '';
  init.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  init.stdin.on('error', () => {}); // it died; its end of output tells
  const answers = createInterface({ input: init.stdout })[Symbol.asyncIterator]();
  const deadline = setTimeout(() => init.stdin.end(), DEADLINE);

  const answer = async (expected: string): Promise<void> => {
    const { value } = await answers.next();
    if (value?.startsWith(expected)) return;
    const log = /^failed machine (.*)/.exec(value ?? '')?.[1];
    const said = log && readFileSync(join(view, 'machines', log, 'log'), 'utf8');
    init.stdin.end();
    if ((await ended) === LOCKED) throw new Error(`The lab ${name} is up already. Take it down: npm run -s lab -- down --name ${name}`);
    const reason = (said || complaints).trim();
    const hint = /unshare|uid_map|namespace|not permitted/i.test(reason) ? `\n${whyNoNamespaces()}` : '';
    throw new Error(`The lab ${name} could not start: ${value ?? 'its first process ended'}\n${reason}${hint}`);
  };

  let view = dir;
  try {
    await answer('ready');
    // The process that was spawned became unshare; its one child is the lab's process 1.
    const pid = Number(readFileSync(`/proc/${init.pid}/task/${init.pid}/children`, 'utf8'));
    view = `/proc/${pid}/root${dir}`; // the lab's tmpfs is mounted in the lab's own namespace only
    const cloud = build(
      { machines, dir, reports: reports && resolve(reports), datastore, release: spoken, production, boot, canary },
      view,
    );
    const disks = makeDisks(machines, cloud, view);
    init.stdin.write('start\n');
    for (const _ of machines) await answer('up ');
    init.stdin.write('connect\n');
    await answer('connected');
    const info = ({ name: machine }: Machine) => JSON.parse(readFileSync(join(view, 'machines', machine, 'info'), 'utf8'));
    const sandboxes = Object.fromEntries(machines.map((machine) => [machine.name, info(machine)['child-pid']]));
    const state: State = { pid, network: networkOf(pid) ?? '', machines, sandboxes };
    mkdirSync(join(dir, 'broken'));
    writeFileSync(join(dir, 'lab.json'), JSON.stringify(state));
    const lab = Lab.attach(name);
    await hideOpenNebula(lab);
    if (production) await lab.storeBackups(cloud);
    await disks;
    await lab.start('frontend01', 'oned');
    await lab.capacityKnown();
    return { lab, init };
  } catch (error) {
    init.stdin.end();
    await ended;
    throw error;
  } finally {
    clearTimeout(deadline);
  }
}

async function hideOpenNebula(lab: Lab): Promise<void> {
  const own = ownOpenNebula();
  const few = pLimit(8);
  if (own.length > 0) await Promise.all(lab.machines.map(({ name }) => few(() => hide(lab, name, own))));
}

/** Makes the VMs' disks, alike, while the machines come up. */
async function makeDisks(machines: Machine[], cloud: OpenNebula, view: string): Promise<void> {
  const disks = disksOf(machines, cloud);
  const make = async (small: boolean, { create, size, fill }: typeof DISK) => {
    const [first, ...others] = disks.filter((disk) => disk.small === small).map(({ path }) => join(view, path));
    if (first === undefined) return;
    for (const disk of [first, ...others]) mkdirSync(dirname(disk), { recursive: true });
    await execa('qemu-img', [...create, first, size], OPTIONS);
    await execa('qemu-io', ['-f', 'qcow2', '-c', fill, first], OPTIONS);
    await Promise.all(others.map((disk) => copyFile(first, disk)));
  };
  await Promise.all([make(false, DISK), make(true, SMALL)]);
}

const OPTIONS = { env: { PATH }, extendEnv: false } as const;

function makeFolder(dir: string): void {
  if (!existsSync(dir)) mkdirSync(dir, { mode: 0o700 });
  const { uid, mode } = lstatSync(dir);
  if (uid !== process.getuid?.() || (mode & 0o077) !== 0)
    throw new Error(`${dir} is not a private folder of yours. Remove it, or name the lab otherwise.`);
}

/** Root of a lab is root for its own files only: a folder that is closed to all but another account is closed to it. */
function refuseClosed(path: string): void {
  if (process.getuid?.() !== 0) return;
  for (let at = realpathSync(existsSync(path) ? path : dirname(path)); at !== dirname(at); at = dirname(at)) {
    const { uid, mode } = statSync(at);
    if (uid !== 0 && (mode & 0o001) === 0)
      throw new Error(
        `The lab cannot reach ${path} as root: ${at} is closed to all but account ${uid}. Run it as that account, or open it.`,
      );
  }
}

/** A client that misses the lab's namespace would talk to the real machines of that network. */
function refuseTakenNetwork(): void {
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    const taken = addresses?.find(({ address }) => /^198\.1[89]\./.test(address));
    if (taken) throw new Error(`The lab uses the network 198.18.0.0/15, but this machine's ${name} is in it (${taken.address})`);
  }
}

/** A lab that runs into the limit would try for ever. Root has no such limit. */
function refuseTooManyProcesses(machines: number): void {
  const limit = Number(/^Max processes +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);
  const needed = machines * PROCESSES_PER_MACHINE + 100;
  if (process.getuid?.() !== 0 && limit < needed) {
    throw new Error(
      `${machines} machines need about ${needed} processes, and you may have ${limit} (ulimit -u). Raise it, or take fewer --hosts.`,
    );
  }
}
