import { appendFileSync, closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rename, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '../outcome/errors.ts';
import type { Outcome } from '../outcome/outcome.ts';
import { cleaned, scrub } from '../outcome/secrets.ts';
import { allureResults } from '../report/allure.ts';
import { heading } from '../report/allure-page.ts';
import { toHdf } from '../report/hdf.ts';
import { toJUnit } from '../report/junit.ts';
import { answersIn } from '../report/page/evidence.ts';
import { toPage } from '../report/page/run.ts';
import { type ProtectionLine, toCsv } from '../report/protection.ts';
import { toSummary } from '../report/summary.ts';
import type { Site } from '../site/schema.ts';
import { suiteVersion } from '../suite.ts';
import type { Statement } from '../verdict/requirements.ts';
import { SCHEMA, toJson, type Verdict, type VerdictFile } from '../verdict/schema.ts';
import { writeAllurePage } from './allure-page.ts';
import type { EvidenceStore } from './evidence.ts';
import { makeFolder } from './folders.ts';
import { Trend } from './history.ts';
import { writeMetrics } from './metrics.ts';
import { newestRestoreTest } from './proofs.ts';
import { prune } from './retention.ts';
import { earlierVerdicts, isWhole, lastOf, OLDER, remembered, seriesStarts } from './runs.ts';
import { MANIFEST, SIGNATURE, seal, sign, sumOfOthers } from './seal.ts';
import type { Spool } from './spool.ts';

/** A run at its end: all that its files are made of. */
export interface EndedRun extends Pick<VerdictFile, 'only' | 'onlySubject' | 'onlyRequirements' | 'cloud' | 'scope'> {
  /** Names the run and its folder. */
  readonly id: string;
  readonly profile: string;
  readonly site: Pick<Site, 'name' | 'datastore' | 'test_vm' | 'valid_for' | 'retention' | 'evidence' | 'outputs'>;
  readonly startedAt: Date;
  readonly reports: string;
  /** reports/id, which is there. */
  readonly folder: string;
  readonly spool: Spool;
  readonly evidence: EvidenceStore;
  /** What the run came to, with these faults among its own. */
  readonly verdict: (faults: readonly string[]) => Verdict;
  /** All that its features state. */
  readonly statements: readonly Statement[];
  /** What it changed on the machines, and what became of that. */
  readonly actions: NonNullable<VerdictFile['actions']>;
  /** The waivers that cover nothing, a sentence each. */
  readonly waiverNotes: readonly string[];
  /** Of a run that was interrupted; else the verdict's. */
  readonly exitCode?: number;
  /** protection.csv, and what the metrics tell of production; undefined where nothing was judged of it. */
  readonly protection?: { readonly lines: readonly ProtectionLine[]; readonly outcomes: ReadonlyMap<string, Outcome> };
  /** False where nobody looks at Allure's page: it takes most of the time. */
  readonly allure?: boolean;
}

/** What became of a run's files. */
export interface Written {
  /** As it stands in verdict.json. */
  readonly file: VerdictFile;
  /** The page; undefined where it could not be written. */
  readonly report: string | undefined;
  /** What there is to say of the files, a line each. */
  readonly remarks: readonly string[];
}

/** What states the verdict: nothing of it is left over from when the verdict was another. */
const stating = [
  'allure-results',
  'allure.html',
  'index.html',
  'junit.xml',
  'hdf.json',
  'protection.csv',
  'summary.md',
  'verdict.json',
  MANIFEST,
  SIGNATURE,
];

const UNSIGNED = 'the evidence was not signed';

interface Step {
  /** What it means for the run that it failed. */
  readonly failure: string;
  /** A text that it returns says what is wanting, though it did not fail. */
  readonly write: (file: VerdictFile) => unknown;
}

/** Nothing goes to the disk but by way of this, when all machines have spoken: which secrets there are is known only then. */
const clean = <T>(value: T): T => cleaned(value, scrub);

/**
 * Writes all files of a run, the one place where anything of it goes to a disk, and points `latest` to it. A step that fails is a fault of the
 * run, which all files are to state: they are written again, without what failed. What others may be reading comes last.
 */
export async function writeRun(run: EndedRun): Promise<Written> {
  const { folder, site, spool, evidence, statements, protection } = run;
  const { sign_with: key } = site.evidence;
  const { prometheus } = site.outputs;
  const put = (name: string, content: string | Buffer) => {
    const path = join(folder, name);
    makeFolder(dirname(path));
    wholly(path, () => writeFileSync(path, content));
  };
  spool.clean(scrub);
  const readPicture = (name: string) => readFileSync(join(folder, clean(name)));
  let trend: Trend | undefined;
  const steps: readonly Step[] = [
    // First, while there is room: without it there is no verdict.
    { failure: 'verdict.json was not written', write: (file) => put('verdict.json', toJson(file)) },
    { failure: 'messages.ndjson was not written', write: () => putLines(join(folder, 'messages.ndjson'), spool.lines()) },
    {
      failure: 'evidence was not written',
      write() {
        for (const { file, text, picture } of evidence.files()) {
          put(clean(file), clean(text()));
          if (picture) put(clean(picture.file), Buffer.from(picture.content(), 'base64'));
        }
      },
    },
    {
      failure: "Allure's report was not written",
      async write(file) {
        makeFolder(join(folder, 'allure-results'));
        let lacking: string | undefined;
        const lacks = (why: string) => (lacking ??= `the report lacks something: ${why}`);
        for (const { name, content } of allureResults(spool.messages(), file, lacks, readPicture)) put(`allure-results/${name}`, content);
        if (run.allure === false) return lacking;
        trend = new Trend(run);
        await writeAllurePage(folder, { ...clean(heading(file, site.datastore)), history: trend.copy });
        trend.take();
        return lacking;
      },
    },
    { failure: 'junit.xml was not written', write: (file) => put('junit.xml', toJUnit(file, clean(statements))) },
    { failure: 'hdf.json was not written', write: (file) => put('hdf.json', toHdf(file, clean(statements))) },
    {
      failure: 'protection.csv was not written',
      write: () => protection && put('protection.csv', clean(toCsv(protection.lines, protection.outcomes))),
    },
    { failure: 'summary.md was not written', write: (file) => put('summary.md', toSummary(file)) },
    {
      failure: 'the report was not written',
      async write(file) {
        const page = toPage({
          ...{ file, statements, picture: readPicture, datastore: site.datastore, answers: answersIn(spool.messages()) },
          testVm: site.test_vm && `${site.test_vm.name} (${site.test_vm.id})`,
          earlier: lastOf(earlier, run.profile),
          sealed: {
            manifest: await sumOfOthers(folder, 'index.html'),
            key: faults.some((fault) => fault.startsWith(UNSIGNED)) ? undefined : key,
          },
          hasAllure: existsSync(join(folder, 'allure.html')),
          zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        });
        put('index.html', clean(page));
      },
    },
    {
      failure: 'the evidence was not sealed',
      async write() {
        if (!existsSync(join(folder, 'verdict.json'))) throw new Error('there is no verdict.json');
        await seal(folder);
      },
    },
    { failure: UNSIGNED, write: () => key !== undefined && sign(folder, key) },
    {
      failure: 'the metrics were not written',
      write: (file) =>
        prometheus !== undefined &&
        isWhole(file) &&
        writeMetrics(prometheus, file, { ...(protection && { protection: protection.lines }), restoreTest: newestRestoreTest(run, file) }),
    },
    { failure: `${join(run.reports, 'latest')} does not point to this run; move away what is in its place`, write: () => pointLatest(run) },
  ];
  const finishedAt = new Date();
  const older: string[] = [];
  const earlier = remembered(earlierVerdicts(run, (name) => older.push(name)));
  // What was judged of one subject alone is part of no series.
  const isJudgedWhole = run.onlySubject === undefined;
  const starts = seriesStarts(isJudgedWhole ? run.verdict([]).requirements : [], earlier, run.startedAt.toISOString());
  // What the trend reads further back is no part of any series.
  const unread = older.slice(0, 1);
  const faults: string[] = [];
  const writeAll = async (all: readonly Step[]): Promise<VerdictFile> => {
    const file = clean(toFile(run, finishedAt, run.verdict(faults), starts));
    const again = (fault: string, others: readonly Step[]) => {
      faults.push(fault);
      for (const name of stating) rmSync(join(folder, name), { recursive: true, force: true });
      return writeAll(others);
    };
    for (const step of all) {
      try {
        const lacking = await step.write(file);
        if (typeof lacking === 'string' && !faults.includes(lacking)) return again(lacking, all);
      } catch (error) {
        return again(
          `${step.failure}: ${placed(error, folder)}`,
          all.filter((other) => other !== step),
        );
      }
    }
    return file;
  };
  const file = await writeAll(steps);
  const report = join(folder, 'index.html');
  if (isWhole(file)) trend?.keep();
  return {
    ...{ file, report: existsSync(report) ? report : undefined },
    remarks: [
      ...unread.map((name) => `The run ${name} ${OLDER}: no series of outcomes reaches back to it.`),
      ...(trend?.remarks ?? []),
      ...prune(run.reports, run),
    ],
  };
}

/** A write to an open file that fails says only why: EDQUOT, EIO, ENOSPC. */
function placed(error: unknown, folder: string): string {
  const message = messageOf(error);
  return /, (?:write|fsync|close)$/.test(message) ? `${message} in ${folder}` : message;
}

function toFile(
  run: EndedRun,
  finishedAt: Date,
  { requirements, runFaults, ...verdict }: Verdict,
  starts: ReadonlyMap<string, string>,
): VerdictFile {
  const { id, profile, site, startedAt, cloud, only, onlySubject, onlyRequirements, actions, waiverNotes, exitCode, scope } = run;
  return {
    schema: SCHEMA,
    suite: suiteVersion,
    profile,
    run: id,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    validUntil: new Date(finishedAt.getTime() + site.valid_for * 1000).toISOString(),
    cloud,
    ...(only && { only }),
    ...(onlySubject !== undefined && { onlySubject }),
    ...(onlyRequirements !== undefined && { onlyRequirements }),
    ...(scope && { scope }),
    ...verdict,
    ...(exitCode !== undefined && { exitCode }),
    ...(profile !== 'audit' && { actions }),
    ...(waiverNotes.length > 0 && { waiverNotes: [...waiverNotes] }),
    ...(runFaults.length > 0 && { runFaults: [...runFaults] }),
    requirements: requirements.map((each) => {
      const since = starts.get(each.id);
      return since === undefined ? each : { ...each, since };
    }),
  };
}

/** A line at a time: all of them would fill the memory. */
function putLines(path: string, lines: Iterable<string>): void {
  wholly(path, () => {
    const file = openSync(path, 'w');
    try {
      for (const line of lines) appendFileSync(file, `${line}\n`);
    } finally {
      closeSync(file);
    }
  });
}

/** A file that could not be written to its end is none: what there is of it takes the room of others. */
function wholly(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    rmSync(path, { recursive: true, force: true });
    throw error;
  }
}

/** Moved into place in one go: who reads `latest` sees a whole run. One whose verdict could not be written takes nobody's place. */
async function pointLatest({ id, reports, folder }: EndedRun): Promise<void> {
  if (!existsSync(join(folder, 'verdict.json'))) return;
  const link = join(reports, `.latest-${id}`);
  await symlink(basename(folder), link);
  await rename(link, join(reports, 'latest')).catch((error: unknown) => {
    rmSync(link);
    throw error;
  });
}
