import { existsSync, readFileSync, rmSync } from 'node:fs';
import { rename, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { statementsOf } from '../explain.ts';
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

/** What states the verdict: nothing of it is left over from when the verdict was another. */
const stating = ['index.html', 'junit.xml', 'verdict.json'];

interface Step {
  /** What it means for the run that it failed. */
  readonly failure: string;
  readonly write: (file: VerdictFile, verdict: Verdict) => Promise<unknown>;
}

/**
 * Writes all files of a run and points `latest` to it. A step that fails is a fault of the run, which all files are to state: they are
 * written again, without what failed. What others may be reading comes last.
 */
export async function writeFiles(
  run: Run,
  messages: readonly string[],
  exitCode?: number,
): Promise<{ verdict: Verdict; cloud: VerdictFile['cloud'] }> {
  const cloud = await nameCloud(run);
  const previous = latestVerdict(run.reports);
  const into = (name: string, text: string) => writeFile(join(run.folder, name), text);
  const lines = messages.map((message) => `${scrub(message)}\n`);
  const steps: readonly Step[] = [
    { failure: 'messages.ndjson was not written', write: () => into('messages.ndjson', lines.join('')) },
    { failure: 'the report was not written', write: (_, verdict) => writeReportOf(run, verdict, cloud) },
    {
      failure: 'junit.xml was not written',
      write: (_, verdict) => into('junit.xml', scrub(toJUnit(verdict, `${run.site.name} ${run.profile}`))),
    },
    { failure: 'verdict.json was not written', write: (file) => into('verdict.json', `${JSON.stringify(file, null, 2)}\n`) },
    { failure: `${join(run.reports, 'latest')} does not point to this run; move away what is in its place`, write: () => pointLatest(run) },
  ];
  const writeAll = async (all: readonly Step[]): Promise<Verdict> => {
    const verdict = { ...run.record.verdict(), ...(exitCode !== undefined && { exitCode }) };
    const file = toFile(run, verdict, cloud, previous);
    for (const step of all) {
      try {
        await step.write(file, verdict);
      } catch (error) {
        run.record.fault(`${step.failure}: ${messageOf(error)}`);
        for (const name of stating) rmSync(join(run.folder, name), { force: true });
        return writeAll(all.filter((other) => other !== step));
      }
    }
    return verdict;
  };
  return { verdict: await writeAll(steps), cloud };
}

function toFile(run: Run, verdict: Verdict, cloud: VerdictFile['cloud'], previous: EarlierVerdict | undefined): VerdictFile {
  return {
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
}

async function writeReportOf(run: Run, verdict: Verdict, cloud: VerdictFile['cloud']): Promise<void> {
  completeResults(verdict);
  const { title, variables } = heading(run, verdict, cloud);
  const paper = scrub(toDocument(title, variables, verdict, run.record.statements));
  await writeReport(run.folder, { title, variables, paper });
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

/** The requirements of a run that leaves out some of ours; none of a whole run. */
function onlyThese({ profile }: Run, requirements: readonly Requirement[]): string[] {
  const looked = new Set(requirements.map(({ id }) => id));
  return statementsOf(profile).every(({ id }) => looked.has(id)) ? [] : [[...looked].join(', ')];
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

/** Moved into place in one go: who reads `latest` sees a whole run. One whose verdict could not be written takes nobody's place. */
async function pointLatest({ id, reports, folder }: Run): Promise<void> {
  if (!existsSync(join(folder, 'verdict.json'))) return;
  const link = join(reports, `.latest-${id}`);
  await symlink(basename(folder), link);
  await rename(link, join(reports, 'latest')).catch((error: unknown) => {
    rmSync(link);
    throw error;
  });
}
