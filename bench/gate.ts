/**
 * How long `setup` and `gate` take in the lab (a 42 MB disk, a scheduler that ticks every second), and how much of it is their own, which is all but
 * waiting for OpenNebula; and how much of one processor waiting takes on the front-end, where OpenNebula's command line costs what the real one does.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Lab } from '../lab/machines/lab.ts';
import { say } from './audit.ts';
import { weigh } from './cloud.ts';
import { type Gate, rounded } from './figures.ts';
import { median } from './median.ts';
import { SUITE } from './tools.ts';

/** What begins something in OpenNebula, and which of the looks after it found it done. */
const WAITS = [
  { begins: /^onevm backup /, look: /^onevm show /, number: 1 },
  { begins: /^oneimage restore /, look: /^oneimage list /, number: 0 },
  { begins: /^oneimage delete /, look: /^oneimage list /, number: 0 },
] as const;

/** Seconds: long enough for looks to be as far apart as they come. */
const WAIT = 40;

/** Medians of so many. */
export async function gates(runs: number): Promise<Gate> {
  const figures: Gate[] = [];
  for (let run = 0; run < runs; run += 1) figures.push(await gate());
  const of = (name: keyof Gate) => rounded(median(figures.map((figure) => figure[name])));
  return { setup_s: of('setup_s'), gate_s: of('gate_s'), gate_own_s: of('gate_own_s'), gate_cpu_share: of('gate_cpu_share') };
}

async function gate(): Promise<Gate> {
  const reports = mkdtempSync(join(tmpdir(), 'backup-compliance-bench-'));
  const lab = await Lab.up({ name: `bench-${process.pid}`, reports, datastore: false });
  try {
    const setup_s = await timed(lab, 'setup');
    const gate_s = await timed(lab, 'gate');
    const gate_own_s = gate_s - waiting(join(reports, 'latest', 'evidence'));
    await weigh(lab);
    const figure = { setup_s, gate_s, gate_own_s, gate_cpu_share: ((await processorOf(lab, WAIT)) - (await processorOf(lab, 0))) / WAIT };
    say(JSON.stringify(figure));
    return figure;
  } finally {
    await lab.down();
    rmSync(reports, { recursive: true });
  }
}

/** Seconds of the processor that waiting for so long takes, with all that it starts. */
async function processorOf(lab: Lab, seconds: number): Promise<number> {
  const timing = `TIMEFORMAT='%U %S'; time /opt/node/node /opt/suite/bench/wait.ts ${seconds}`;
  const { exitCode, stderr } = await lab.shell('frontend01', ['bash', '-c', timing]);
  if (exitCode !== 0) throw new Error(`waiting ended with ${exitCode}: ${stderr}`);
  const [user = Number.NaN, system = 0] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  return user + system;
}

async function timed(lab: Lab, profile: string): Promise<number> {
  const started = performance.now();
  const command = [SUITE, profile, '--site', 'site.yaml', '--reports', 'reports'];
  const { exitCode, stdout, stderr } = await lab.shell('frontend01', command);
  if (exitCode !== 0) throw new Error(`${profile} ended with ${exitCode}:\n${stdout}${stderr}`);
  return (performance.now() - started) / 1000;
}

/** Seconds spent in waiting for OpenNebula, by the times in the evidence. */
function waiting(folder: string): number {
  const answers = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.txt'))
    .map((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      const field = (key: string) => new RegExp(`^${key} +(.*)$`, 'm').exec(text)?.[1] ?? '';
      const start = Date.parse(field('started')) / 1000;
      return { command: field('command'), start, end: start + Number.parseFloat(field('took')) };
    })
    .toSorted((a, b) => a.start - b.start);
  return WAITS.reduce((sum, { begins, look, number }) => {
    const begun = answers.find(({ command }) => begins.test(command));
    const done = answers.filter(({ command, start }) => look.test(command) && start >= (begun?.end ?? 0))[number];
    if (!begun || !done) throw new Error(`${folder}: no evidence of ${begins.source}, or of a look after it`);
    return sum + done.end - begun.start;
  }, 0);
}
