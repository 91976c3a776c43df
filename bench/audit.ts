/**
 * `npm run bench [-- --runs N]`: the whole audit, with verdict, evidence and report, beside tools that only run the bare commands on the same
 * hypervisors, from the same front-end, in turn; writes docs/bench.md. `-- --hosts N [--json]`: beside pdsh alone, with N/4, N/2 and N hypervisors;
 * --json prints one JSON object as the last line: medians, in seconds and MiB.
 */
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { Lab } from '../lab/machines/lab.ts';
import { median } from './median.ts';
import { TOOLS, type Tool } from './tools.ts';

const SIZES = [10, 50, 100, 200];
/** How many hypervisors the memory of an audit is measured with besides. */
const MANY = 500;
const CHROMIUM = '/usr/bin/chromium';

/** What Node held at most is told by itself, at its end. */
const PEAK_FILE = '/var/lib/one/peak';
const TELL_PEAK = `export NODE_OPTIONS='--import data:text/javascript,import{writeFileSync}from%22node:fs%22;process.on(%22exit%22,()=>writeFileSync(%22${PEAK_FILE}%22,String(process.resourceUsage().maxRSS)))'`;

interface Figures {
  readonly tool: string;
  readonly hosts: number;
  /** Wall clock, median. */
  readonly seconds: number;
  /** Of the front-end's processors: the tool and all that it started there, median. */
  readonly cpuSeconds: number;
  /** What the tool's own processes held at most, without those of ssh; of the audit only, median. */
  readonly memoryMiB: number;
  /** Logins that the SSH servers of all machines took in one run. */
  readonly logins: number;
  /** MiB of the audit's report, and how long Chromium takes to start, open it and show it. */
  readonly report?: { readonly sizeMiB: number; readonly seconds: number | undefined };
}

const options = { hosts: { type: 'string' }, runs: { type: 'string', default: '3' }, json: { type: 'boolean', default: false } } as const;
const { values } = parseArgs({ options });
const runs = Number(values.runs);
const say = (text: string) => process.stderr.write(`${text}\n`);

const installed = TOOLS.filter(({ needs }) => needs === undefined || existsSync(`/usr/bin/${needs[0]}`));
const missing = TOOLS.filter((tool) => !installed.includes(tool));
const present = installed.filter(({ isForSlow }) => !isForSlow);
for (const { name, needs = [] } of missing) say(`left out: ${name}. It is in the Debian packages ${needs[1]}`);

const figures: Figures[] = [];
if (values.hosts === undefined) {
  for (const hosts of SIZES) figures.push(...(await measure(hosts, present, runs)));
  const many = measure(MANY, TOOLS.slice(0, 1), 1).catch((error: Error) => {
    say(`left out: ${MANY} hypervisors. ${error.message}`);
    return [];
  });
  figures.push(...(await many));
  writeFileSync(new URL('../docs/bench.md', import.meta.url), await document());
} else {
  const most = Number(values.hosts);
  const two = present.filter(({ name }) => name === 'audit' || name === 'pdsh -f 8');
  for (const hosts of [most / 4, most / 2, most]) figures.push(...(await measure(Math.max(1, Math.round(hosts)), two, runs)));
  const slow = installed.filter(({ name, isForSlow }) => name === 'audit' || isForSlow);
  const [ours, theirs] = await measure(most, slow, runs, beSlow);
  const slow_ratio = ours && theirs ? rounded(ours.seconds / theirs.seconds) : null;
  if (values.json) process.stdout.write(`${JSON.stringify({ ...summary(most), slow_ratio })}\n`);
}

/** The figures for tools: see docs/bench.md for what they mean. What pdsh would have to be there for is null without it. */
function summary(hosts: number) {
  const of = (name: string) => figures.find((figure) => figure.tool === name && figure.hosts === hosts);
  const [audit, pdsh] = [of('audit'), of('pdsh -f 8')];
  const [ours, theirs] = [growth('audit'), growth('pdsh -f 8')];
  return {
    hosts,
    audit_s: audit?.seconds ?? null,
    pdsh_s: pdsh?.seconds ?? null,
    ratio: audit && pdsh ? rounded(audit.seconds / pdsh.seconds) : null,
    per_host_ratio: pdsh ? rounded(ours.perHost / theirs.perHost) : null,
    fixed_s: rounded(ours.fixed),
    rss_mb: audit?.memoryMiB ?? null,
  };
}

/** Each hypervisor takes a second to let anybody in, as where PAM, LDAP or reverse DNS do; the backup server loses no login of a tool that comes with many. */
async function beSlow(lab: Lab): Promise<void> {
  const hypervisors = lab.machines.filter(({ name }) => name.startsWith('kvm'));
  await Promise.all(hypervisors.map(({ name }) => lab.shell(name, ['sh', '-c', "echo 'sleep 1' > /etc/ssh/sshrc"])));
  await lab.shell('backup01', ['sed', '-i', '1i MaxStartups 200:30:400', '/etc/ssh/sshd_config']);
  await lab.stop('backup01', 'sshd');
  await lab.start('backup01', 'sshd');
}

/** All tools in turn, so many times, in a lab of this size. */
async function measure(hosts: number, tools: readonly Tool[], times: number, prepare?: (lab: Lab) => Promise<void>): Promise<Figures[]> {
  const reports = mkdtempSync(join(tmpdir(), 'backup-compliance-bench-'));
  const lab = await Lab.up({ name: `bench-${process.pid}`, hosts, reports });
  // Machines that have just come up are busy with themselves for a while.
  await sleep(hosts * 40);
  await prepare?.(lab);
  try {
    const names = lab.machines.filter(({ name }) => name.startsWith('kvm')).map(({ fqdn }) => `${fqdn}\n`);
    await lab.shell('frontend01', ['sh', '-c', 'cat > hosts'], { input: names.join('') });
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
  const peak = Number((await lab.shell('frontend01', ['sh', '-c', `cat ${PEAK_FILE}; rm -f ${PEAK_FILE}`])).stdout);
  return { seconds, cpuSeconds: user + system, memoryMiB: Math.round(peak / 1024), logins: (await loginsOf(lab)) - before };
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
  if (!existsSync(CHROMIUM)) return { sizeMiB, seconds: undefined };
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

/** Seconds that each host more costs, and seconds that no host costs: the straight line that fits best. */
function growth(name: string): { perHost: number; fixed: number } {
  const points = figures.filter(({ tool, hosts }) => tool === name && hosts !== MANY);
  const mean = (numbers: number[]) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const [x, y] = [mean(points.map(({ hosts }) => hosts)), mean(points.map(({ seconds }) => seconds))];
  const perHost =
    points.reduce((sum, { hosts, seconds }) => sum + (hosts - x) * (seconds - y), 0) /
    points.reduce((sum, { hosts }) => sum + (hosts - x) ** 2, 0);
  return { perHost, fixed: y - perHost * x };
}

function rounded(value: number, parts = 100): number {
  return Math.round(value * parts) / parts;
}

async function document(): Promise<string> {
  const of = (name: string, size: number) => figures.find(({ tool, hosts }) => tool === name && hosts === size);
  const table = (what: string, cell: (figure: Figures) => string, tools: readonly Tool[] = present) =>
    [
      `| ${what} | ${SIZES.map((size) => `${size} hosts`).join(' | ')} |`,
      `|---|${SIZES.map(() => '---:').join('|')}|`,
      ...tools.map(
        ({ name }) =>
          `| ${name} | ${SIZES.flatMap((size) => of(name, size) ?? [])
            .map(cell)
            .join(' | ')} |`,
      ),
    ].join('\n');
  const ratio = ({ seconds, hosts }: Figures) => rounded(seconds / (of('pdsh -f 8', hosts)?.seconds ?? Number.NaN)).toFixed(2);
  const left = missing.length === 0 ? '' : `\nLeft out, since they were not installed: ${missing.map(({ name }) => name).join(', ')}.\n`;
  const [audit, pdsh] = [growth('audit'), growth('pdsh -f 8')];
  const [many, large] = [of('audit', MANY), of('audit', 200)?.report];
  return `# How long an audit takes

Measured by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${availableParallelism()} processors (${cpus()[0]?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()} ${arch()}, Node
${process.version}, ${await versions()}. All machines of the lab share these processors.
Medians of ${runs} runs, all tools in turn from the same front-end.

The *audit* is the whole of it: every requirement judged, with verdict, evidence and report. *Its logins alone* are the two logins that each hypervisor
takes, with the same key exchange, and nothing asked: no audit can take less. The other tools only run the bare commands on each hypervisor (a login to
the backup server, \`rsync --version\`, \`qemu-img --version\`), eight hosts at a time; nobody looks at what they say.
${left}
${table('seconds (and times those of pdsh)', (figure) => `${figure.seconds.toFixed(1)} (${ratio(figure)})`)}

${table('processor seconds on the front-end', ({ cpuSeconds }) => cpuSeconds.toFixed(1))}

${table('logins, all machines together', ({ logins }) => String(logins))}

| growth | seconds for each host more | seconds without any |
|---|---:|---:|
${present.map(({ name }) => `| ${name} | ${growth(name).perHost.toFixed(3)} | ${growth(name).fixed.toFixed(1)} |`).join('\n')}

A host more costs an audit ${rounded(audit.perHost / pdsh.perHost).toFixed(2)} times what it costs pdsh.
${profile(of('audit', 100), of('its logins alone', 100))}
${table('the audit', ({ memoryMiB }) => `${memoryMiB} MiB`, TOOLS.slice(0, 1)).replace('| audit |', '| memory at most |')}
${`| the report | ${SIZES.map((size) => `${of('audit', size)?.report?.sizeMiB.toFixed(1)} MiB`).join(' | ')} |`}

${many === undefined ? `An audit of ${MANY} hypervisors was tried, and was not compliant: no figure.` : `An audit of ${MANY} hypervisors took ${many.seconds.toFixed(1)} s and ${many.memoryMiB} MiB; its report has ${many.report?.sizeMiB.toFixed(1)} MiB.`}
${large?.seconds === undefined ? '' : `Chromium starts, opens and shows the report of 200 hypervisors in ${large.seconds.toFixed(1)} s.\n`}
Where the memory goes, looked at apart on 2026-11-28 with 500 hypervisors: 138 MiB once the program is loaded, of which Node.js itself takes 48; 174 when
the first hypervisor is asked, 217 when the last has answered; and 307 to 365 at most, in the second in which Allure puts the page together and holds it several
times over. One page that opens without a server cannot be had of it for less.

## Large pools

Looked at apart on 2026-11-29, on a machine with a load of 18, so that only processor time counts. The lab's stand-in for OpenNebula held 5,000 virtual machines and 40,001 images (\`npm run bench:big\` makes the same cloud).

| read page by page | processor seconds of the suite | memory at most |
|---|---:|---:|
| 5,000 virtual machines | 4.5 | 278 MiB |
| and 40,001 images | 7.2 | 343 MiB |

Before, the same took 20.2 s and 462 MiB, by a profile for four reasons: entities of XML (5 s), reading what nobody judges (8 s), looking for secrets in it (5 s), and collecting what
that left behind. The first two are gone. OpenNebula's own command line takes 10 s and 1.1 GB for the images alone.

A whole audit of that cloud, with 8 hypervisors and all files of the backups on the backup server, is compliant in 92 s (load of 16; the command line of the stand-in,
which is lighter than the real one), with 31 s of the processor, 1,031 MiB at most in the one run that came to a verdict, and a page of 0.12 MiB. **25 s and 600 MB are not reached.** By its profile, of the
suite's processor time a quarter is the collection of garbage and a quarter the search for secrets in answers of which little is kept (\`outcome/secrets.ts\`);
reading XML takes a sixth. Memory grows by some 200 MiB while the schedules of 2,500 virtual machines are read, which one process asks for in one
answer, and by as much while 40,000 images are judged.

Much of what such commands cost is OpenSSH's key exchange sntrup761. The suite's own logins prefer curve25519, where the settings of the machine
that logs in allow it: the other tools could be told to, too. It changes the order of what the settings allow, and nothing else.
`;
}

/** Where the time of an audit goes, as far as the figures tell it. */
function profile(audit: Figures | undefined, logins: Figures | undefined): string {
  if (!audit || !logins) return '';
  const processors = availableParallelism();
  const [all, ofLogins, own] = [audit.seconds * processors, logins.seconds * processors, audit.cpuSeconds - logins.cpuSeconds];
  const share = (seconds: number) => `${seconds.toFixed(1)} s (${Math.round((100 * seconds) / all)} %)`;
  return `
Where that goes: while an audit of ${audit.hosts} hypervisors runs, the processors have ${all.toFixed(1)} s. Its logins alone take ${share(ofLogins)} of them, which no audit
can do without. ${share(own)} are the suite's own on the front-end: it starts an ssh for each machine, reads, judges, writes the evidence and the report. The rest,
${share(all - ofLogins - own)}, is what the other machines do to answer, and waiting: before the first login and after the last answer one processor works.
`;
}

/** What the tools say of themselves. */
async function versions(): Promise<string> {
  const ask = async (file: string, ...args: string[]) => {
    const { all } = await execa(file, args, { reject: false, all: true });
    return all.split('\n')[0]?.trim();
  };
  const asked = [
    ask('ssh', '-V'),
    ...present.flatMap(({ needs }) => (needs ? [ask(needs[0], needs[0] === 'pdsh' ? '-V' : '--version')] : [])),
  ];
  return [...new Set(await Promise.all(asked))].join(', ');
}
