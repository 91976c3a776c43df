import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { messageOf, UsageError, whyNot } from '../outcome/errors.ts';
import type { Said } from '../outcome/exit-codes.ts';
import { cleaned, rememberEnvironment, scrub } from '../outcome/secrets.ts';
import { allureStatus, faultsResult } from '../report/allure.ts';
import { mergedHeading } from '../report/allure-page.ts';
import { toMergedJUnit } from '../report/junit.ts';
import { toMergedSummary } from '../report/merged.ts';
import { toMergedPage } from '../report/page/merged.ts';
import { suiteVersion } from '../suite.ts';
import type { CloudVerdict, MergedFile, MergedVerdict } from '../verdict/merged.ts';
import { statements } from '../verdict/requirements.ts';
import { SCHEMA } from '../verdict/schema.ts';
import { writeAllurePage } from './allure-page.ts';
import { makeFolder } from './folders.ts';
import { findRun, merge, toLines, worstVerdict } from './merge.ts';

/** With each cloud Allure's page grows by 0.4 MB: of hundreds, no browser opens it. */
export const MOST_IN_ALLURE = 50;

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
    makeFolder(folder);
  } catch (error) {
    throw new UsageError(`the reports folder ${resolve(reports)} cannot be written: ${whyNot(error)}\nName another one with --reports.`);
  }
  const found = dirs.map((dir) => findRun(resolve(dir)));
  const merged = merge(found, now);
  const left = leftOut(merged.clouds.length);
  const faults = [...merged.faults, ...(left.length > 0 ? [] : await writeAllure(merged, folder, now))];
  const verdict = cleaned({ ...merged, faults, notes: [...merged.notes, ...left], ...worstVerdict(merged.clouds, faults) }, scrub);
  const file: MergedFile = { schema: SCHEMA, suite: suiteVersion, mergedAt: now.toISOString(), ...verdict };
  try {
    const page = toMergedPage({
      ...{ merged: verdict, statements: statements(), mergedAt: file.mergedAt, hasAllure: existsSync(join(folder, 'allure.html')) },
      pageOf: (cloud) => pageOf(cloud, target),
      zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    });
    writeFileSync(join(folder, 'index.html'), cleaned(page, scrub));
    writeFileSync(join(folder, 'summary.md'), cleaned(toMergedSummary(verdict, file.mergedAt), scrub));
    writeFileSync(join(folder, 'junit.xml'), toMergedJUnit(verdict, statements()));
    writeFileSync(join(folder, 'verdict.json'), `${JSON.stringify(file, null, 2)}\n`);
    rmSync(target, { recursive: true, force: true });
    renameSync(folder, target);
  } catch (error) {
    throw new UsageError(`${target} could not be written: ${whyNot(error)}`);
  }
  return { lines: [...toLines(verdict, now), `Report: ${join(target, 'index.html')}`], exitCode: verdict.exitCode };
}

/** That there is no Allure report of so many clouds, where there is none. */
const leftOut = (clouds: number): string[] =>
  clouds > MOST_IN_ALLURE
    ? [`Allure's report is left out: it is made of ${MOST_IN_ALLURE} clouds at most, and these are ${clouds}. Each run has its own.`]
    : [];

/** Allure's report of all clouds, with what is wrong with the merge. Returns what is wrong with that report. */
async function writeAllure(merged: MergedVerdict, folder: string, now: Date): Promise<string[]> {
  const results = join(folder, 'allure-results');
  const wrong: string[] = [];
  try {
    mkdirSync(results);
    wrong.push(...merged.clouds.flatMap((cloud) => copyResults(cloud, results)));
    const faults = [...merged.faults, ...wrong];
    const told = cleaned({ ...merged, faults, ...worstVerdict(merged.clouds, faults) }, scrub);
    if (faults.length > 0) {
      const { name, content } = faultsResult('merge', told.faults, now.getTime(), [{ name: 'cloud', value: 'The merge itself' }]);
      writeFileSync(join(results, name), content);
    }
    await writeAllurePage(folder, { ...mergedHeading(told, now.toISOString()), groupBy: ['cloud', 'feature'] });
  } catch (error) {
    wrong.push(`Allure's report was not written: ${messageOf(error)}`);
  }
  return wrong;
}

/** A cloud's own page, seen from where the merged one will be; as part of a URL. */
function pageOf({ folder }: CloudVerdict, target: string): string | undefined {
  const page = join(folder, 'index.html');
  return existsSync(page) ? relative(target, page).split('/').map(encodeURIComponent).join('/') : undefined;
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
    return [`${name}: the results for the report cannot be read: ${whyNot(error)}.`];
  }
  const otherwise = requirements.filter(({ id, outcome }) => newest.get(id)?.status !== allureStatus[outcome]).map(({ id }) => id);
  return otherwise.length === 0 ? [] : [`${name}: of ${otherwise.join(', ')}, ${from} does not say what verdict.json beside it says.`];
}
