/** Whole audits, with verdict, evidence and report, beside tools that only run the bare commands on the same hypervisor hosts, in turn, from the same front-end. */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { Lab } from '../lab/machines/lab.ts';
import { type Figures, rounded } from './figures.ts';
import { median } from './median.ts';
import { readPeak, TELL_PEAK } from './peak.ts';
import { SUITE, TOOLS, type Tool } from './tools.ts';

const SIZES = [10, 50, 100, 200];
/** How many hypervisor hosts the memory of an audit is measured with besides. */
const MANY = 500;
const CHROMIUM = '/usr/bin/chromium';

export const say = (text: string) => process.stderr.write(`${text}\n`);

const isInstalled = ({ needs }: Tool) => needs === undefined || existsSync(`/usr/bin/${needs[0]}`);
const named = (...names: readonly string[]) => TOOLS.filter((tool) => names.includes(tool.name) && isInstalled(tool));

/** What the tools that are installed say of themselves. */
export async function versions(): Promise<string> {
  const ask = async (file: string, ...args: string[]) => {
    const { all } = await execa(file, args, { reject: false, all: true });
    return all.split('\n')[0]?.trim();
  };
  const asked = [
    ask('ssh', '-V'),
    ...TOOLS.filter(isInstalled).flatMap(({ needs }) => (needs ? [ask(needs[0], needs[0] === 'pdsh' ? '-V' : '--version')] : [])),
  ];
  return [...new Set(await Promise.all(asked))].join(', ');
}

/** All tools in labs of several sizes, and audits alone in a large one. */
export async function besideAll(runs: number): Promise<Figures[]> {
  const tools = TOOLS.filter((tool) => isInstalled(tool) && !tool.isForSlow);
  for (const { name, needs = [] } of TOOLS.filter((tool) => !isInstalled(tool)))
    say(`left out: ${name}. It is in the Debian packages ${needs[1]}`);
  const figures: Figures[] = [];
  for (const hosts of SIZES) figures.push(...(await measure(hosts, tools, runs)));
  const many = await measure(MANY, named('audit'), 1).catch((error: Error) => {
    say(`left out: ${MANY} hypervisor hosts. ${error.message}`);
    return [];
  });
  return [...figures, ...many];
}

/** Audits beside pdsh alone, with N/4, N/2 and N hypervisor hosts. */
export async function besidePdsh(most: number, runs: number): Promise<Figures[]> {
  const figures: Figures[] = [];
  const sizes = [...new Set([most / 4, most / 2, most].map((hosts) => Math.max(1, Math.round(hosts))))];
  for (const hosts of sizes) figures.push(...(await measure(hosts, named('audit', 'pdsh -f 8'), runs)));
  return figures;
}

/** Both where hosts take a second to let anybody in; each asks up to 32 at a time. */
export const onSlowHosts = (hosts: number, runs: number): Promise<Figures[]> => measure(hosts, named('audit', 'pdsh -f 32'), runs, beSlow);

/** Each hypervisor takes a second to let anybody in, as where PAM, LDAP or reverse DNS do; the backup server loses no login of a tool that comes with many. */
async function beSlow(lab: Lab): Promise<void> {
  const hypervisors = lab.machines.filter(({ name }) => name.startsWith('kvm'));
  await Promise.all(hypervisors.map(({ name }) => lab.shell(name, ['sh', '-c', "echo 'sleep 1' > /etc/ssh/sshrc"])));
  await lab.shell('backup01', ['sed', '-i', '1i MaxStartups 200:30:400', '/etc/ssh/sshd_config']);
  await lab.restart('backup01', 'sshd');
}

/** Servers offer what OpenSSH offers by itself. Those of a lab leave out its first choice, sntrup761, which takes most of a login's processor time. */
async function offerAll(lab: Lab): Promise<void> {
  const offer = async (name: string) => {
    await lab.shell(name, ['sed', '-i', '/^KexAlgorithms /d', '/etc/ssh/sshd_config']);
    await lab.restart(name, 'sshd');
  };
  await Promise.all(lab.machines.map(({ name }) => offer(name)));
}

/** All tools in turn, so many times, in a lab of this size. */
async function measure(hosts: number, tools: readonly Tool[], times: number, prepare?: (lab: Lab) => Promise<void>): Promise<Figures[]> {
  const reports = mkdtempSync(join(tmpdir(), 'backup-compliance-bench-'));
  const lab = await Lab.up({ name: `bench-${process.pid}`, hosts, reports });
  // Machines that have just come up are busy with themselves for a while.
  await sleep(hosts * 40);
  try {
    await offerAll(lab);
    await prepare?.(lab);
    const names = lab.machines.filter(({ name }) => name.startsWith('kvm')).map(({ fqdn }) => `${fqdn}\n`);
    await lab.shell('frontend01', ['sh', '-c', 'cat > hosts'], { input: names.join('') });
    // Node.js keeps what it compiled: every run but the first on a machine finds it.
    await lab.shell('frontend01', [SUITE, 'audit', '--site', 'site.yaml', '--only', 'BDS-101']);
    const taken = new Map(tools.map((tool) => [tool, [] as Awaited<ReturnType<typeof run>>[]]));
    for (let round = 0; round < times; round += 1) for (const tool of tools) taken.get(tool)?.push(await run(lab, tool, hosts));
    const found: Figures[] = [];
    for (const [tool, all] of taken) {
      const middle = (key: 'seconds' | 'cpuSeconds' | 'memoryMiB' | 'logins') => rounded(median(all.map((each) => each[key])));
      const report = tool.name === 'audit' && { report: await opened(join(reports, 'latest', 'index.html')) };
      const figure = {
        ...{ tool: tool.name, hosts, seconds: middle('seconds'), cpuSeconds: middle('cpuSeconds') },
        ...{ memoryMiB: middle('memoryMiB'), logins: middle('logins'), ...report },
      };
      say(JSON.stringify(figure));
      found.push(figure);
    }
    return found;
  } finally {
    await lab.down();
    rmSync(reports, { recursive: true });
  }
}

/** Runs a tool once on the front-end, with its agent, and takes the times that bash takes. */
async function run(lab: Lab, { name, script, answered }: Tool, hosts: number) {
  const before = await loginsOf(lab);
  const timed = `export SSH_AUTH_SOCK=/var/run/one/ssh-agent.sock; ${TELL_PEAK}; TIMEFORMAT='took %R %U %S'; time { ${script}\n}`;
  const { stdout, stderr } = await lab.shell('frontend01', ['bash', '-c', timed]);
  const told = answered(stdout, hosts);
  if (told !== hosts) throw new Error(`${name}: ${told} of ${hosts} hypervisors answered:\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`);
  const [seconds = Number.NaN, user = 0, system = 0] = (/^took (.*)$/m.exec(stderr)?.[1] ?? '').split(' ').map(Number);
  // A connection that a tool leaves open for later would be a start for the next run.
  await lab.shell('frontend01', ['pkill', '-f', 'ssh: .*\\[mux\\]']);
  return { seconds, cpuSeconds: user + system, memoryMiB: await readPeak(lab), logins: (await loginsOf(lab)) - before };
}

/** How often the SSH servers of all machines have let somebody in. */
async function loginsOf(lab: Lab): Promise<number> {
  const counts = await Promise.all(
    lab.machines.map(async ({ name }) => Number((await lab.shell(name, ['grep', '-c', 'Accepted publickey', '/var/log/sshd.log'])).stdout)),
  );
  return counts.reduce((sum, each) => sum + each, 0);
}

/** The size of a report, and how long Chromium takes, its own start included, until the report's first page stands. */
async function opened(file: string): Promise<NonNullable<Figures['report']>> {
  const sizeMiB = rounded(statSync(file).size / 2 ** 20);
  if (!existsSync(CHROMIUM)) return { sizeMiB };
  const profile = mkdtempSync(join(tmpdir(), 'backup-compliance-chromium-'));
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const start = performance.now();
  const { stdout } = await execa(
    CHROMIUM,
    ['--headless', '--disable-gpu', '--no-first-run', ...asRoot, `--user-data-dir=${profile}`, '--dump-dom', `file://${file}`],
    { maxBuffer: 2 ** 28 },
  );
  const seconds = rounded((performance.now() - start) / 1000);
  rmSync(profile, { recursive: true });
  if (!/BDS-101/.test(stdout)) throw new Error('Chromium was expected to show the report, and showed no requirement of it');
  return { sizeMiB, seconds };
}
