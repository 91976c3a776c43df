import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../../lab/lab.ts';
import type { Outcome } from '../../support/outcome.ts';
import type { VerdictFile } from '../../support/report/files.ts';
import { overall } from '../../support/report/verdict.ts';
import type { Expected } from './expected.ts';

/** What an audit of a lab came to, from inside the front-end. */
export async function audit(lab: Lab, reports: string): Promise<{ file: VerdictFile; exitCode: number; stdout: string }> {
  const { exitCode, stdout, stderr } = await lab.shell('frontend01', [
    '/opt/suite/bin/backup-compliance',
    'audit',
    '--site',
    'site.yaml',
    '--reports',
    'reports',
  ]);
  try {
    return { file: JSON.parse(readFileSync(join(reports, 'latest', 'verdict.json'), 'utf8')), exitCode, stdout };
  } catch (error) {
    throw new Error(`the audit wrote no verdict (exit ${exitCode}):\n${stdout}\n${stderr}`, { cause: error });
  }
}

/** The ways in which an audit of a broken cloud differs from what is expected: none when all is as it should be. */
export function differences(
  whole: VerdictFile,
  { file, exitCode }: { file: VerdictFile; exitCode: number },
  { flips, machines = {}, reasons, notes = {} }: Expected,
): string[] {
  const faults: string[] = [];
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
  if (file.requirements.length !== whole.requirements.length)
    faults.push(`expected ${whole.requirements.length} requirements, found ${file.requirements.length}`);
  const wantedExit = overall(whole.requirements.map(({ id, outcome }) => ({ outcome: flips[id] ?? outcome }))).exitCode;
  if (exitCode !== wantedExit || file.exitCode !== wantedExit)
    faults.push(`expected exit ${wantedExit}, found ${exitCode} (verdict.json: ${file.exitCode})`);
  return faults;
}
