import { existsSync, rmSync } from 'node:fs';
import { rename, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Action, messageOf } from '../outcome/outcome.ts';
import { scrub } from '../outcome/secrets.ts';
import { completeResults } from '../report/allure.ts';
import { toDocument } from '../report/document.ts';
import { toHdf } from '../report/hdf.ts';
import { writeReport } from '../report/html.ts';
import { toJUnit } from '../report/junit.ts';
import { writeMetrics } from '../report/prometheus.ts';
import type { Run } from '../run/run.ts';
import { suiteVersion } from '../suite.ts';
import { statements, statementsOf } from '../verdict/requirements.ts';
import type { Requirement, Verdict } from '../verdict/verdict.ts';
import { idleWaivers } from '../verdict/waivers.ts';
import { keepHistory, layOutHistory, takeHistory } from './history.ts';
import { prune } from './retention.ts';
import { earlierVerdicts, seriesStarts } from './runs.ts';
import { MANIFEST, SIGNATURE, seal, sign } from './seal.ts';

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
  /** When the verdict is older than the site file lets it count. */
  readonly validUntil: string;
  /** The run judged this machine alone. */
  readonly onlyMachine?: string;
  /** The run was asked for these requirements alone. */
  readonly onlyRequirements?: readonly string[];
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
): Promise<{ verdict: Verdict; cloud: VerdictFile['cloud']; waiverNotes: readonly string[]; remarks: readonly string[] }> {
  const { requirements } = run.record.verdict();
  const only = onlyThese(run, requirements);
  // One machine's or one requirement's verdict would pass for the cloud's, and take the place of it.
  const isWhole = only === undefined && run.machine === undefined;
  const known = [...statements(), ...run.record.statements].map(({ id }) => id);
  const waiverNotes = idleWaivers(run.waivers, { requirements, machine: run.machine, known }).map(scrub);
  const about = { cloud: await nameCloud(run), only, waiverNotes };
  const dated = datedBy(run, requirements);
  let trend: ReturnType<typeof takeHistory> | undefined;
  const { sign_with: key } = run.site.evidence;
  const { prometheus } = run.site.outputs;
  const into = (name: string, text: string) => writeFile(join(run.folder, name), text);
  const lines = messages.map((message) => `${scrub(message)}\n`);
  const steps: readonly Step[] = [
    { failure: 'messages.ndjson was not written', write: () => into('messages.ndjson', lines.join('')) },
    {
      failure: 'the report was not written',
      write: async (file, verdict) => {
        trend = await writeReportOf(run, verdict, file);
      },
    },
    {
      failure: 'junit.xml was not written',
      write: (_, verdict) => into('junit.xml', scrub(toJUnit(verdict, `${run.site.name} ${run.profile}`))),
    },
    { failure: 'hdf.json was not written', write: (file) => into('hdf.json', toHdf(file, run.record.statements)) },
    { failure: 'verdict.json was not written', write: (file) => into('verdict.json', `${JSON.stringify(file, null, 2)}\n`) },
    { failure: 'the evidence was not sealed', write: () => seal(run.folder) },
    { failure: 'the evidence was not signed', write: async () => key && sign(run.folder, key) },
    { failure: 'the metrics were not written', write: async (file) => prometheus && isWhole && writeMetrics(prometheus, file) },
    { failure: `${join(run.reports, 'latest')} does not point to this run; move away what is in its place`, write: () => pointLatest(run) },
  ];
  const writeAll = async (all: readonly Step[]): Promise<Verdict> => {
    const reached = run.record.verdict();
    const verdict = { ...reached, requirements: dated(reached.requirements), ...(exitCode !== undefined && { exitCode }) };
    const file = toFile(run, verdict, about);
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
  const verdict = await writeAll(steps);
  const remarks = [...(trend?.remarks ?? []), ...(isWhole ? keepHistory(run, trend?.points) : []), ...prune(run.reports, run)];
  return { verdict, cloud: about.cloud, waiverNotes, remarks };
}

interface About extends Pick<VerdictFile, 'cloud'> {
  readonly only: readonly string[] | undefined;
  readonly waiverNotes: readonly string[];
}

function toFile(run: Run, verdict: Verdict, { cloud, only, waiverNotes }: About): VerdictFile {
  const finishedAt = new Date();
  return {
    schema: 1,
    suite: suiteVersion,
    profile: run.profile,
    run: run.id,
    startedAt: run.startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    validUntil: new Date(finishedAt.getTime() + run.site.valid_for * 1000).toISOString(),
    cloud,
    ...(run.machine !== undefined && { onlyMachine: run.machine }),
    ...(only !== undefined && { onlyRequirements: only }),
    verdict: verdict.verdict,
    exitCode: verdict.exitCode,
    ...(run.profile !== 'audit' && { actions: run.actions.map(({ what, state }) => ({ what: scrub(what), state })) }),
    ...(waiverNotes.length > 0 && { waiverNotes }),
    ...(verdict.runFaults.length > 0 && { runFaults: verdict.runFaults }),
    requirements: verdict.requirements,
  };
}

/** Writes index.html; returns the trend with this run in it, and what there is to say of it. */
async function writeReportOf(run: Run, verdict: Verdict, file: VerdictFile): Promise<ReturnType<typeof takeHistory>> {
  completeResults(verdict);
  const { title, variables } = heading(run, verdict, file);
  const paper = scrub(toDocument(title, variables, verdict, run.record.statements));
  const history = layOutHistory(run);
  await writeReport(run.folder, { title, variables, paper, history: history.file });
  const { points, remarks } = takeHistory(run);
  return { points, remarks: [...history.remarks, ...remarks] };
}

function heading(run: Run, { verdict, requirements }: Verdict, { cloud, onlyRequirements: only, waiverNotes = [] }: VerdictFile) {
  const waived = requirements.filter(({ outcome }) => outcome === 'waived').length;
  const { rsync_host: server, name: datastore } = run.site.datastore;
  const part = [...(only === undefined ? [] : [only.join(', ')]), ...(run.machine === undefined ? [] : [run.machine])].join(' on ');
  // A set-up is no verdict on the cloud.
  const scope = run.profile === 'setup' ? 'SET-UP' : part;
  return {
    title: `${scope === '' ? '' : `${scope} ONLY, `}${verdict.replace('-', ' ').toUpperCase()}: ${run.site.name}`,
    variables: {
      Verdict: `${verdict.replace('-', ' ')}${waived > 0 ? `, ${waived} waived` : ''}`,
      ...(waiverNotes.length > 0 && { Waivers: waiverNotes.join(' ') }),
      Date: run.startedAt.toISOString().replace('T', ' ').replace(/\..*/, ' UTC'),
      Cloud: run.site.name,
      OpenNebula: cloud.openNebula ?? 'unknown',
      Profile: run.profile,
      'Front-end': cloud.frontend,
      'Backup server': server,
      Datastore: datastore,
      Suite: suiteVersion,
      Run: run.id,
    },
  };
}

/** Dates requirements by when the series of their outcome began; what was judged on one machine alone is part of no series. */
function datedBy(run: Run, requirements: readonly Requirement[]): (requirements: readonly Requirement[]) => readonly Requirement[] {
  if (run.machine !== undefined) return (each) => each;
  const now = run.startedAt.toISOString();
  const starts = seriesStarts(requirements, earlierVerdicts(run), now);
  return (dated) => dated.map((requirement) => ({ ...requirement, since: starts.get(requirement.id) ?? now }));
}

/** The requirements of a run that leaves out some of ours; undefined of a whole run. */
function onlyThese({ profile }: Run, requirements: readonly Requirement[]): string[] | undefined {
  const looked = new Set(requirements.map(({ id }) => id));
  return statementsOf(profile).every(({ id }) => looked.has(id)) ? undefined : [...looked];
}

/** What the front-end called itself and its release; the setting where it said nothing. */
async function nameCloud({ cloud, site }: Run): Promise<VerdictFile['cloud']> {
  const { survey, hostname, hosts } = await cloud.lastKnown();
  const version = 'value' in hosts ? hosts.value.map((host) => host.version).find(Boolean) : undefined;
  return { name: site.name, frontend: survey.failure ? site.frontend : hostname, openNebula: version ?? null };
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
