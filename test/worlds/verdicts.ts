/**
 * `npm run verdicts`: brings labs into every world there is, judges each, and compares the verdict with what must flip. Prints the numbers, requirement by requirement; writes what was observed to docs/verdicts.md when all worlds were tried and are right.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { together } from '../../lab/faults/fault.ts';
import { Lab } from '../../lab/machines/lab.ts';
import { NEWEST, type ReleaseName } from '../../lab/opennebula/releases.ts';
import { messageOf } from '../../support/outcome/errors.ts';
import { count } from '../../support/outcome/figures.ts';
import type { Outcome } from '../../support/outcome/outcome.ts';
import { statements } from '../../support/verdict/requirements.ts';
import { driverDisagrees, isOfTheRoad } from './driver.ts';
import { differences, judge, type Verdict } from './judge.ts';
import { allWorlds, inWorld } from './load.ts';
import { forget, keep, type Result, right, tree } from './results.ts';
import { Traces } from './traces.ts';
import { type World, worldOf } from './world.ts';

const USAGE = `Usage: npm run -s verdicts -- [--json] [--again] [WORLD…]

A WORLD is one of test/worlds/names.txt, or a group of them such as BDS-102; all, if none is named. --json prints the numbers.
--again tries those that were not as expected in the last run, or that it did not come to, and counts the others as they were.`;

const say = (text: string) => process.stderr.write(`${text}\n`);
const all = await allWorlds();
const { json, again, worlds } = asked();

/** What the command line asks for; ends here where that is a question, or makes no sense. */
function asked(): { json: boolean; again: boolean; worlds: World[] } {
  try {
    const flag = { type: 'boolean', default: false } as const;
    const options = { json: flag, again: flag, help: flag } as const;
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (values.help) {
      console.log(USAGE);
      process.exit();
    }
    const namesOf = ({ name, group, outcome }: World) => [name, group, `${group}/${name}`, `${group}/${name}.${outcome}`];
    const unknown = positionals.filter((word) => !all.some((world) => namesOf(world).includes(word)));
    if (unknown.length > 0) throw new Error(`unknown world ${unknown.join(', ')}`);
    return {
      json: values.json,
      again: values.again,
      worlds: all.filter((world) => positionals.length === 0 || positionals.some((word) => namesOf(world).includes(word))),
    };
  } catch (error) {
    say(`verdicts: ${messageOf(error)}\n\n${USAGE}`);
    process.exit(3);
  }
}

const broken = worldOf('benign', 'the lab itself.met', { fault: together('after all repairs', []) });

const rows: Result[] = again ? right(worlds) : [];
const settled = new Set(rows.map(({ world }) => world));
if (!again && worlds.length === all.length) forget();
const tried = tree();
// Those of another kind of lab last: a lab is of one.
const queue = worlds
  .filter((world) => !settled.has(world))
  .toSorted(
    (a, b) =>
      kindOf(b).release.localeCompare(kindOf(a).release) ||
      Number(kindOf(a).production) - Number(kindOf(b).production) ||
      kindOf(a).bridges - kindOf(b).bridges,
  );
const started = performance.now();
// Labs do not know of each other, and wait more than they compute.
await Promise.all(Array.from({ length: Math.min(2 * availableParallelism(), 4, queue.length) }, (_, index) => workThrough(index)));
rows.sort((a, b) => worlds.indexOf(a.world) - worlds.indexOf(b.world));
const minutes = (performance.now() - started) / 60_000;

/** What sort of lab a world is in: whose release of OpenNebula it speaks, whether there is production, and how many bridge hosts there are. */
interface Kind {
  readonly release: ReleaseName;
  readonly production: boolean;
  readonly bridges: number;
}
function kindOf({ release = NEWEST, production = false, bridges = 0 }: Pick<World, 'release' | 'production' | 'bridges'>): Kind {
  return { release, production, bridges };
}

function tell(result: Result): void {
  rows.push(result);
  keep(result);
}

/** Takes worlds off the queue, in a lab of its own that is whole before and after each. */
async function workThrough(index: number): Promise<void> {
  const reports = mkdtempSync(join(tmpdir(), 'backup-compliance-verdicts-'));
  const up = (wanted: Kind) => Lab.up({ name: `verdicts-${process.pid}-${index}`, reports, ...wanted });
  let kind = kindOf(queue[0] ?? {});
  let lab = await up(kind);
  let traces = new Traces(lab, reports);
  const anew = async (wanted: Kind) => {
    await lab.down();
    kind = wanted;
    lab = await up(wanted);
    traces = new Traces(lab, reports);
  };
  const whole = new Map<string, Verdict>();
  const wholeOf = async ({ profile = 'audit', site }: World) => {
    // Of another test VM more is judged.
    const settings = site?.test_vm ? { test_vm: site.test_vm } : {};
    const key = JSON.stringify([kind, profile, settings]);
    const known = whole.get(key) ?? (await judge(lab, reports, { profile, site: settings })).verdict;
    if (known.exitCode !== 0) throw new Error(`a whole cloud is expected to be compliant, found ${JSON.stringify(known.requirements)}`);
    whole.set(key, known);
    // A set-up writes it, and a lab has none.
    if (profile === 'setup') await lab.shell('frontend01', ['rm', '-f', 'ds_rsync_backup.txt']);
    return known;
  };
  try {
    for (let world = queue.shift(); world; world = queue.shift()) {
      const { name } = world;
      if (!isDeepStrictEqual(kindOf(world), kind)) await anew(kindOf(world));
      const before = await wholeOf(world);
      const began = performance.now();
      let left: string[] = [];
      let faults: string[];
      try {
        await traces.note(world);
        const { judged, besides } = await inWorld(lab, world, async () => {
          const found = await judge(lab, reports, world);
          return { judged: found, besides: isOfTheRoad(world) ? await driverDisagrees(lab, found.verdict) : [] };
        });
        left = await traces.left(world);
        faults = [...differences(before, judged, world), ...besides, ...left];
        tell({ world, verdict: judged.verdict, whole: before, faults, tree: tried });
      } catch (error) {
        faults = left = [messageOf(error)];
        tell({ world, whole: before, faults, tree: tried });
      }
      const seconds = Math.round((performance.now() - began) / 1000);
      const told = faults.map((fault) => `\n               ${fault}`).join('');
      say(`${faults.length === 0 ? 'as expected' : 'DIFFERS    '}  ${name} (${seconds} s)${told}`);
      // What broke in the middle may be anywhere: a new lab is whole.
      if (left.length > 0) await anew(kind);
    }
    const last = await judge(lab, reports);
    if (last.exitCode !== 0) {
      rows.push({ world: broken, whole: last.verdict, tree: tried, faults: [`after all repairs the cloud is not whole:\n${last.stdout}`] });
      say(`DIFFERS      ${broken.name}: ${last.stdout}`);
    }
  } finally {
    await lab.down();
    rmSync(reports, { recursive: true });
  }
}

/** How often each requirement was judged, and how well. */
function countOf(id: string) {
  const seen = rows.flatMap(({ verdict, whole, world }) => {
    const found = verdict?.requirements.find((requirement) => requirement.id === id);
    const usual = whole.requirements.find((requirement) => requirement.id === id);
    const wanted = world.flips[id] ?? usual?.outcome;
    return found && usual ? [{ found: found.outcome, wanted, flips: wanted !== usual.outcome }] : [];
  });
  const flips = seen.filter((each) => each.flips);
  const stays = seen.filter((each) => !each.flips);
  const right = (some: typeof seen) => some.filter(({ found, wanted }) => found === wanted).length;
  return {
    id,
    flips: flips.length,
    stays: stays.length,
    outcomes: [...new Set(seen.map(({ found }) => found))].sort() as Outcome[],
    sensitivity: ratio(right(flips), flips.length),
    specificity: ratio(right(stays), stays.length),
    wrongReasons: rows.flatMap(({ faults }) =>
      faults.filter((fault) => fault.startsWith(`${id}: expected the reason`) || fault.startsWith(`${id}: expected a note`)),
    ).length,
  };
}

function ratio(good: number, of: number): number {
  return of === 0 ? 1 : good / of;
}

const counts = statements().map(({ id }) => countOf(id));
const total = (key: 'flips' | 'stays' | 'wrongReasons') => counts.reduce((sum, count) => sum + count[key], 0);
const weighted = (key: 'sensitivity' | 'specificity', by: 'flips' | 'stays') =>
  ratio(
    counts.reduce((sum, count) => sum + count[key] * count[by], 0),
    total(by),
  );
const summary = {
  requirements: counts.length,
  worlds: rows.length,
  benign: rows.filter(({ world }) => world.group === 'benign').length,
  flips: total('flips'),
  sensitivity: weighted('sensitivity', 'flips'),
  specificity: weighted('specificity', 'stays'),
  wrongReasons: total('wrongReasons'),
  minutes: Math.round(minutes * 10) / 10,
};
const allRight = rows.every(({ faults }) => faults.length === 0);
if (rows.length === all.length && allRight) writeFileSync(new URL('../../docs/verdicts.md', import.meta.url), document());
for (const count of counts) say(numbers(count).join('  '));
say(`${rows.filter(({ faults }) => faults.length === 0).length} of ${rows.length} worlds as expected, in ${summary.minutes} minutes`);
if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
process.exitCode = allRight ? 0 : 1;

function numbers({ id, flips, stays, outcomes, sensitivity, specificity, wrongReasons }: ReturnType<typeof countOf>): string[] {
  const figure = (of: number, value: number) => (of === 0 ? 'not tried' : String(Math.round(value * 1000) / 1000));
  return [
    id,
    String(flips),
    String(stays),
    outcomes.join(', '),
    figure(flips, sensitivity),
    figure(stays, specificity),
    String(wrongReasons),
  ];
}

/** What was observed, for people: how well each requirement is judged, then each world, what it flips, and the reason given. */
function document(): string {
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const lines = rows.map(({ world: { name, group, fault }, verdict, whole }) => {
    const usual = (id: string) => whole.requirements.find((requirement) => requirement.id === id);
    const judged = verdict?.requirements ?? [];
    const changed = judged.filter(({ id, outcome }) => outcome !== usual(id)?.outcome);
    const groups = Map.groupBy(changed, ({ outcome }) => outcome);
    const flips = [...groups].map(([outcome, ids]) => `${outcome.replace('-', ' ')}: ${ids.map(({ id }) => id.slice(4)).join(', ')}`);
    const reasons = changed.filter(({ outcome }) => outcome !== 'blocked').map(({ id, reason }) => `**${id}** ${cell(reason)}`);
    const noted = judged
      .filter(({ note, id }) => group === 'benign' && note && note !== usual(id)?.note)
      .map(({ id, note }) => `**${id}** (note) ${cell(note)}`);
    return `| ${name} | ${cell(fault.what)} | ${flips.join('<br>') || 'none'} | ${[...reasons, ...noted].join('<br>')} |`;
  });
  const { sensitivity, specificity, wrongReasons, flips, benign } = summary;
  const trees = [...Map.groupBy(rows, (row) => row.tree)].map(([of, { length }]) => `${of} (${count(length, 'trial')})`);
  return `# Verdicts: how far they can be relied on

Observed by \`npm run verdicts\` on ${new Date().toISOString().slice(0, 10)}, on the embedded lab with two hypervisor hosts: ${rows.length} trials. In ${benign} of them the lab is
unusual but sound, in the others it has a fault. Before each trial, the fault is confirmed without the suite's own checks; afterwards it is repaired. Each trial states
beforehand which outcomes change, and which words the reason has. Any other change is an error. Commits tried: ${trees.join(', ')}.

**${rows.length} trials, ${flips} changed outcomes: sensitivity ${sensitivity}, specificity ${specificity}, wrong reasons ${wrongReasons}.**

| requirement | trials in which its outcome changes | in which it stays | outcomes seen | sensitivity | specificity | wrong reasons |
|---|---|---|---|---|---|---|
${counts.map((count) => `| ${numbers(count).join(' | ')} |`).join('\n')}

Sensitivity: the share of the trials in which an outcome must change that came to the expected outcome. Specificity: the share of the others in which it
stayed. OpenNebula, virsh and the guests are stand-ins.

A trial of a gate or a set-up is compared with a gate or a set-up of a sound cloud. After the repair, a clean-up left nothing of the restore test anywhere.

## The trials

| fault | what is broken, or unusual | changed outcomes | reasons |
|---|---|---|---|
${lines.join('\n')}
`;
}
