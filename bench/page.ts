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

An audit prefers the key exchange curve25519 where the settings of the machine that logs in allow it. It takes a quarter of the processor time of OpenSSH's
default, sntrup761. The other tools can be told to do the same.

## What stands in the way

Looked at on 2026-11-29, tree 4f50f18, on a machine with a load of 10 to 20, so that only processor time counts.

- Without any host that answers an audit takes 1.3 s of the processor, the least of seven runs. 0.3 s pass before the front-end is asked, 0.3 s more until the first
  requirement is judged, and 0.4 s go to Allure's report.
- Each host more takes 27 ms of the suite's own process, 26 ms of its ssh, and some 165 ms of the host and the backup server, two logins included. No single part of
  the 27 ms stands out: starting ssh, the search for secrets, evidence and report share them.
- The programs that BDS-303 and BDS-304 start to see whether they run take 30 ms of that, ruby and virsh not counted.
- Making Allure's page in a thread of its own takes 45 MiB and 0.3 s of the processor more. It is not done.
- Asking a host before Cucumber is loaded changes nothing on a busy machine: the front-end's own answer comes later. A quiet machine was not tried.

## Large pools

Looked at on 2026-11-29 with the cloud of \`npm run bench -- big\`, on a machine with a load of 16, so that only processor time and memory count.

- A quarter of the suite's processor time is the collection of garbage.
- A quarter is the search for secrets in answers of which little is kept.
- A sixth is reading XML.
- 200 MiB of memory are the schedules of 2,500 virtual machines, which come in one answer; as much are 40,000 images while they are judged.

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
            'an audit of 5,000 virtual machines with 40,000 backups',
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
    [`| growth | seconds for each host more | seconds without any |`, '|---|---:|---:|', ...growths].join('\n'),
  ].join('\n\n');
}

if (import.meta.main) await writePage();
