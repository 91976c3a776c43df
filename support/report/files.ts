import { renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { statements, statementsOf } from '../explain.ts';
import { type Action, messageOf } from '../outcome.ts';
import type { Run } from '../run.ts';
import { suiteVersion } from '../version.ts';
import { completeResults } from './allure.ts';
import { toDocument } from './document.ts';
import { keepHistory, layOutHistory } from './history.ts';
import { writeReport } from './html.ts';
import { toJUnit } from './junit.ts';
import { scrub } from './redact.ts';
import { prune } from './retention.ts';
import { earlierVerdicts, seriesStarts } from './runs.ts';
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
  /** When the verdict is older than the site file lets it count. */
  readonly validUntil: string;
  /** The run judged this machine alone. */
  readonly onlyMachine?: string;
  /** The run was asked for these requirements alone. */
  readonly onlyRequirements?: readonly string[];
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
): Promise<{ verdict: Verdict; cloud: VerdictFile['cloud']; remarks: readonly string[] }> {
  writeFileSync(join(run.folder, 'messages.ndjson'), messages.map((message) => `${scrub(message)}\n`).join(''));
  const cloud = await nameCloud(run);
  const soFar = run.record.verdict();
  completeResults(soFar);
  const only = onlyThese(run, soFar.requirements);
  const { title, variables } = heading(run, soFar, cloud, only);
  const dated = datedBy(run, soFar.requirements);
  const paper = scrub(toDocument(title, variables, { ...soFar, requirements: dated(soFar.requirements) }, statements()));
  const history = layOutHistory(run);
  await writeReport(run.folder, { title, variables, paper, history: history.file }).catch((error: unknown) =>
    run.record.fault(`the report was not written: ${messageOf(error)}`),
  );
  const remarks = [...history.remarks, ...keepHistory(run, only === undefined && run.machine === undefined)];
  const reached = run.record.verdict();
  const verdict = { ...reached, requirements: dated(reached.requirements), ...(exitCode !== undefined && { exitCode }) };
  const finishedAt = new Date();
  const file: VerdictFile = {
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
    ...(verdict.runFaults.length > 0 && { runFaults: verdict.runFaults }),
    requirements: verdict.requirements,
  };
  writeFileSync(join(run.folder, 'junit.xml'), scrub(toJUnit(verdict, `${run.site.name} ${run.profile}`)));
  writeFileSync(join(run.folder, 'verdict.json'), `${JSON.stringify(file, null, 2)}\n`);
  pointLatest(run);
  return { verdict, cloud, remarks: [...remarks, ...prune(run.reports, run)] };
}

function heading(run: Run, { verdict }: Verdict, { frontend, openNebula }: VerdictFile['cloud'], only: readonly string[] | undefined) {
  const { rsync_host: server, name: datastore } = run.site.datastore;
  const scope = [...(only === undefined ? [] : [only.join(', ')]), ...(run.machine === undefined ? [] : [run.machine])].join(' on ');
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

/** Dates requirements by when the series of their outcome began; what was judged on one machine alone is part of no series. */
function datedBy(run: Run, requirements: readonly Requirement[]): (requirements: readonly Requirement[]) => readonly Requirement[] {
  if (run.machine !== undefined) return (each) => each;
  const now = run.startedAt.toISOString();
  const starts = seriesStarts(requirements, earlierVerdicts(run), now);
  return (dated) => dated.map((requirement) => ({ ...requirement, since: starts.get(requirement.id) ?? now }));
}

/** The requirements of a run that was asked for some alone; undefined of a whole run. */
function onlyThese({ profile }: Run, requirements: readonly Requirement[]): string[] | undefined {
  return requirements.length < statementsOf(profile).length ? requirements.map(({ id }) => id) : undefined;
}

/** What the front-end called itself and its release; the setting where it said nothing. */
async function nameCloud({ cloud, site }: Run): Promise<VerdictFile['cloud']> {
  const { survey, hostname, hosts } = await cloud.lastKnown();
  const version = 'value' in hosts ? hosts.value.map((host) => host.version).find(Boolean) : undefined;
  return { name: site.name, frontend: survey.failure ? site.frontend : hostname, openNebula: version ?? null };
}

/** Moved into place in one go: who reads `latest` sees a whole run. */
function pointLatest(run: Run): void {
  const link = join(run.reports, `.latest-${run.id}`);
  symlinkSync(basename(run.folder), link);
  renameSync(link, join(run.reports, 'latest'));
}
