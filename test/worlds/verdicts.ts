/**
 * `npm run verdicts [-- --json] [WORLD…]`: breaks a lab in every way there is, audits it, repairs it, and compares each verdict with
 * what must flip. Writes what was observed to docs/worlds.md when all worlds were tried.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Lab } from '../../lab/lab.ts';
import { WORLDS } from '../../lab/worlds/index.ts';
import type { VerdictFile } from '../../support/report/files.ts';
import { expected } from './expected.ts';
import { audit, differences } from './judge.ts';

const args = process.argv.slice(2);
const json = args.includes('--json');
const named = args.filter((arg) => !arg.startsWith('--'));
const worlds = WORLDS.filter(({ name }) => named.length === 0 || named.includes(name));
const say = (text: string) => process.stderr.write(`${text}\n`);

const reports = mkdtempSync(join(tmpdir(), 'backup-compliance-verdicts-'));
const lab = await Lab.up({ name: `verdicts-${process.pid}`, reports });
const rows: { world: string; what: string; file: VerdictFile; faults: string[] }[] = [];
let whole: VerdictFile;
let healed = true;
try {
  const first = await audit(lab, reports);
  whole = first.file;
  if (first.exitCode !== 0) throw new Error(`a whole cloud is expected to be compliant:\n${first.stdout}`);
  for (const { name, what } of worlds) {
    const want = expected[name];
    if (!want) throw new Error(`${name}: no expectation in test/worlds/expected.ts`);
    await lab.break(name);
    const result = await audit(lab, reports).finally(() => lab.repair(name));
    const faults = differences(whole, result, want);
    rows.push({ world: name, what, file: result.file, faults });
    say(`${faults.length === 0 ? 'as expected' : 'DIFFERS    '}  ${name}${faults.map((fault) => `\n               ${fault}`).join('')}`);
  }
  const last = await audit(lab, reports);
  healed = last.exitCode === 0;
  if (!healed) say(`after all repairs the cloud is expected to be whole again, found:\n${last.stdout}`);
} finally {
  await lab.down();
  rmSync(reports, { recursive: true });
}

const flipped = rows.flatMap(({ world, file }) =>
  file.requirements.map(({ id, outcome }) => ({ id, outcome, wanted: expected[world]?.flips[id] })),
);
const shouldFlip = flipped.filter(({ wanted }) => wanted !== undefined);
const shouldStay = flipped.filter(({ wanted }) => wanted === undefined);
const same = (id: string) => whole.requirements.find((requirement) => requirement.id === id)?.outcome;
const ratio = (good: number, all: number) => (all === 0 ? 1 : good / all);
const summary = {
  requirements: whole.requirements.length,
  worlds: rows.length,
  sensitivity: ratio(shouldFlip.filter(({ outcome, wanted }) => outcome === wanted).length, shouldFlip.length),
  specificity: ratio(shouldStay.filter(({ id, outcome }) => outcome === same(id)).length, shouldStay.length),
  wrongReasons: rows.flatMap(({ faults }) => faults.filter((fault) => /the reason to hold|a note that holds/.test(fault))).length,
};
const allTried = rows.length === WORLDS.length;
const allRight = healed && rows.every(({ faults }) => faults.length === 0);
if (allTried && allRight) writeFileSync(new URL('../../docs/worlds.md', import.meta.url), document(rows));
say(`${rows.filter(({ faults }) => faults.length === 0).length} of ${rows.length} worlds as expected`);
if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
process.exitCode = allRight ? 0 : 1;

/** What was observed, for people: each world, what it flips, and the reason given. */
function document(observed: typeof rows): string {
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const lines = observed.map(({ world, what, file }) => {
    const changed = file.requirements.filter(({ id, outcome }) => outcome !== same(id));
    const groups = Map.groupBy(changed, ({ outcome }) => outcome);
    const flips = [...groups].map(([outcome, ids]) => `${outcome.replace('-', ' ')}: ${ids.map(({ id }) => id.slice(4)).join(', ')}`);
    const reasons = changed.filter(({ outcome }) => outcome !== 'blocked').map(({ id, reason }) => `**${id}** ${cell(reason)}`);
    const noted = file.requirements
      .filter(({ note, id }) => note && note !== whole.requirements.find((each) => each.id === id)?.note)
      .map(({ id, note }) => `**${id}** (note) ${cell(note ?? '')}`);
    return `| ${world} | ${cell(what)} | ${flips.join('<br>') || 'none'} | ${[...reasons, ...noted].join('<br>')} |`;
  });
  return `# Worlds: what breaks, what flips, and what is said

Observed by \`npm run verdicts\` on ${new Date().toISOString().slice(0, 10)}, on the embedded lab with two hypervisors: each world was broken in a running
cloud, audited from inside the front-end, and repaired. A whole cloud is compliant; what is not named here stayed as it was.

| world | what is broken | flips | reasons |
|---|---|---|---|
${lines.join('\n')}
`;
}
