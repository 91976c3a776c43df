import { existsSync, readFileSync, rmSync } from 'node:fs';
import { rename, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { statements, statementsOf } from '../explain.ts';
import { type Action, messageOf } from '../outcome.ts';
import type { Run } from '../run.ts';
import { suiteVersion } from '../version.ts';
import { idleWaivers } from '../waive.ts';
import { completeResults } from './allure.ts';
import { toDocument } from './document.ts';
import { toHdf } from './hdf.ts';
import { writeReport } from './html.ts';
import { toJUnit } from './junit.ts';
import { writeMetrics } from './prometheus.ts';
import { scrub } from './redact.ts';
import { MANIFEST, SIGNATURE, seal, sign } from './seal.ts';
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
  /** The waivers that cover nothing, a sentence each; absent where there are none. */
  readonly waiverNotes?: readonly string[];
  readonly cloud: { readonly name: string; readonly frontend: string; readonly openNebula: string | null };
}

/** What states the verdict: nothing of it is left over from when the verdict was another. */
const stating = ['index.html', 'junit.xml', 'hdf.json', 'verdict.json', MANIFEST, SIGNATURE];

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
): Promise<{ verdict: Verdict; cloud: VerdictFile['cloud']; waiverNotes: readonly string[] }> {
  const cloud = await nameCloud(run);
  const known = statements().map(({ id }) => id);
  const waiverNotes = idleWaivers(run.waivers, { requirements: run.record.verdict().requirements, machine: run.machine, known }).map(scrub);
  const previous = latestVerdict(run.reports);
  const { sign_with: key } = run.site.evidence;
  const { prometheus } = run.site.outputs;
  const into = (name: string, text: string) => writeFile(join(run.folder, name), text);
  const lines = messages.map((message) => `${scrub(message)}\n`);
  const steps: readonly Step[] = [
    { failure: 'messages.ndjson was not written', write: () => into('messages.ndjson', lines.join('')) },
    { failure: 'the report was not written', write: (file, verdict) => writeReportOf(run, verdict, file) },
    {
      failure: 'junit.xml was not written',
      write: (_, verdict) => into('junit.xml', scrub(toJUnit(verdict, `${run.site.name} ${run.profile}`))),
    },
    { failure: 'hdf.json was not written', write: (file) => into('hdf.json', toHdf(file)) },
    { failure: 'verdict.json was not written', write: (file) => into('verdict.json', `${JSON.stringify(file, null, 2)}\n`) },
    { failure: 'the evidence was not sealed', write: () => seal(run.folder) },
    { failure: 'the evidence was not signed', write: async () => key && sign(run.folder, key) },
    {
      failure: 'the metrics were not written',
      write: async (file) => prometheus && !isPartial(run, file) && writeMetrics(prometheus, file),
    },
    { failure: `${join(run.reports, 'latest')} does not point to this run; move away what is in its place`, write: () => pointLatest(run) },
  ];
  const writeAll = async (all: readonly Step[]): Promise<Verdict> => {
    const verdict = { ...run.record.verdict(), ...(exitCode !== undefined && { exitCode }) };
    const file = toFile(run, verdict, { cloud, waiverNotes }, previous);
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
  return { verdict: await writeAll(steps), cloud, waiverNotes };
}

function toFile(
  run: Run,
  verdict: Verdict,
  { cloud, waiverNotes }: { cloud: VerdictFile['cloud']; waiverNotes: readonly string[] },
  previous: EarlierVerdict | undefined,
): VerdictFile {
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
    ...(waiverNotes.length > 0 && { waiverNotes }),
    ...(verdict.runFaults.length > 0 && { runFaults: verdict.runFaults }),
    requirements: verdict.requirements.map((requirement) => ({ ...requirement, since: since(requirement, previous, run) })),
  };
}

async function writeReportOf(run: Run, verdict: Verdict, { cloud, waiverNotes = [] }: VerdictFile): Promise<void> {
  completeResults(verdict);
  const { title, variables } = heading(run, verdict, { ...cloud, waiverNotes });
  const paper = scrub(toDocument(title, variables, verdict, statements()));
  await writeReport(run.folder, { title, variables, paper });
}

function heading(
  run: Run,
  { verdict, requirements }: Verdict,
  { frontend, openNebula, waiverNotes }: VerdictFile['cloud'] & { waiverNotes: readonly string[] },
) {
  const waived = requirements.filter(({ outcome }) => outcome === 'waived').length;
  const { rsync_host: server, name: datastore } = run.site.datastore;
  const scope = [...onlyThese(run, requirements), ...(run.machine === undefined ? [] : [run.machine])].join(' on ');
  return {
    title: `${scope === '' ? '' : `${scope} ONLY, `}${verdict.replace('-', ' ').toUpperCase()}: ${run.site.name}`,
    variables: {
      Verdict: `${verdict.replace('-', ' ')}${waived > 0 ? `, ${waived} waived` : ''}`,
      ...(waiverNotes.length > 0 && { Waivers: waiverNotes.join(' ') }),
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

/** One machine's or one requirement's verdict would pass for the cloud's, and take the place of it. */
function isPartial(run: Run, { requirements }: VerdictFile): boolean {
  return run.machine !== undefined || onlyThese(run, requirements).length > 0;
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
