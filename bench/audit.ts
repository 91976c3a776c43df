/**
 * `npm run bench [-- --hosts N --runs N --json]`: the whole audit, with verdict, evidence and report, beside tools that only run the bare commands
 * on the same hypervisors, from the same front-end, in turn. Without --hosts it measures all sizes and writes docs/bench.md.
 * --json prints one JSON object as the last line: medians, in seconds and MiB.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { Lab } from '../lab/lab.ts';
import { median } from './median.ts';
import { TOOLS, type Tool } from './tools.ts';

const SIZES = [10, 50, 100, 200];
/** How many hypervisors the memory of an audit is measured with besides. */
const MANY = 500;

interface Figures {
  readonly tool: string;
  readonly hosts: number;
  /** Wall clock, median. */
  readonly seconds: number;
  /** Of the front-end's processors: the tool and all that it started there, median. */
  readonly cpuSeconds: number;
  /** What the front-end's processes held together at most, over what they held before (Pss). */
  readonly memoryMiB: number;
  /** Logins that the SSH servers of all machines took. */
  readonly logins: number;
}

const options = { hosts: { type: 'string' }, runs: { type: 'string', default: '3' }, json: { type: 'boolean', default: false } } as const;
const { values } = parseArgs({ options });
const [runs, sizes] = [Number(values.runs), values.hosts === undefined ? SIZES : values.hosts.split(',').map(Number)];
const say = (text: string) => process.stderr.write(`${text}\n`);

const here = TOOLS.filter(({ needs }) => needs === undefined || existsSync(`/usr/bin/${needs[0]}`));
const missing = TOOLS.filter((tool) => !here.includes(tool));
for (const { name, needs = [] } of missing) say(`left out: ${name}. It is in the Debian packages ${needs[1]}`);

const figures: Figures[] = [];
for (const hosts of sizes) figures.push(...(await measure(hosts, here, runs)));
if (values.hosts === undefined) {
  figures.push(...(await measure(MANY, TOOLS.slice(0, 1), 1)));
  writeFileSync(new URL('../docs/bench.md', import.meta.url), await document());
}
if (values.json) process.stdout.write(`${JSON.stringify({ runs, figures, ...growth() })}\n`);

/** All tools in turn, so many times, in a lab of this size; then once more each, to see what memory they take, and how often they log in. */
async function measure(hosts: number, tools: readonly Tool[], times: number): Promise<Figures[]> {
  const reports = mkdtempSync(join(tmpdir(), 'backup-compliance-bench-'));
  const lab = await Lab.up({ name: `bench-${process.pid}`, hosts, reports });
  try {
    const names = lab.machines.filter(({ name }) => name.startsWith('kvm')).map(({ fqdn }) => `${fqdn}\n`);
    await lab.shell('frontend01', ['sh', '-c', 'cat > hosts'], { input: names.join('') });
    const taken = new Map(tools.map((tool) => [tool, [] as { seconds: number; cpuSeconds: number }[]]));
    for (let round = 0; round < times; round += 1) for (const tool of tools) taken.get(tool)?.push(await run(lab, tool, hosts));
    const found: Figures[] = [];
    for (const tool of tools) {
      const [logins, stop] = [await loginsOf(lab), await watchMemory(lab)];
      await run(lab, tool, hosts);
      const memoryMiB = await stop();
      const all = taken.get(tool) ?? [];
      const figure = {
        ...{ tool: tool.name, hosts, memoryMiB, logins: (await loginsOf(lab)) - logins },
        seconds: rounded(median(all.map(({ seconds }) => seconds))),
        cpuSeconds: rounded(median(all.map(({ cpuSeconds }) => cpuSeconds))),
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
async function run(lab: Lab, { name, script, answered }: Tool, hosts: number): Promise<{ seconds: number; cpuSeconds: number }> {
  const timed = `export SSH_AUTH_SOCK=/var/run/one/ssh-agent.sock; TIMEFORMAT='took %R %U %S'; time { ${script}\n}`;
  const { stdout, stderr } = await lab.shell('frontend01', ['bash', '-c', timed]);
  const told = answered(stdout, hosts);
  if (told !== hosts) throw new Error(`${name}: ${told} of ${hosts} hypervisors answered:\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`);
  const [real = Number.NaN, user = 0, system = 0] = (/^took (.*)$/m.exec(stderr)?.[1] ?? '').split(' ').map(Number);
  // A connection that a tool leaves open for later would be a start for the next run.
  await lab.shell('frontend01', ['pkill', '-f', 'ssh: .*\\[mux\\]']);
  return { seconds: real, cpuSeconds: user + system };
}

/** How often the SSH servers of all machines have let somebody in. */
async function loginsOf(lab: Lab): Promise<number> {
  const counts = await Promise.all(
    lab.machines.map(async ({ name }) => Number((await lab.shell(name, ['grep', '-c', 'Accepted publickey', '/var/log/sshd.log'])).stdout)),
  );
  return counts.reduce((sum, each) => sum + each, 0);
}

/** Watches what memory the front-end's processes share out among them; stopped, it tells the most of it, in MiB, over what there was before. */
async function watchMemory(lab: Lab): Promise<() => Promise<number>> {
  const sample = `cat /proc/[0-9]*/smaps_rollup 2> /dev/null | awk '/^Pss:/ { sum += $2 } END { print sum }'`;
  const before = Number((await lab.shell('frontend01', ['bash', '-c', `touch watching; ${sample}`])).stdout);
  const watch = lab.shell('frontend01', ['bash', '-c', `while [ -e watching ]; do ${sample}; sleep 0.2; done`]);
  return async () => {
    await lab.shell('frontend01', ['rm', 'watching']);
    const samples = (await watch).stdout.trim().split('\n').map(Number);
    return Math.round((Math.max(...samples) - before) / 1024);
  };
}

/** Seconds that each host more costs, and seconds that no host costs, of each tool: the straight line that fits best. */
function growth(): { perHost: Record<string, number>; fixed: Record<string, number> } {
  const lines = here.map(({ name }) => {
    const points = figures.filter(({ tool, hosts }) => tool === name && hosts !== MANY);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const [x, y] = [mean(points.map(({ hosts }) => hosts)), mean(points.map(({ seconds }) => seconds))];
    const slope =
      points.reduce((sum, { hosts, seconds }) => sum + (hosts - x) * (seconds - y), 0) /
      points.reduce((sum, { hosts }) => sum + (hosts - x) ** 2, 0);
    return { name, slope, fixed: y - slope * x };
  });
  return {
    perHost: Object.fromEntries(lines.map(({ name, slope }) => [name, rounded(slope, 1000)])),
    fixed: Object.fromEntries(lines.map(({ name, fixed }) => [name, rounded(fixed)])),
  };
}

function rounded(value: number, parts = 100): number {
  return Math.round(value * parts) / parts;
}

async function document(): Promise<string> {
  const table = (of: (figure: Figures) => string) =>
    here
      .map(({ name }) => {
        const cells = SIZES.map((size) => figures.find(({ tool, hosts }) => tool === name && hosts === size)).map(
          (each) => each && of(each),
        );
        return `| ${[name, ...cells].join(' | ')} |`;
      })
      .join('\n');
  const pdsh = (size: number) => figures.find(({ tool, hosts }) => tool === 'pdsh -f 8' && hosts === size)?.seconds ?? Number.NaN;
  const head = (what: string) =>
    `| ${what} | ${SIZES.map((size) => `${size} hosts`).join(' | ')} |\n|---|${SIZES.map(() => '---:').join('|')}|`;
  const { perHost, fixed } = growth();
  const many = figures.find(({ hosts }) => hosts === MANY);
  const left = missing.length === 0 ? '' : `\nLeft out, since they were not installed: ${missing.map(({ name }) => name).join(', ')}.\n`;
  return `# How long an audit takes

Measured by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${availableParallelism()} processors (${cpus()[0]?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()} ${arch()}, Node
${process.version}, ${await versions()}. All machines of the lab share these processors.
Medians of ${runs} runs, all tools in turn from the same front-end.

The *audit* is the whole of it: every requirement judged, with verdict, evidence and report. The other tools only run the bare commands on each
hypervisor (a login to the backup server, \`rsync --version\`, \`qemu-img --version\`), eight hosts at a time; nobody looks at what they say.
${left}
${head('seconds')}
${table(({ seconds, hosts }) => `${seconds.toFixed(1)} (${rounded(seconds / pdsh(hosts)).toFixed(2)} × pdsh)`)}

${head('processor seconds on the front-end')}
${table(({ cpuSeconds }) => cpuSeconds.toFixed(1))}

${head('memory on the front-end, MiB')}
${table(({ memoryMiB }) => String(memoryMiB))}

${head('logins, all machines together')}
${table(({ logins }) => String(logins))}

| growth | seconds for each host more | seconds without any |
|---|---:|---:|
${here.map(({ name }) => `| ${name} | ${perHost[name]?.toFixed(3)} | ${fixed[name]?.toFixed(1)} |`).join('\n')}

An audit of ${MANY} hypervisors took ${many?.seconds.toFixed(1)} s and ${many?.memoryMiB} MiB.

Half of what such commands cost is OpenSSH's key exchange sntrup761. The suite's own logins prefer curve25519, where the settings of the machine
that logs in allow it: the other tools could be told to, too. It changes the order of what the settings allow, and nothing else.
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
    ...here.flatMap(({ needs }) => (needs ? [ask(needs[0], needs[0] === 'pdsh' ? '-V' : '--version')] : [])),
  ];
  return [...new Set(await Promise.all(asked))].join(', ');
}
