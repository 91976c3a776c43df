/**
 * A machine that systemd has booted, and that is the front-end of a lab: on its address, with oneadmin's home and OpenNebula's commands. Its files
 * are a folder of its own; it shares /usr with this machine.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { NODE_FOLDER, SERVICES, SUITE } from '../../lab/machines/cloud.ts';
import type { Lab, Result } from '../../lab/machines/lab.ts';

const NSPAWN = '/usr/bin/systemd-nspawn';
const ONEADMIN = 9869;
const SHARED = ['alternatives', 'ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'localtime', 'profile', 'services', 'ssl'];

/** OpenNebula's packages bring one, too. */
const AGENT = `[Unit]
Description=OpenNebula SSH agent
[Service]
Type=oneshot
RemainAfterExit=yes
User=oneadmin
RuntimeDirectory=one
ExecStart=/bin/sh -c '${SERVICES.agent.start}'
`;

export class Machine {
  private readonly nspawn: ChildProcess;
  private readonly pid: number;

  private constructor(nspawn: ChildProcess, pid: number) {
    this.nspawn = nspawn;
    this.pid = pid;
  }

  /** Why there can be none, or nothing. */
  static hindrance(): string | undefined {
    if (process.getuid?.() !== 0) return 'only root can boot a systemd of its own';
    return existsSync(NSPAWN) ? undefined : 'there is no systemd-nspawn (Debian: apt-get install systemd-container)';
  }

  /** Boots one beside a lab, whose front-end lends it its network. It sees the folder `work`, and has its own files there. */
  static async boot(lab: Lab, work: string): Promise<Machine> {
    const root = join(work, 'machine');
    await furnish(lab, root);
    const binds = [
      ...['/usr', ...SHARED.map((name) => `/etc/${name}`).filter((path) => existsSync(path)), `${root}-local:/usr/local`],
      ...[`${fileURLToPath(new URL('../..', import.meta.url))}:${SUITE}`, `${process.execPath}:${NODE_FOLDER}/node`],
    ].map((path) => `--bind-ro=${path}`);
    const network = `--network-namespace-path=${await networkOf(lab)}`;
    const nspawn = spawn(
      NSPAWN,
      [
        '--quiet',
        '--register=no',
        '--keep-unit',
        `--directory=${root}`,
        `--machine=frontend01-${process.pid}`,
        '--hostname=frontend01.example.net',
      ]
        .concat(['--link-journal=no', '--resolv-conf=off', '--timezone=off', '--console=pipe', network, ...binds, `--bind=${work}`])
        .concat('--boot'),
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let complaints = '';
    for (const stream of [nspawn.stdout, nspawn.stderr]) stream.on('data', (chunk) => (complaints += chunk));
    for (let waited = 0; waited < 30_000; waited += 200) {
      await sleep(200);
      if (nspawn.exitCode !== null) break;
      const pid = initOf(nspawn.pid ?? 0);
      if (pid === undefined) continue;
      const machine = new Machine(nspawn, pid);
      const { exitCode } = await machine.run('[ -e /run/systemd/private ] && systemctl start opennebula-ssh-agent');
      if (exitCode === 0) return machine;
    }
    nspawn.kill('SIGKILL');
    throw new Error(`systemd did not boot:\n${complaints}`);
  }

  /** Runs a script as root. */
  async run(script: string): Promise<Result> {
    const into = ['nsenter', '--target', String(this.pid), '--mount', '--uts', '--ipc', '--net', '--pid', '--root', '--wd'];
    const env = { HOME: '/root', USER: 'root', LANG: 'C.UTF-8', PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };
    const {
      exitCode = 1,
      stdout,
      stderr,
    } = await execa({ env, extendEnv: false, reject: false, stdin: 'ignore' })`${into} bash -c ${script}`;
    return { exitCode, stdout, stderr };
  }

  /** With it go all its processes. */
  async down(): Promise<void> {
    const ended = new Promise((resolve) => this.nspawn.once('exit', resolve));
    process.kill(this.pid, 'SIGKILL');
    await ended;
  }
}

/** Its files: those of the lab's front-end that are not programs, and root's, who is nobody there. */
async function furnish(lab: Lab, root: string): Promise<void> {
  for (const folder of [
    'usr',
    'etc/systemd/system',
    'var/lib',
    'var/log/one',
    'var/tmp',
    'root',
    'run',
    'tmp',
    'dev',
    'proc',
    'sys',
    'opt',
  ])
    mkdirSync(join(root, folder), { recursive: true });
  const { exitCode, stderr } = await lab.beside(
    'frontend01',
    `set -e; tar -c --exclude=./one/reports -C var/lib ./one | tar -x -C ${root}/var/lib; cp -a etc/hosts etc/nsswitch.conf etc/ssh ${root}/etc/; cp -a usr/local ${root}-local
     for link in bin sbin lib lib32 lib64; do [ ! -L $link ] || cp -a $link ${root}/; done`,
  );
  if (exitCode !== 0) throw new Error(stderr);
  await execa`chown -R ${ONEADMIN}:${ONEADMIN} ${root}/var/lib/one ${root}/var/log/one`;
  copyFileSync('/usr/lib/os-release', join(root, 'etc/os-release'));
  // One that has an id is not at its first boot, when all services there are would be enabled.
  writeFileSync(join(root, 'etc/machine-id'), `${randomUUID().replaceAll('-', '')}\n`);
  for (const file of ['passwd', 'group']) {
    const others = readFileSync(`/etc/${file}`, 'utf8').replaceAll(/^oneadmin:.*\n/gm, '');
    const own = file === 'passwd' ? `${ONEADMIN}:OpenNebula:/var/lib/one:/bin/bash` : '';
    writeFileSync(join(root, 'etc', file), `${others}oneadmin:x:${ONEADMIN}:${own}\n`);
  }
  writeFileSync(join(root, 'etc/systemd/system/opennebula-ssh-agent.service'), AGENT);
}

/** Where this machine's root finds the front-end's network: at any process that is in it. */
async function networkOf(lab: Lab): Promise<string> {
  const { stdout } = await lab.shell('frontend01', ['readlink', '/proc/self/ns/net']);
  const paths = readdirSync('/proc').flatMap((pid) => (/^\d+$/.test(pid) ? [`/proc/${pid}/ns/net`] : []));
  const isOurs = (path: string) => {
    try {
      return readlinkSync(path) === stdout.trim();
    } catch {
      return false; // ended meanwhile
    }
  };
  const found = paths.find(isOurs);
  if (!found) throw new Error(`no process is in the network ${stdout} of the front-end`);
  return found;
}

/** The process 1 of what a systemd-nspawn runs. */
function initOf(nspawn: number): number | undefined {
  const children = readFileSync(`/proc/${nspawn}/task/${nspawn}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  return children.find((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'systemd');
}
