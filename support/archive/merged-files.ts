import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { messageOf, type Said, UsageError } from '../outcome/outcome.ts';
import { rememberEnvironment, scrub } from '../outcome/secrets.ts';
import { allureStatus } from '../report/allure.ts';
import { toMergedDocument } from '../report/document.ts';
import { writeReport } from '../report/html.ts';
import { toMergedJUnit } from '../report/junit.ts';
import { suiteVersion } from '../suite.ts';
import { statements } from '../verdict/requirements.ts';
import { makeFolder } from './folders.ts';
import { type CloudVerdict, findRun, type MergedVerdict, merge, toLines, worstVerdict } from './merge.ts';

/** What is read of an Allure result to copy it. */
const allureResult = z.looseObject({
  testCaseId: z.string(),
  status: z.string(),
  start: z.number(),
  labels: z.array(z.looseObject({ name: z.string(), value: z.string() })),
});

/**
 * Makes one report and one verdict of the runs in these folders, in `reports`/merged, which it replaces as a whole. Returns what to say.
 * @throws UsageError when it cannot be written, or something else is in its place.
 */
export async function mergeRuns(dirs: readonly string[], reports: string, now = new Date()): Promise<Said> {
  rememberEnvironment(process.env);
  const target = join(resolve(reports), 'merged');
  if (existsSync(target) && !isMerged(target))
    throw new UsageError(`${target} is there, and merge did not write it. Move it away, or name another folder with --reports.`);
  const folder = join(resolve(reports), `.merged-${process.pid}`);
  try {
    rmSync(folder, { recursive: true, force: true });
    makeFolder(join(folder, 'allure-results'));
  } catch (error) {
    throw new UsageError(`the reports folder ${resolve(reports)} cannot be written: ${messageOf(error)}\nName another one with --reports.`);
  }
  const merged = merge(
    dirs.map((dir) => findRun(resolve(dir))),
    now,
  );
  const faults = [...merged.faults, ...merged.clouds.flatMap((cloud) => copyResults(cloud, join(folder, 'allure-results')))];
  if (faults.length > 0) writeFaults(faults, join(folder, 'allure-results'));
  const soFar = { ...merged, faults, ...worstVerdict(merged.clouds, faults) };
  const { title, variables } = heading(soFar, now);
  const paper = scrub(toMergedDocument(title, variables, soFar, statements()));
  await writeReport(folder, { title, variables, paper, groupBy: ['cloud', 'feature'] }).catch((error: unknown) =>
    faults.push(`the report was not written: ${messageOf(error)}`),
  );
  const verdict: MergedVerdict = { ...soFar, faults, ...worstVerdict(merged.clouds, faults) };
  const file = { schema: 1, suite: suiteVersion, mergedAt: now.toISOString(), ...verdict };
  try {
    writeFileSync(join(folder, 'junit.xml'), scrub(toMergedJUnit(verdict)));
    writeFileSync(join(folder, 'verdict.json'), `${scrub(JSON.stringify(file, null, 2))}\n`);
    rmSync(target, { recursive: true, force: true });
    renameSync(folder, target);
  } catch (error) {
    throw new UsageError(`${target} could not be written: ${messageOf(error)}`);
  }
  return { lines: [...toLines(verdict, now), `Report: ${join(target, 'index.html')}`].map(scrub), exitCode: verdict.exitCode };
}

/** Whether a folder is what an earlier merge wrote: nothing else is ever replaced. */
function isMerged(folder: string): boolean {
  try {
    return z
      .object({ mergedAt: z.string(), clouds: z.array(z.unknown()) })
      .safeParse(JSON.parse(readFileSync(join(folder, 'verdict.json'), 'utf8'))).success;
  } catch {
    return false;
  }
}

function heading({ verdict, clouds }: MergedVerdict, now: Date) {
  const count = `${clouds.length} ${clouds.length === 1 ? 'cloud' : 'clouds'}`;
  return {
    title: `${verdict.replace('-', ' ').toUpperCase()}: ${count}`,
    variables: {
      Verdict: verdict.replace('-', ' '),
      Merged: now.toISOString().replace('T', ' ').replace(/\..*/, ' UTC'),
      Suite: suiteVersion,
      ...Object.fromEntries(
        clouds.map((cloud) => [
          `Cloud ${cloud.name}`,
          `${cloud.verdict.replace('-', ' ')}, ${cloud.profile} ${cloud.run}, front-end ${cloud.frontend}`,
        ]),
      ),
    },
  };
}

/** Copies a cloud's Allure results, each under its cloud. Returns where they do not say what the verdict says: then neither can be relied on. */
function copyResults({ name, folder, requirements }: CloudVerdict, to: string): string[] {
  const from = join(folder, 'allure-results');
  const newest = new Map<string, z.infer<typeof allureResult>>();
  try {
    for (const entry of readdirSync(from, { withFileTypes: true })) {
      if (!entry.isFile()) continue;
      if (!entry.name.endsWith('-result.json')) {
        copyFileSync(join(from, entry.name), join(to, entry.name));
        continue;
      }
      const result = allureResult.parse(JSON.parse(readFileSync(join(from, entry.name), 'utf8')));
      if ((newest.get(result.testCaseId)?.start ?? 0) <= result.start) newest.set(result.testCaseId, result);
      // Of two clouds, the same requirement is not the same test tried again, even where one run was copied from the other.
      const uuid = randomUUID();
      const ofCloud = `${name}:${result.testCaseId}`;
      const labels = [...result.labels, { name: 'cloud', value: name }];
      writeFileSync(join(to, `${uuid}-result.json`), JSON.stringify({ ...result, uuid, testCaseId: ofCloud, historyId: ofCloud, labels }));
    }
  } catch (error) {
    return [`${name}: the results for the report cannot be read: ${messageOf(error)}.`];
  }
  const otherwise = requirements.filter(({ id, outcome }) => newest.get(id)?.status !== allureStatus[outcome]).map(({ id }) => id);
  return otherwise.length === 0 ? [] : [`${name}: of ${otherwise.join(', ')}, ${from} does not say what verdict.json beside it says.`];
}

/** What the merge itself is blamed for stands in the report as a test of its own. */
function writeFaults(faults: readonly string[], to: string): void {
  const uuid = randomUUID();
  const name = 'The merge itself';
  const result = {
    ...{ uuid, name, fullName: name, testCaseId: 'merge', historyId: 'merge', status: allureStatus.undetermined, stage: 'finished' },
    ...{ start: Date.now(), stop: Date.now(), steps: [], parameters: [], attachments: [], links: [] },
    statusDetails: { message: faults.join('\n') },
    labels: [
      { name: 'cloud', value: name },
      { name: 'outcome', value: 'undetermined' },
    ],
  };
  writeFileSync(join(to, `${uuid}-result.json`), JSON.stringify(result));
}
