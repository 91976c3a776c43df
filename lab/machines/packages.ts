/** What a lab needs of the machine it runs on: programs, and the kernel's leave to use namespaces. */
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { execa } from 'execa';
import { quote } from '../../support/machines/quote.ts';

/** sshd, ip and nft live in sbin, which an ordinary user's PATH often lacks. */
export const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const PACKAGE_OF: Record<string, string> = {
  bwrap: 'bubblewrap',
  sshd: 'openssh-server',
  ssh: 'openssh-client',
  rsync: 'rsync',
  'qemu-img': 'qemu-utils',
  nbdinfo: 'libnbd-bin',
  jq: 'jq',
  curl: 'curl',
  ps: 'procps',
  ip: 'iproute2',
  nft: 'nftables',
  setfacl: 'acl',
  unshare: 'util-linux',
};

const POLICY = '/usr/sbin/policy-rc.d';

/** Installs what is missing (root on Debian or Ubuntu), or says in one line how to. `more` are packages of a program each, of the same name. */
export async function ensurePackages(more: readonly string[] = []): Promise<void> {
  const needed = [...Object.entries(PACKAGE_OF), ...more.map((name) => [name, name] as const)];
  const missing = needed.filter(([program]) => !installed(program));
  if (missing.length === 0) return;
  const packages = missing.map(([, name]) => name);
  if (!installed('apt-get')) {
    const programs = missing.map(([program]) => program).join(', ');
    throw new Error(`The lab needs ${programs}. Only on Debian and Ubuntu can it install them itself (there: ${packages.join(', ')}).`);
  }
  if (process.getuid?.() !== 0) {
    // Rather than apt-get itself, which would start an SSH server for all the world.
    throw new Error(
      `The lab needs ${packages.join(', ')}. Install them once, no service is started: sudo ${quote([process.execPath, import.meta.filename, ...more])}`,
    );
  }
  console.error(`Installing what the lab needs, without starting any service: ${packages.join(' ')}`);
  await withoutStartingServices(async () => {
    if ((await aptGet('install', ...packages)).failed) {
      await aptGet('update');
      const second = await aptGet('install', ...packages);
      if (second.failed) throw new Error(`apt-get could not install ${packages.join(' ')}:\n${second.stderr || second.stdout}`);
    }
  });
  // Installing it also enables the SSH server for the next boot, which nobody asked for.
  if (packages.includes('openssh-server') && installed('systemctl')) {
    await execa('systemctl', ['disable', 'ssh.service', 'ssh.socket'], { reject: false });
  }
}

function aptGet(command: string, ...packages: string[]) {
  const env = { DEBIAN_FRONTEND: 'noninteractive', PATH };
  return execa('apt-get', [command, '-y', '-q', '--no-install-recommends', ...packages], { env, reject: false, stdin: 'ignore' });
}

/** Debian asks policy-rc.d before a package may start its service; 101 means no. */
async function withoutStartingServices(install: () => Promise<void>): Promise<void> {
  const before = existsSync(POLICY) ? readFileSync(POLICY) : undefined;
  writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await install();
  } finally {
    if (before) writeFileSync(POLICY, before);
    else rmSync(POLICY);
  }
}

function installed(program: string): boolean {
  return PATH.split(':').some((folder) => {
    try {
      accessSync(`${folder}/${program}`, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The settings that keep an ordinary user, or a container, from making namespaces; for the message when a lab cannot start. */
export function whyNoNamespaces(): string {
  const hints = [];
  if (sysctl('user/max_user_namespaces') === '0') hints.push('sudo sysctl -w user.max_user_namespaces=15000');
  if (sysctl('kernel/unprivileged_userns_clone') === '0') hints.push('sudo sysctl -w kernel.unprivileged_userns_clone=1');
  if (sysctl('kernel/apparmor_restrict_unprivileged_userns') === '1') {
    hints.push('sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu 23.10 and later)');
  }
  if (existsSync('/.dockerenv') || existsSync('/run/.containerenv') || hints.length === 0) {
    hints.push(
      'in a container, start it with --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined',
    );
  }
  return `The lab's machines are Linux namespaces, and this machine does not allow them. What allows them: ${hints.join('; or ')}`;
}

function sysctl(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name}`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

if (process.argv[1] === import.meta.filename) {
  try {
    await ensurePackages(process.argv.slice(2));
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
