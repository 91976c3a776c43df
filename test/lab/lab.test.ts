/** The lab keeps its promises: real machines, apart from each other and from this one, and gone without a trace. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { breakFault } from '../../lab/faults/index.ts';
import { ownOpenNebula } from '../../lab/machines/hidden.ts';
import { Lab } from '../../lab/machines/lab.ts';

const MAIN = join(import.meta.dirname, '../../lab/main.ts');
const AWKWARD = ['two words', '', `it's "quoted"`, '$HOME', '*', 'a\nb', '--', 'ü'];
const SAY = 'for one in "$@"; do printf "[%s]" "$one"; done';

const folderOf = (name: string) => join(tmpdir(), `backup-compliance-lab-${process.getuid?.()}-${name}`);
const env = { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(tmpdir(), 'one-compile-cache') };

async function cli(args: string[], input = ''): Promise<{ status: number | undefined; stdout: string; stderr: string }> {
  const options = { input, env, reject: false, stripFinalNewline: false } as const;
  const { exitCode: status, stdout, stderr } = await execa(process.execPath, [MAIN, ...args], options);
  return { status, stdout, stderr };
}

/** The processes of a lab, as this machine counts them: all that came from the one that holds its namespaces. */
function processesOf(dir: string): string[] {
  const { pid } = JSON.parse(readFileSync(join(dir, 'lab.json'), 'utf8')) as { pid: number };
  const children = new Map<string, string[]>();
  for (const process of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const parent = attempt(() => /^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${process}/status`, 'utf8'))?.[1]);
    if (parent) children.set(parent, [...(children.get(parent) ?? []), process]);
  }
  const below = (process: string): string[] => [process, ...(children.get(process) ?? []).flatMap(below)];
  return below(String(pid));
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** A process is gone when it has no namespace any more, though its parent may not have asked for its exit code yet. */
const alive = (process: string) => attempt(() => readlinkSync(`/proc/${process}/ns/net`)) !== undefined;

async function goneWithin(seconds: number, dir: string, processes: string[]): Promise<void> {
  for (let waited = 0; waited < seconds * 1000; waited += 20) {
    if (!existsSync(dir) && !processes.some(alive)) return;
    await sleep(20);
  }
  assert.deepEqual({ folder: existsSync(dir), processes: processes.filter(alive) }, { folder: false, processes: [] });
}

describe('a lab', () => {
  let lab: Lab;
  const reports = mkdtempSync(join(tmpdir(), 'lab-reports-'));
  before(async () => {
    lab = await Lab.up({ reports });
  });
  after(async () => {
    await lab.down();
    rmSync(reports, { recursive: true });
  });

  it('has a front-end, hypervisor hosts and a backup server, each with its own name, address and account', async () => {
    assert.deepEqual(
      lab.machines.map(({ fqdn }) => fqdn),
      ['frontend01.example.net', 'kvm01.example.net', 'kvm02.example.net', 'backup01.example.net'],
    );
    for (const { name, fqdn, address } of lab.machines) {
      const { stdout } = await lab.shell(name, ['sh', '-c', 'hostname; hostname -I; id -un; echo $HOME; pwd']);
      assert.deepEqual(stdout.trim().split(/\s+/), [fqdn, address, 'oneadmin', '/var/lib/one', '/var/lib/one']);
    }
  });

  it('shows a server the true address of whoever logs in', async () => {
    const peers = 'echo $SSH_CONNECTION';
    const address = (name: string) => lab.machine(name).address;
    const direct = await lab.shell('frontend01', ['ssh', 'oneadmin@backup01.example.net', peers]);
    assert.match(direct.stdout, new RegExp(`^${address('frontend01')} \\d+ ${address('backup01')} 22$`, 'm'));
    const agent = 'SSH_AUTH_SOCK=/var/run/one/ssh-agent.sock';
    const hop = await lab.shell('frontend01', ['env', agent, 'ssh', '-A', 'kvm02', `ssh backup01 '${peers}'`]);
    assert.match(hop.stdout, new RegExp(`^${address('kvm02')} \\d+ ${address('backup01')} 22$`, 'm'));
    const outside = await lab.run(['ssh', 'oneadmin@frontend01.example.net', peers]);
    assert.match(outside.stdout, new RegExp(`^198\\.18\\.0\\.1 \\d+ ${address('frontend01')} 22$`, 'm'));
  });

  it('lets hypervisor hosts log in to the backup server with the lent key only', async () => {
    const { exitCode, stderr } = await lab.shell('kvm01', ['ssh', '-o', 'BatchMode=yes', 'oneadmin@backup01.example.net', 'true']);
    assert.equal(exitCode, 255);
    assert.match(stderr, /Permission denied \(publickey\)/);
  });

  it('lets nobody in from outside but on the front-end', async () => {
    const { exitCode, stderr } = await lab.run(['ssh', '-o', 'BatchMode=yes', 'oneadmin@backup01.example.net', 'true']);
    assert.equal(exitCode, 255);
    assert.match(stderr, /Permission denied \(publickey\)/);
  });

  it('answers with the stand-in for OpenNebula, which has looked at the backup server', async () => {
    const { stdout } = await lab.shell('frontend01', ['onedatastore', 'list']);
    assert.match(stdout, /^ 100 rsync Back +768M .* bck {2}rsync {3}- {7}on$/m);
  });

  it('hands over arguments, input, output and exit code as they are', async () => {
    for (const shell of [lab.shell.bind(lab, 'kvm01'), lab.run.bind(lab)]) {
      const result = await shell(['sh', '-c', `cat; ${SAY}; echo oops >&2; exit 7`, 'sh', ...AWKWARD], { input: 'typed\n' });
      assert.deepEqual(result, { exitCode: 7, stdout: `typed\n${AWKWARD.map((one) => `[${one}]`).join('')}`, stderr: 'oops\n' });
    }
    assert.equal((await lab.shell('kvm01', ['sh', '-c', 'kill -9 $$'])).exitCode, 137);
    assert.equal((await lab.shell('kvm01', ['no-such-program'])).exitCode, 127);
  });

  it('keeps the caller’s folder, files and account outside', async () => {
    const { stdout } = await lab.run(['sh', '-c', 'pwd; id -u; cat "$1"; echo $BACKUP_COMPLIANCE_SITE', 'sh', import.meta.filename]);
    assert.equal(
      stdout,
      [process.cwd(), process.getuid?.(), `${readFileSync(import.meta.filename, 'utf8')}${lab.dir}/operator/site.yaml\n`].join('\n'),
    );
  });

  it('hides this machine’s homes, and shares the reports and the checkout', async () => {
    const hidden = await lab.shell('frontend01', ['sh', '-c', 'ls -d /root /home /etc/shadow /etc/machine-id 2> /dev/null']);
    assert.equal(hidden.stdout, '');
    await lab.shell('frontend01', ['cp', '/opt/suite/package.json', 'reports/copy']);
    assert.match(readFileSync(join(reports, 'copy'), 'utf8'), /opennebula-backup-compliance/);
    const { stderr } = await lab.shell('frontend01', ['touch', '/opt/suite/x', '/usr/x']);
    assert.equal(stderr.match(/Read-only file system/g)?.length, 2);
  });

  it('hides nothing of this machine from itself, and has something on its backup server that is not oneadmin’s', async () => {
    const [init = ''] = processesOf(lab.dir);
    const places = (of: string) =>
      readFileSync(`/proc/${of}/mounts`, 'utf8')
        .split('\n')
        .map((line) => line.split(' ')[1]);
    const own = new Set(places('self'));
    assert.deepEqual(
      places(init).filter((place) => !own.has(place) && !place?.startsWith(`${lab.dir}/machines`)),
      [],
    );
    assert.equal((await lab.shell('backup01', ['stat', '-c', '%U', '/srv'])).stdout, 'root\n');
  });

  it('has its backup storage on a volume of its own', async () => {
    const { stdout } = await lab.shell('backup01', ['stat', '-c', '%d', '/', '/var/lib/one', '/var/lib/one/datastores']);
    const [root, home, storage] = stdout.trim().split('\n');
    assert.equal(home, root);
    assert.notEqual(storage, root);
  });

  it('stands beside another lab without touching it, which leaves no trace when it is told to go', async () => {
    const other = await Lab.up({ hosts: 1 });
    const processes = processesOf(other.dir);
    assert.ok(processes.length > other.machines.length * 3);
    await breakFault(other, 'sshd-down');
    const login = (one: Lab) => one.shell('frontend01', ['ssh', '-o', 'BatchMode=yes', 'backup01', 'hostname']);
    assert.equal((await login(other)).exitCode, 255);
    assert.equal((await login(lab)).exitCode, 0);
    await other.down();
    await goneWithin(0.1, other.dir, processes);
    assert.equal((await login(lab)).exitCode, 0);
  });

  it('says what is wrong with a name', () => {
    assert.throws(() => lab.machine('kvm3'), /No machine "kvm3" in lab .* frontend01, kvm01, kvm02, backup01/);
    assert.equal(lab.machine('kvm02.example.net').name, 'kvm02');
  });
});

describe('a lab on a machine that', { concurrency: 2 }, () => {
  const path = JSON.stringify(join(import.meta.dirname, '../../lab/machines/lab.ts'));
  /** Runs a script that has a `lab`, in a process for which this machine is changed first; what it printed. */
  const inLab = async (change: string, script: string, more: Record<string, string> = {}) => {
    const whole = `import { Lab } from ${path};
      const lab = await Lab.up({ hosts: 1 });
      const said = async (machine, script) => { const { stdout, stderr } = await lab.shell(machine, ['sh', '-c', script]); console.log(stdout + stderr); };
      try { ${script} } finally { await lab.down(); }`;
    const argv = [process.execPath, '--input-type=module-typescript', '--eval', whole];
    const changed = ['--map-root-user', '--mount', 'sh', '-euc', `${change}\nexec "$@"`, 'sh', ...argv];
    const { stdout, stderr, exitCode } = await execa('unshare', changed, { env: { ...env, ...more }, reject: false });
    assert.deepEqual({ exitCode, stderr }, { exitCode: 0, stderr: '' });
    return stdout.split('\n').filter(Boolean);
  };

  it('has an OpenNebula of its own sees nothing of it', async (t) => {
    const enter = 'mount -t tmpfs own /mnt; mkdir -p /mnt/bin /mnt/lib/one/sh/override /mnt/share/one';
    const install = `${enter}
      for name in bin/onehost bin/oneself bin/mm_sched lib/one/sh/override/ssh share/one/x; do
        printf '#!/bin/sh\\necho the own one\\n' > /mnt/$name; chmod 755 /mnt/$name; done
      mount -t overlay own -o lowerdir=/mnt:/usr /usr; umount -l /mnt; test "$(oneself)" = 'the own one'`;
    // Where / is made of layers itself, as in a container, none can be put on top of two.
    const twice = `${enter}; for _ in 1 2; do mount -t overlay own -o userxattr,lowerdir=/mnt/bin:/usr/bin /usr/bin; done`;
    const { exitCode } = await execa('unshare', ['--map-root-user', '--mount', 'sh', '-euc', twice], { reject: false });
    const has = ownOpenNebula().length > 0;
    if (exitCode !== 0 && !has) return t.skip('no OpenNebula can be pretended here');
    const installed = has ? ':' : install;
    const look =
      'for f in /usr/bin/one* /usr/lib/one/* /usr/share/one/*; do ! test -e $f || echo $f; done; oneself; onehost list -x | sed -n 1p';
    const seen = await inLab(
      installed,
      `await said('frontend01', ${JSON.stringify(look)});
      await said('frontend01', 'rm /usr/local/bin/onehost; onehost list');
      await said('kvm01', 'onehost list');
      console.log((await lab.run(['sh', '-c', 'oneself'])).stderr);`,
    );
    assert.deepEqual(
      seen.map((line) => line.replace(/^sh: \d+: /, '')),
      ['<HOST_POOL>', ...'oneself onehost onehost oneself'.split(' ').map((name) => `${name}: not found`)],
    );
  });

  it('has it below a folder with an odd name works', async () => {
    const folder = mkdtempSync(join(tmpdir(), "ein Ordner, 100 % für ö's "));
    const seen = await inLab(
      ':',
      `await said('frontend01', 'ssh -o BatchMode=yes backup01 hostname');
      console.log((await lab.run(['ssh', 'oneadmin@frontend01.example.net', 'hostname'])).stdout);`,
      { TMPDIR: folder },
    );
    rmSync(folder, { recursive: true });
    assert.deepEqual(seen, ['backup01.example.net', 'frontend01.example.net']);
  });
});

it('a lab of root’s says which folder is closed to it', { skip: process.getuid?.() !== 0 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lab-closed-'));
  chownSync(folder, 1, 1);
  const { stderr } = await execa(process.execPath, [MAIN, 'up', '--name', 'closed'], { env: { ...env, TMPDIR: folder }, reject: false });
  rmSync(folder, { recursive: true });
  assert.equal(
    stderr,
    `lab: The lab cannot reach ${folder}/backup-compliance-lab-0-closed as root: ${folder} is closed to all but account 1. Run it as that account, or open it.`,
  );
});

describe('a lab goes without a trace', { concurrency: 3 }, () => {
  const script = `import { Lab } from ${JSON.stringify(join(import.meta.dirname, '../../lab/machines/lab.ts'))};
    const lab = await Lab.up();
    console.log(lab.dir);
    if (process.argv[1] === 'stay') setInterval(() => {}, 1000);`;
  // They come up side by side, each in a process group of its own.
  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', undefined] as const) {
    const what = signal ? `with all of its group gets ${signal}` : 'ends without a word';
    it(`when its process ${what}`, async () => {
      const args = ['--input-type=module-typescript', '--eval', script, signal ? 'stay' : 'go'];
      const child = spawn(process.execPath, args, {
        stdio: ['ignore', 'pipe', 'inherit'],
        detached: true,
        env: { ...process.env, ...env },
      });
      const [line] = await once(child.stdout, 'data');
      const dir = String(line).trim();
      if (signal) {
        const processes = processesOf(dir);
        process.kill(-Number(child.pid), signal);
        await goneWithin(5, dir, processes);
      } else {
        if (child.exitCode === null) await once(child, 'close');
        await goneWithin(5, dir, []);
      }
    });
  }

  it('when it is interrupted while it comes up', async () => {
    const name = `interrupted-${process.pid}`;
    const child = spawn(process.execPath, [MAIN, 'up', '--hosts', '60', '--name', name], { stdio: 'ignore' });
    const folder = folderOf(name);
    while (!existsSync(join(folder, 'bridge'))) await sleep(5); // it is starting its machines now
    child.kill('SIGINT');
    await goneWithin(5, folder, []);
  });

  it('even what was left by one whose first process was killed, as soon as anybody asks for it', async () => {
    const name = `killed-${process.pid}`;
    assert.equal((await cli(['up', '--hosts', '1', '--name', name])).status, 0);
    const { dir } = Lab.attach(name);
    const processes = processesOf(dir);
    process.kill(Number(processes[0]), 'SIGKILL');
    await sleep(300);
    assert.ok(existsSync(dir));
    assert.match((await cli(['status', '--name', name])).stderr, /^lab: No lab named/);
    await goneWithin(0.1, dir, processes);
  });
});

describe('the lab on the command line', () => {
  const name = `cli-${process.pid}`;
  const lab = (command: string, ...args: string[]) => cli([command, '--name', name, ...args]);
  after(() => lab('down'));

  it('comes up and stays, says what there is and what to type next', async () => {
    const { status, stdout, stderr } = await lab('up', '--hosts', '1');
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    assert.match(stdout, /frontend01, kvm01, backup01/);
    assert.match(stdout, new RegExp(`npm run -s lab -- shell frontend01 --name ${name}`));
    assert.match((await lab('status')).stdout, /is up: frontend01, kvm01, backup01\nBroken: nothing/);
  });

  it('is not brought up twice', async () => {
    const { status, stderr } = await lab('up');
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`^lab: The lab ${name} is up already. Take it down: npm run -s lab -- down --name ${name}\n$`));
  });

  it('passes arguments, input, output and exit code through', async () => {
    const command = ['--', 'sh', '-c', `cat; ${SAY}; echo oops >&2; exit 7`, 'sh', ...AWKWARD];
    for (const args of [
      ['shell', '--name', name, 'backup01.example.net', ...command],
      ['run', '--name', name, ...command],
    ]) {
      const { status, stdout, stderr } = await cli(args, 'typed\n');
      assert.deepEqual(
        { status, stdout, stderr },
        { status: 7, stdout: `typed\n${AWKWARD.map((one) => `[${one}]`).join('')}`, stderr: 'oops\n' },
      );
    }
  });

  it('breaks and repairs by name', async () => {
    assert.equal((await lab('break', 'agent-empty')).status, 0);
    assert.match((await lab('break', 'agent-empty')).stderr, /^lab: agent-empty is broken already/);
    assert.match((await lab('status')).stdout, /Broken: agent-empty/);
    assert.equal((await lab('repair', 'agent-empty')).status, 0);
    assert.match((await lab('repair', 'agent-empty')).stderr, /^lab: agent-empty is not broken/);
    assert.match((await lab('break', 'weather')).stderr, /^lab: unknown fault 'weather'/);
    assert.match((await lab('faults')).stdout, /^sshd-down +the SSH server of backup01 is stopped$/m);
  });

  it('explains itself in one line when it cannot do what it is asked', async () => {
    const taken = `taken-${process.pid}`;
    writeFileSync(folderOf(taken), '');
    const complaints: [args: string[], expected: RegExp, of?: string][] = [
      [['shell', 'kvm09'], /^lab: No machine "kvm09" in lab .*It has frontend01, kvm01, backup01\.$/m],
      [['shell'], /^lab: shell on which machine\?/],
      [['run'], /^lab: run what\?/],
      [['shell', 'kvm01', 'ls'], /^lab: "ls" is too much\. A command to run comes after --$/m],
      [['up', '--hosts', '1001'], /^lab: A lab has 1 to 1000 hypervisor hosts, not 1001$/m],
      [['fly'], /^lab: unknown command 'fly'/],
      [['up', '--release', '5.12'], /^lab: no release '5\.12' of OpenNebula, but: 7\.4\.0, 6\.10\.5$/m],
      [['status'], /^lab: No lab named "nobody" is up/, 'nobody'],
      [['up'], /^lab: .* is not a private folder of yours/, taken],
    ];
    const told = async ([args, expected, of = name]: (typeof complaints)[number]) => {
      const { status, stderr } = await cli([...args, '--name', of]);
      assert.equal(status, 1);
      assert.match(stderr, expected);
    };
    await Promise.all(complaints.map(told));
    rmSync(folderOf(taken));
  });
});

it('an older OpenNebula names itself, and has the drivers of its release', async () => {
  const lab = await Lab.up({ hosts: 1, release: '6.10.5' });
  try {
    const on = async (machine: string, script: string) => (await lab.shell(machine, ['bash', '-c', script])).stdout;
    assert.match(await on('frontend01', 'onehost list -x'), /<VERSION><!\[CDATA\[6\.10\.5\]\]>/);
    for (const machine of ['frontend01:/var/lib/one/remotes', 'kvm01:/var/tmp/one']) {
      const [name = '', folder = ''] = machine.split(':');
      assert.equal(await on(name, `cat ${folder}/VERSION; ls ${folder}/tm | tr '\\n' ' '`), '6.10.5lib qcow2 shared ssh tm_common.sh ');
    }
    assert.match(await on('frontend01', 'onedatastore list'), / default .* fs +ssh +on$/m);
  } finally {
    await lab.down();
  }
});
