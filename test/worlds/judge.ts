import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Lab } from '../../lab/machines/lab.ts';
import type { Outcome } from '../../support/outcome/outcome.ts';
import type { VerdictFile } from '../../support/verdict/schema.ts';
import { overall } from '../../support/verdict/verdict.ts';
import { unlistedEvidence } from '../audit/commands.ts';
import { changes, snapshot } from '../snapshot.ts';
import { disagreements as disagreementsIn } from '../verdict/languages.ts';
import type { World } from './world.ts';

/** What verdict.json says of a requirement. */
export interface Judgement {
  readonly id: string;
  readonly outcome: Outcome;
  /** Its reason and what is to be done, and those of its single machines. */
  readonly reason: string;
  readonly note: string;
  /** Outcomes of single machines, by name. */
  readonly machines: ReadonlyMap<string, Outcome>;
}

export interface Verdict {
  readonly requirements: readonly Judgement[];
  readonly exitCode: number;
}

interface Said {
  readonly reason: string;
  readonly fix?: string;
}

/** Nothing else here knows how verdict.json is laid out. */
function verdictOf({ requirements, exitCode }: VerdictFile): Verdict {
  return {
    exitCode,
    requirements: requirements.map((requirement) => {
      const { id, outcome, note = '', subjects = [] } = requirement;
      const reason = [requirement, ...subjects].map(({ reason, fix = '' }: Said) => `${reason} ${fix}`.trim()).join('\n');
      return { id, outcome, note, reason, machines: new Map(subjects.map((subject) => [subject.name, subject.outcome])) };
    }),
  };
}

/** What a run in a lab came to. */
export interface Judged {
  readonly verdict: Verdict;
  readonly exitCode: number;
  readonly stdout: string;
  /** Where the run's files, the terminal and the exit code do not say the same. */
  readonly disagreements: readonly string[];
  /** What an audit, which reads only, has changed in the lab. */
  readonly changed: readonly string[];
  /** What an audit has run that docs/commands.md does not list. */
  readonly unlisted: readonly string[];
}

/** Runs a profile from inside the front-end, with the world's settings; `reports` is the folder that the lab was given for them. */
export async function judge(
  lab: Lab,
  reports: string,
  { profile = 'audit', site = {} }: Pick<World, 'profile' | 'site'> = {},
): Promise<Judged> {
  const settings = await siteOf(lab, site);
  const command = ['/opt/suite/bin/backup-compliance', profile, '--site', settings, '--reports', 'reports'];
  const before = profile === 'audit' ? await snapshot(lab, reports) : [];
  const { exitCode, stdout, stderr } = await lab.shell('frontend01', command);
  const changed = profile === 'audit' ? changes(before, await snapshot(lab, reports)) : [];
  try {
    const folder = join(reports, 'latest');
    const unlisted = profile === 'audit' ? unlistedEvidence(folder) : [];
    const file = JSON.parse(readFileSync(join(folder, 'verdict.json'), 'utf8')) as VerdictFile;
    const disagreements = disagreementsIn(folder, { file, exitCode, stdout });
    return { verdict: verdictOf(file), exitCode, stdout, disagreements, changed, unlisted };
  } catch (error) {
    throw new Error(`the ${profile} wrote no verdict (exit ${exitCode}):\n${stdout}\n${stderr}`, { cause: error });
  }
}

const SITE_OF_WORLD = '/run/one/site-of-world.yaml';

/** The lab's site file, or one that has other settings, too. */
export async function siteOf(lab: Lab, site: Readonly<Record<string, unknown>>): Promise<string> {
  if (Object.keys(site).length === 0) return 'site.yaml';
  const { stdout } = await lab.shell('frontend01', ['cat', 'site.yaml']);
  const merged = parse(stdout) as Record<string, unknown>;
  for (const [key, value] of Object.entries(site)) {
    const isBlock = typeof value === 'object' && value !== null && !Array.isArray(value);
    merged[key] = isBlock ? { ...(merged[key] as object | undefined), ...value } : value;
  }
  await lab.shell('frontend01', ['sh', '-c', `cat > ${SITE_OF_WORLD}`], { input: stringify(merged) });
  return SITE_OF_WORLD;
}

/** The ways in which a run in a world differs from what is expected: none when all is as it should be. */
export function differences(
  whole: Verdict,
  { verdict, exitCode, disagreements, changed, unlisted }: Judged,
  { flips, machines, reasons, notes }: World,
): string[] {
  const faults = [
    ...disagreements,
    ...changed.map((line) => `changed something: ${line}`),
    ...unlisted.map((line) => `ran what docs/commands.md does not list: ${line}`),
  ];
  for (const { id, outcome, reason, note, machines: judged } of verdict.requirements) {
    const wanted: Outcome | undefined = flips[id] ?? whole.requirements.find((each) => each.id === id)?.outcome;
    if (outcome !== wanted) faults.push(`${id}: expected ${wanted}, found ${outcome}: ${reason}`);
    for (const word of reasons[id] ?? [])
      if (!word.test(reason)) faults.push(`${id}: expected the reason to hold ${word}, found: ${reason}`);
    if (notes[id] && !notes[id].test(note)) faults.push(`${id}: expected a note that holds ${notes[id]}, found: “${note}”`);
    for (const [name, expected] of Object.entries(machines[id] ?? {}))
      if (judged.get(name) !== expected) faults.push(`${id} on ${name}: expected ${expected}, found ${judged.get(name)}`);
  }
  const missing = Object.keys(flips).filter((id) => !verdict.requirements.some((requirement) => requirement.id === id));
  if (missing.length > 0) faults.push(`expected a judgement of ${missing.join(', ')}, found none`);
  if (verdict.requirements.length !== whole.requirements.length)
    faults.push(`expected ${whole.requirements.length} requirements, found ${verdict.requirements.length}`);
  const wanted = overall(
    whole.requirements.map(({ id, outcome }) => ({ id, severity: 'blocker', outcome: flips[id] ?? outcome })),
    [],
  );
  if (exitCode !== wanted.exitCode || verdict.exitCode !== wanted.exitCode)
    faults.push(`expected exit ${wanted.exitCode}, found ${exitCode} (verdict.json: ${verdict.exitCode})`);
  return faults;
}
