import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../outcome/outcome.ts';
import { fileNameOf } from './folders.ts';

/** How many runs the trend reaches back. */
export const TREND = 30;
/** Bytes of a history file. It holds a few hundred kilobytes; a larger one is none of ours. */
const MOST = 16 * 1024 * 1024;
/** Characters of a reason that the trend keeps. */
const SHORT = 300;

const time = z.int().min(0).max(8.64e15);
const result = z.object({
  id: z.string(),
  name: z.string(),
  fullName: z.string().exactOptional(),
  environment: z.string().exactOptional(),
  historyId: z.string(),
  status: z.enum(['passed', 'failed', 'broken', 'skipped', 'unknown']),
  message: z
    .string()
    .transform((text) => text.slice(0, SHORT))
    .exactOptional(),
  start: time.exactOptional(),
  stop: time.exactOptional(),
  duration: time.exactOptional(),
  url: z.literal(''),
});
/** One run in Allure's history, and no more of it than the trend shows. */
const point = z.object({
  uuid: z.string().regex(/^[\w-]+$/),
  name: z.string(),
  timestamp: time,
  knownTestCaseIds: z.array(z.string()),
  testResults: z.record(z.string(), result),
  metrics: z.record(z.string(), z.number()),
  url: z.literal(''),
});

/** Reads Allure's history, one JSON value a line, the oldest first; what is no run is counted and left out. */
export function readHistory(text: string): { points: z.infer<typeof point>[]; damaged: number } {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const points = lines.flatMap((line) => {
    try {
      return [point.parse(JSON.parse(line))];
    } catch {
      return [];
    }
  });
  return { points: points.slice(-TREND), damaged: lines.length - points.length };
}

interface Of {
  readonly reports: string;
  readonly folder: string;
  readonly profile: string;
  readonly site: { readonly name: string };
}

/** The trend of a cloud under a profile: a file of its own beside the runs. */
const fileOf = ({ reports, site, profile }: Of) => join(reports, `history-${fileNameOf(site.name)}-${profile}.jsonl`);
/** Where Allure reads it and adds to it: a copy, so that no report that fails leaves half of it behind. */
const copyOf = ({ folder }: Of) => join(folder, '.history.jsonl');

const asLines = (points: readonly object[]) => points.map((each) => `${JSON.stringify(each)}\n`).join('');

/** In one go: who reads the trend sees a whole one. */
function save(of: Of, points: readonly object[]): void {
  const written = join(of.reports, `.history-${basename(of.folder)}`);
  writeFileSync(written, asLines(points));
  renameSync(written, fileOf(of));
}

/**
 * Lays a sound copy of the trend out for Allure. Returns its path, and what there is to say. What cannot be read is put aside,
 * and the trend begins anew: no history is worth a verdict.
 */
export function layOutHistory(of: Of): { file: string | undefined; remarks: string[] } {
  const file = fileOf(of);
  const remarks: string[] = [];
  let text = '';
  let fault: string | undefined;
  try {
    if (existsSync(file)) {
      const found = statSync(file);
      if (!found.isFile() || found.size > MOST) throw new Error('it is nothing that the suite wrote');
      text = readFileSync(file, 'utf8');
    }
  } catch (error) {
    fault = messageOf(error);
  }
  const { points, damaged } = readHistory(text);
  if (damaged > 0) fault = `${damaged} of its lines ${damaged === 1 ? 'is' : 'are'} no record of a run`;
  try {
    if (fault !== undefined) {
      renameSync(file, `${file}.damaged`);
      save(of, points);
      remarks.push(`The trend lacks runs: of ${file}, ${fault}. It is kept as ${basename(file)}.damaged; the verdict does not rest on it.`);
    }
    writeFileSync(copyOf(of), asLines(points));
    return { file: copyOf(of), remarks };
  } catch (error) {
    return { file: undefined, remarks: [`The report shows no trend: ${messageOf(error)}. The verdict does not rest on it.`] };
  }
}

/** What Allure made of the copy, which goes; and what there is to say. */
export function takeHistory(of: Of): { points: readonly object[] | undefined; remarks: readonly string[] } {
  const copy = copyOf(of);
  try {
    const points = existsSync(copy) ? readHistory(readFileSync(copy, 'utf8')).points : undefined;
    rmSync(copy, { force: true });
    return { points, remarks: [] };
  } catch (error) {
    return { points: undefined, remarks: [missing(error)] };
  }
}

/** Puts the trend in its place, if there is one. Returns what there is to say. */
export function keepHistory(of: Of, points: readonly object[] | undefined): string[] {
  try {
    if (points) save(of, points);
    return [];
  } catch (error) {
    return [missing(error)];
  }
}

const missing = (error: unknown) => `This run is missing in the trend: ${messageOf(error)}. The verdict does not rest on it.`;
