import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../outcome/errors.ts';
import { TREND } from '../report/allure-page.ts';
import { fileNameOf } from './folders.ts';

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

const asLines = (points: readonly object[]) => points.map((each) => `${JSON.stringify(each)}\n`).join('');

/** The trend of a cloud under a profile: a file of its own beside the runs. Nothing that goes wrong with it is worth a verdict. */
export class Trend {
  /** Where Allure reads it and adds to it: a copy, so that no report that fails leaves half of it behind. Undefined where there is none. */
  readonly copy: string | undefined;
  /** What there is to say, a line each. */
  readonly remarks: string[] = [];
  readonly #of: Of;
  readonly #file: string;
  #points: readonly object[] | undefined;

  /** Lays a sound copy of it out. What cannot be read is put aside, and the trend begins anew. */
  constructor(of: Of) {
    this.#of = of;
    this.#file = join(of.reports, `history-${fileNameOf(of.site.name)}-${of.profile}.jsonl`);
    this.copy = this.#trying('The report shows no trend', () => {
      const { points, fault } = readWhole(this.#file);
      if (fault !== undefined) {
        renameSync(this.#file, `${this.#file}.damaged`);
        this.#save(points);
        const kept = `It is kept as ${basename(this.#file)}.damaged; the verdict does not rest on it.`;
        this.remarks.push(`The trend lacks runs: of ${this.#file}, ${fault}. ${kept}`);
      }
      const copy = join(of.folder, '.history.jsonl');
      writeFileSync(copy, asLines(points));
      return copy;
    });
  }

  /** Takes what Allure made of the copy, which goes. */
  take(): void {
    const { copy } = this;
    if (copy === undefined) return;
    this.#points = this.#trying('This run is missing in the trend', () => {
      const { points } = readHistory(readFileSync(copy, 'utf8'));
      rmSync(copy);
      return points;
    });
  }

  /** Puts what was taken in its place. */
  keep(): void {
    const points = this.#points;
    if (points) this.#trying('This run is missing in the trend', () => this.#save(points));
  }

  /** In one go: who reads the trend sees a whole one. */
  #save(points: readonly object[]): void {
    const written = join(this.#of.reports, `.history-${basename(this.#of.folder)}`);
    writeFileSync(written, asLines(points));
    renameSync(written, this.#file);
  }

  #trying<T>(failure: string, act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      this.remarks.push(`${failure}: ${messageOf(error)}. The verdict does not rest on it.`);
      return undefined;
    }
  }
}

/** What a file has of the trend, and what is wrong with it. */
function readWhole(file: string): { points: readonly object[]; fault?: string } {
  if (!existsSync(file)) return { points: [] };
  const found = statSync(file);
  if (!found.isFile() || found.size > MOST) return { points: [], fault: 'the suite did not write it' };
  const { points, damaged } = readHistory(readFileSync(file, 'utf8'));
  return damaged === 0 ? { points } : { points, fault: `${damaged} of its lines ${damaged === 1 ? 'is' : 'are'} no record of a run` };
}
