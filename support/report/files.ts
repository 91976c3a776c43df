import { readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { statements, statementsOf } from '../explain.ts';
import { type Action, messageOf } from '../outcome.ts';
import type { Run } from '../run.ts';
import { suiteVersion } from '../version.ts';
import { completeResults } from './allure.ts';
import { toDocument } from './document.ts';
import { writeReport } from './html.ts';
import { toJUnit } from './junit.ts';
import { scrub } from './redact.ts';
import type { Requirement, Verdict } from './verdict.ts';

/** verdict.json, schema 1: docs/verdict.schema.json. */
export interface VerdictFile extends Omit<Verdict, 'runFaults'> {
  /** What went wrong with the run itself; absent where nothing did. */
  readonly runFaults?: readonly string[];
  readonly schema: 1;
  readonly suite: string;
  readonly profile: string;
  readonly run: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** The run judged this machine alone. */
  readonly onlyMachine?: string;
  /** What a run that may change something changed, undid and left; absent of an audit. */
  readonly actions?: readonly Action[];
  readonly cloud: { readonly name: string; readonly frontend: string; readonly openNebula: string | null };
}

/**
 * Writes all files of a run and points `latest` to it. The report comes first: where it cannot be written, that is a fault of the run,
 * and the verdict says so.
 */
export async function writeFiles(
  run: Run,
  messages: readonly string[],
  exitCode?: number,
): Promise<{ verdict: Verdict; cloud: VerdictFile['cloud'] }> {
  writeFileSync(join(run.folder, 'messages.ndjson'), messages.map((message) => `${scrub(message)}\n`).join(''));
  const cloud = await nameCloud(run);
  const soFar = run.record.verdict();
  completeResults(soFar);
  const { title, variables } = heading(run, soFar, cloud);
  const paper = scrub(toDocument(title, variables, soFar, statements()));
  await writeReport(run.folder, { title, variables, paper }).catch((error: unknown) =>
    run.record.fault(`the report was not written: ${messageOf(error)}`),
  );
  const reached = run.record.verdict();
  const verdict = exitCode === undefined ? reached : { ...reached, exitCode };
  const previous = latestVerdict(run.reports);
  const file: VerdictFile = {
    schema: 1,
    suite: suiteVersion,
    profile: run.profile,
    run: run.id,
    startedAt: run.startedAt.toISOString(),
    finishedAt: new Date().toISOString(),
    cloud,
    ...(run.machine !== undefined && { onlyMachine: run.machine }),
    verdict: verdict.verdict,
    exitCode: verdict.exitCode,
    ...(run.profile !== 'audit' && { actions: run.actions.map(({ what, state }) => ({ what: scrub(what), state })) }),
    ...(verdict.runFaults.length > 0 && { runFaults: verdict.runFaults }),
    requirements: verdict.requirements.map((requirement) => ({ ...requirement, since: since(requirement, previous, run) })),
  };
  writeFileSync(join(run.folder, 'junit.xml'), scrub(toJUnit(verdict, `${run.site.name} ${run.profile}`)));
  writeFileSync(join(run.folder, 'verdict.json'), `${JSON.stringify(file, null, 2)}\n`);
  pointLatest(run);
  return { verdict, cloud };
}

function heading(run: Run, { verdict, requirements }: Verdict, { frontend, openNebula }: VerdictFile['cloud']) {
  const { rsync_host: server, name: datastore } = run.site.datastore;
  const scope = [...onlyThese(run, requirements), ...(run.machine === undefined ? [] : [run.machine])].join(' on ');
  return {
    title: `${scope === '' ? '' : `${scope} ONLY, `}${verdict.replace('-', ' ').toUpperCase()}: ${run.site.name}`,
    variables: {
      Verdict: verdict.replace('-', ' '),
      Date: run.startedAt.toISOString().replace('T', ' ').replace(/\..*/, ' UTC'),
      Cloud: run.site.name,
      OpenNebula: openNebula ?? 'unknown',
      Profile: run.profile,
      'Front-end': frontend,
      'Backup server': server,
      Datastore: datastore,
      Suite: suiteVersion,
      Run: run.id,
    },
  };
}

/** The requirements of a run that was asked for some alone; none of a whole run. */
function onlyThese({ profile }: Run, requirements: readonly Requirement[]): string[] {
  return requirements.length < statementsOf(profile).length ? [requirements.map(({ id }) => id).join(', ')] : [];
}

/** What the front-end called itself and its release; the setting where it said nothing. */
async function nameCloud({ cloud, site }: Run): Promise<VerdictFile['cloud']> {
  const { survey, hostname, hosts } = await cloud.lastKnown();
  const version = 'value' in hosts ? hosts.value.map((host) => host.version).find(Boolean) : undefined;
  return { name: site.name, frontend: survey.failure ? site.frontend : hostname, openNebula: version ?? null };
}

/** What is read of a verdict that is there. */
const earlierVerdict = z.object({
  cloud: z.object({ name: z.string() }),
  startedAt: z.iso.datetime(),
  requirements: z.array(z.object({ id: z.string(), outcome: z.string(), since: z.iso.datetime().optional() })),
});
type EarlierVerdict = z.infer<typeof earlierVerdict>;

/** Reads a verdict.json; undefined where it is none. */
export function readVerdict(text: string): EarlierVerdict | undefined {
  try {
    return earlierVerdict.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function latestVerdict(reports: string): EarlierVerdict | undefined {
  try {
    return readVerdict(readFileSync(join(reports, 'latest', 'verdict.json'), 'utf8'));
  } catch {
    return undefined;
  }
}

/** When the unbroken series of this outcome began, as far as the run before tells. */
function since({ id, outcome }: Requirement, previous: EarlierVerdict | undefined, run: Run): string {
  const before = previous?.cloud.name === run.site.name ? previous.requirements.find((requirement) => requirement.id === id) : undefined;
  const unbroken = before?.outcome === outcome ? (before.since ?? previous?.startedAt) : undefined;
  return unbroken ?? run.startedAt.toISOString();
}

/** Moved into place in one go: who reads `latest` sees a whole run. */
function pointLatest(run: Run): void {
  const link = join(run.reports, `.latest-${run.id}`);
  symlinkSync(basename(run.folder), link);
  renameSync(link, join(run.reports, 'latest'));
}
