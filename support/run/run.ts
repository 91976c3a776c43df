import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { join, resolve } from 'node:path';
import { Drill } from '../actions/drill.ts';
import { requireTestVm } from '../actions/test-vm.ts';
import { EvidenceStore } from '../archive/evidence.ts';
import { makeFolder } from '../archive/folders.ts';
import { Cloud } from '../facts/cloud.ts';
import { type Action, messageOf, UsageError } from '../outcome/outcome.ts';
import { rememberEnvironment } from '../outcome/secrets.ts';
import { loadSite } from '../site/load.ts';
import type { Site } from '../site/schema.ts';
import { dayOf, loadWaivers, type Waiver } from '../site/waivers.ts';
import { RunRecord } from '../verdict/verdict.ts';

/** One run of the suite: what it looks at, what it learned, and where it writes. */
export interface Run {
  /** Names the run and its folder: 2026-11-23T09-10-00Z-1f3a. */
  readonly id: string;
  readonly profile: string;
  /** The only machine to judge, by its full or short name; all when undefined. */
  readonly machine: string | undefined;
  readonly startedAt: Date;
  readonly site: Site;
  readonly waivers: readonly Waiver[];
  readonly reports: string;
  readonly folder: string;
  readonly cloud: Cloud;
  readonly record: RunRecord;
  readonly evidence: EvidenceStore;
  /** What keeps us from looking, to the id of the requirement that met it first. */
  readonly causes: Map<string, string>;
  /** What the run changed on the machines. */
  readonly actions: Action[];
  /** The test backup and restore; undefined in a run that makes none. */
  readonly drill: Drill | undefined;
  /** Aborted when the run is interrupted or its time is over; the reason is a text that says which. */
  readonly stop: AbortController;
}

/** Seconds that a run may take: what the site file says, else enough to look at so many hypervisors, and for a test backup and its restore. */
export function timeFor({ site, drill }: Pick<Run, 'site' | 'drill'>, hosts: number): number {
  return site.deadlines.run ?? 120 + 2 * hosts + (drill ? 1800 : 0);
}

let current: Run | undefined;

/**
 * Begins the run of this process, unless it was begun. The settings are read first, so that a faulty one leaves no folder behind.
 * @throws UsageError when the site file or the waivers are faulty, or the site file names a test virtual machine that a gate must not touch.
 */
export async function beginRun(profile: string, env: NodeJS.ProcessEnv): Promise<Run> {
  if (current) return current;
  rememberEnvironment(env);
  const startedAt = new Date();
  const siteFile = env.BACKUP_COMPLIANCE_SITE ?? './site.yaml';
  const site = loadSite(siteFile);
  const waivers = loadWaivers(siteFile, dayOf(startedAt));
  const reports = resolve(env.BACKUP_COMPLIANCE_REPORTS ?? './reports');
  const id = `${startedAt.toISOString().slice(0, 19).replaceAll(':', '-')}Z-${randomBytes(2).toString('hex')}`;
  const folder = join(reports, id);
  const stop = new AbortController();
  // Each command that runs listens to it.
  setMaxListeners(0, stop.signal);
  // Not `once`: a library that cleans up after children ends the process when it finds itself the last listener.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort('the run was interrupted'));
  const machine = env.BACKUP_COMPLIANCE_MACHINE;
  const cloud = new Cloud(site, { machine, signal: stop.signal });
  const drills = profile === 'gate' || profile === 'demo';
  if (drills) await requireTestVm(cloud);
  try {
    makeFolder(folder);
  } catch (error) {
    throw new UsageError(`the reports folder ${reports} cannot be written: ${messageOf(error)}\nName another one with --reports.`);
  }
  const { test_vm: vm } = site;
  const record = new RunRecord();
  current = {
    ...{ id, profile, machine, startedAt, site, waivers, reports, folder, stop, cloud },
    actions: [],
    drill: drills && vm ? new Drill(cloud, new Cloud(site), { run: id, vm: String(vm.id), signal: stop.signal }) : undefined,
    record,
    evidence: new EvidenceStore(folder, (message) => record.fault(message)),
    causes: new Map(),
  };
  // It answers while the rest of the program is loaded.
  cloud.frontend().catch(() => 'each step meets the error itself');
  return current;
}

/** @throws Error when there is no run: the plugin that begins it is missing from cucumber.js. */
export function currentRun(): Run {
  if (!current) throw new Error('no run was begun: use a profile of cucumber.js that names support/plugin.ts');
  return current;
}
