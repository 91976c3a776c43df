/** Writes docs/bench.md and its chart from docs/bench.json: `node bench/page.ts`, and at the end of each `npm run bench`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { chart } from './chart.ts';
import { type Bench, type Figures, growth, LARGEST, type Measured, rounded, summary } from './figures.ts';

const docs = new URL('../docs/', import.meta.url);
/** The figures. */
export const KEPT = new URL('bench.json', docs);
const PICTURE = 'pictures/bench.svg';
/** The size that ratios are told of. */
const HOSTS = 100;

export async function writePage(): Promise<void> {
  const bench = JSON.parse(readFileSync(KEPT, 'utf8')) as Bench;
  writeFileSync(new URL(PICTURE, docs), await chart(bench.hosts.figures));
  writeFileSync(new URL('bench.md', docs), page(bench));
}

/** docs/bench.md. */
export function page(bench: Bench): string {
  return `# How long an audit takes

![Seconds that an audit and other tools take, by the number of hypervisor hosts](${PICTURE})

- **audit**: all of it. Every requirement is judged, with verdict, evidence and report.
- **its logins alone**: the two logins that each hypervisor host takes, and nothing asked. No audit can take less.
- The others only run three commands on each host: a login to the backup server, \`rsync --version\`, \`qemu-img --version\`. Nobody reads what they say.
  They ask eight hosts at a time.

${[`| | measured | on |\n|---|---|---|`, ...lines(bench)].join('\n')}

The machine: ${bench.hosts.machine}. All machines of the lab share its processors, so hosts that have their own answer faster.
\`npm run bench\` measures all of it anew and writes this page.

## What an audit costs

${costs(bench.hosts.figures)}

An audit prefers the key exchange curve25519 where the settings of the machine that logs in allow it. It takes a quarter of the processor time of
sntrup761, which OpenSSH 9.0 to 9.9 prefers by itself, and so do the other tools here. *pdsh -f 8, the key exchange of an audit* is told to prefer curve25519:
between that and an audit there is no such difference, nor where servers offer no sntrup761.

## What stands in the way

Looked at on 2026-11-29, in labs on the same two processors: programs and processor time of a host in tree a015083, all else in tree 51fc168.

- A hypervisor starts 44 programs to answer all requirements, and 74 processes. Most of it is what BDS-303 and BDS-304 ask: that each program runs.
  rsync, qemu-img, qemu-io, qemu-nbd, nbdinfo and ssh take 6 ms of the processor each, \`ssh -G\` 7 ms, a small program 1 to 2 ms, and so does the
  \`timeout\` around each question. That is some 95 ms of each host. Its two logins take another 90 ms, the suite's own process 27 ms.
  pdsh runs two of these programs and no \`timeout\`; with the other key exchange its logins take some 130 ms more.
- The logins alone are 0.39 × \`pdsh -f 8\`, and by these figures the programs are as much again. Without them the goal of half of pdsh would be near,
  and a program that does not run would not be noticed.
- Of the suite's 27 ms for each host no single part stands out: starting ssh, the search for secrets, evidence and report share them.
- Without any host that answers an audit takes 1.7 s of the processor: a third is loading Cucumber, Allure and the suite, a quarter is Allure's report.
- 100 hosts that take a second to accept a login keep both processors busy from the first to the last moment, with the audit. What is told of slow
  hosts here is what hosts cost that share two processors. With 500 such hosts an audit took 57.6 s and \`pdsh -f 32\` 61.2 s (one run, tree e828fc9).
- Where servers offer no sntrup761 the others take half as long, and an audit the same: 2.65 × \`pdsh -f 8\` with 100 fast hosts, 1.98 × \`pdsh -f 32\` with
  100 slow ones (tree b6c4af5). Then nothing hides what the programs cost.
- Memory: the objects of an audit of 300 hosts take 60 MiB, 110 MiB with what may wait as garbage. The rest is Node.js itself, compiled code, and what
  the C library keeps of memory that was given back.
- Making Allure's page in a thread of its own takes 45 MiB and 0.3 s of the processor more. Asking a host before Cucumber is loaded changes nothing on
  a busy machine. Neither is done.

An audit of 500 hosts in one lab needs \`net.ipv4.neigh.default.gc_thresh3\` of 4096 or more: all labs of a machine share one table of neighbours.

## Large pools

Looked at on 2026-11-29, tree 51fc168, with the cloud of \`npm run bench -- big\`.

- A fifth of the suite's own time is the collection of garbage. With no limit to how much of it waits an audit takes 8 s less and 350 MiB more.
- A fifth is waiting for OpenNebula: nothing can be asked before hosts, datastores and VMs are known, one after the other.
- A fifth is reading XML, a tenth is taking out what may be kept as evidence, a tenth is judging 5,000 VMs and 40,000 images for each requirement.
- The peak is reached while requirements are judged and the report is written: 270 MiB of objects, and as much for what may wait as garbage, for texts
  on their way into files, and for the program itself.

OpenNebula's own command line takes 10 s and 1.1 GB for the images alone.

<details>
<summary>All figures</summary>

${tables(bench.hosts.figures)}

</details>
`;
}

/** What is promised, a line each; nothing of what was never measured. */
function lines(bench: Bench): string[] {
  const { hosts, slow, big, gate } = bench;
  const told = summary(HOSTS, bench);
  const line = (what: string, figure: string, { date, tree }: Measured) => `| ${what} | ${figure} | ${date}, ${tree} |`;
  const many = hosts.figures.find((figure) => figure.tool === 'audit' && figure.hosts > LARGEST);
  return [
    line(`an audit of ${HOSTS} hypervisor hosts`, `${told.audit_s} s, ${told.ratio} × \`pdsh -f 8\``, hosts),
    line('each host more', `${rounded(growth(hosts.figures, 'audit').perHost, 1000)} s, ${told.per_host_ratio} × pdsh`, hosts),
    line('an audit without any host', `${rounded(told.fixed_s ?? Number.NaN, 10)} s`, hosts),
    ...(many ? [line(`an audit of ${many.hosts} hosts`, `${many.seconds} s, ${many.memoryMiB} MiB of memory at most`, hosts)] : []),
    ...(slow ? [line(`an audit of ${HOSTS} hosts that take a second to accept a login`, `${told.slow_ratio} × \`pdsh -f 32\``, slow)] : []),
    ...(big
      ? [
          line(
            'an audit of 5,000 VMs with 40,000 backups',
            `${big.big_cloud_s} s, ${big.big_cloud_mb} MiB, a page of ${big.page_mb} MiB`,
            big,
          ),
        ]
      : []),
    ...(gate
      ? [
          line('a gate, which backs up and restores 42 MB', `${gate.gate_s} s, ${gate.gate_own_s} s without waiting for OpenNebula`, gate),
          line('the front-end while a gate waits', `${Math.round(gate.gate_cpu_share * 100)} % of one processor`, gate),
        ]
      : []),
  ];
}

/** Where the time goes, as far as the figures tell it. */
function costs(figures: readonly Figures[]): string {
  const at = (name: string) => figures.find(({ tool, hosts }) => tool === name && hosts === HOSTS);
  const [audit, logins] = [at('audit'), at('its logins alone')];
  if (!audit || !logins) return '';
  const share = (seconds: number) => `${Math.round((100 * seconds) / audit.seconds)} %`;
  return `An audit of ${HOSTS} hosts takes ${audit.seconds} s. Its logins alone take ${logins.seconds} s of that (${share(logins.seconds)}).
The rest, ${rounded(audit.seconds - logins.seconds, 10)} s, is what hosts do to answer, and what the front-end does to read, judge and report: ${rounded(audit.cpuSeconds - logins.cpuSeconds, 10)} s of its processors.`;
}

function tables(figures: readonly Figures[]): string {
  const sizes = [...new Set(figures.map(({ hosts }) => hosts))].filter((size) => size <= LARGEST);
  const tools = [...new Set(figures.map(({ tool }) => tool))];
  const of = (name: string, size: number) => figures.find(({ tool, hosts }) => tool === name && hosts === size);
  const table = (what: string, cell: (figure: Figures) => string, names: readonly string[] = tools) =>
    [
      `| ${what} | ${sizes.map((size) => `${size} hosts`).join(' | ')} |`,
      `|---|${sizes.map(() => '---:').join('|')}|`,
      ...names.map(
        (name) =>
          `| ${name} | ${sizes
            .flatMap((size) => of(name, size) ?? [])
            .map(cell)
            .join(' | ')} |`,
      ),
    ].join('\n');
  const ratio = ({ seconds, hosts }: Figures) => rounded(seconds / (of('pdsh -f 8', hosts)?.seconds ?? Number.NaN)).toFixed(2);
  const growths = tools.map((name) => {
    const { perHost, fixed } = growth(figures, name);
    return `| ${name} | ${perHost.toFixed(3)} | ${fixed.toFixed(1)} |`;
  });
  return [
    table('seconds (× pdsh)', (figure) => `${figure.seconds.toFixed(1)} (${ratio(figure)})`),
    table('processor seconds on the front-end', ({ cpuSeconds }) => cpuSeconds.toFixed(1)),
    table('logins, all machines together', ({ logins }) => String(logins)),
    table('MiB of memory at most', ({ memoryMiB }) => String(memoryMiB), ['audit']),
    [`| of a fitted line | seconds for each host more | seconds without any (below 0: none) |`, '|---|---:|---:|', ...growths].join('\n'),
  ].join('\n\n');
}

if (import.meta.main) await writePage();
