import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Lab } from '../../lab/machines/lab.ts';
import type { VerdictFile } from '../../support/archive/files.ts';
import type { Outcome } from '../../support/outcome/outcome.ts';
import { overall } from '../../support/verdict/verdict.ts';
import { unlistedEvidence } from '../audit/commands.ts';
import { changes, snapshot } from '../snapshot.ts';
import { disagreements as disagreementsIn } from '../verdict/languages.ts';
import type { World } from './world.ts';

/** What a run in a lab came to. */
export interface Judged {
  readonly file: VerdictFile;
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
    return { file, exitCode, stdout, disagreements: disagreementsIn(folder, { file, exitCode, stdout }), changed, unlisted };
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
  whole: VerdictFile,
  { file, exitCode, disagreements, changed, unlisted }: Judged,
  { flips, machines = {}, reasons, notes = {} }: World,
): string[] {
  const faults = [
    ...disagreements,
    ...changed.map((line) => `changed something: ${line}`),
    ...unlisted.map((line) => `ran what docs/commands.md does not list: ${line}`),
  ];
  for (const requirement of file.requirements) {
    const { id, outcome, reason, note = '' } = requirement;
    const wanted: Outcome | undefined = flips[id] ?? whole.requirements.find((each) => each.id === id)?.outcome;
    if (outcome !== wanted) faults.push(`${id}: expected ${wanted}, found ${outcome}: ${reason}`);
    for (const word of reasons[id] ?? [])
      if (!word.test(reason)) faults.push(`${id}: expected the reason to hold ${word}, found: ${reason}`);
    const wantedNote = notes[id];
    if (wantedNote && !wantedNote.test(note)) faults.push(`${id}: expected a note that holds ${wantedNote}, found: “${note}”`);
    for (const [name, machineOutcome] of Object.entries(machines[id] ?? {})) {
      const found = requirement.machines?.find((machine) => machine.name === name)?.outcome;
      if (found !== machineOutcome) faults.push(`${id} on ${name}: expected ${machineOutcome}, found ${found}`);
    }
  }
  const missing = Object.keys(flips).filter((id) => !file.requirements.some((requirement) => requirement.id === id));
  if (missing.length > 0) faults.push(`expected a judgement of ${missing.join(', ')}, found none`);
  if (file.requirements.length !== whole.requirements.length)
    faults.push(`expected ${whole.requirements.length} requirements, found ${file.requirements.length}`);
  const wanted = whole.requirements.map(({ id, outcome }) => ({ outcome: flips[id] ?? outcome }));
  const wantedExit = overall(wanted, []).exitCode;
  if (exitCode !== wantedExit || file.exitCode !== wantedExit)
    faults.push(`expected exit ${wantedExit}, found ${exitCode} (verdict.json: ${file.exitCode})`);
  return faults;
}
