/**
 * `npm run bench`: measures all there is to measure, keeps it in docs/bench.json, and writes docs/bench.md from that. `-- PART…`: hosts, slow, big or gate
 * alone; what is not measured stays as it was. `-- --hosts N`: with N hypervisor hosts at most, beside pdsh alone; nothing is kept. `-- --json` prints one
 * JSON object as the last line: medians, in seconds and MiB.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { root } from '../support/suite.ts';
import { besideAll, besidePdsh, onSlowHosts, say, versions } from './audit.ts';
import { bigAudit } from './big.ts';
import { type Bench, type Measured, summary } from './figures.ts';
import { gates } from './gate.ts';
import { KEPT, writePage } from './page.ts';

const PARTS = ['hosts', 'slow', 'big', 'gate'] as const;
type Part = (typeof PARTS)[number];
/** The size that ratios are told of. */
const HOSTS = 100;

const options = { hosts: { type: 'string' }, runs: { type: 'string', default: '3' }, json: { type: 'boolean', default: false } } as const;
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const [runs, most] = [Number(values.runs), Number(values.hosts ?? HOSTS)];
const isPart = (name: string): name is Part => PARTS.some((part) => part === name);
const unknown = positionals.find((name) => !isPart(name));
if (unknown !== undefined) throw new Error(`${unknown}: expected parts of a bench: ${PARTS.join(', ')}`);
const wanted = (part: Part) => positionals.length === 0 || positionals.includes(part);

const measured = await measuredNow();
const now = {
  ...(wanted('hosts') && {
    hosts: { ...measured, figures: values.hosts === undefined ? await besideAll(runs) : await besidePdsh(most, runs) },
  }),
  ...(wanted('slow') && { slow: { ...measured, figures: await onSlowHosts(most, runs) } }),
  ...(wanted('big') && { big: { ...measured, runs: 1, ...(await bigAudit()) } }),
  ...(wanted('gate') && { gate: { ...measured, ...(await gates(runs)) } }),
} satisfies Partial<Bench>;
if (values.hosts === undefined) {
  const kept = JSON.parse(readFileSync(KEPT, 'utf8')) as Bench;
  writeFileSync(KEPT, `${JSON.stringify({ ...kept, ...now }, null, 2)}\n`);
  await writePage();
}
const figures = JSON.stringify(summary(most, now));
if (values.json) process.stdout.write(`${figures}\n`);
else say(figures);

async function measuredNow(): Promise<Measured> {
  const git = async (...args: string[]) => (await execa('git', args, { cwd: fileURLToPath(root), reject: false })).stdout;
  const changed = (await git('status', '--porcelain', '--untracked-files=no')) === '' ? '' : ', changed';
  const processors = `${availableParallelism()} processors (${cpus()[0]?.model})`;
  return {
    date: new Date().toISOString().slice(0, 10),
    tree: `${await git('rev-parse', '--short=7', 'HEAD')}${changed}`,
    runs,
    machine: `${processors}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node.js ${process.version}, ${await versions()}`,
  };
}
