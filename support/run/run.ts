import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { join, relative, resolve } from 'node:path';
import { canaryTime } from '../actions/canary.ts';
import { chooseCanaries } from '../actions/canary-choice.ts';
import { requireCanary } from '../actions/canary-template.ts';
import { register } from '../actions/register.ts';
import { RestoreTest } from '../actions/restore-test.ts';
import { sampleTime } from '../actions/sample.ts';
import { chooseSample, SAMPLED } from '../actions/sample-choice.ts';
import { requireTestVm } from '../actions/test-vm.ts';
import { EvidenceStore } from '../archive/evidence.ts';
import { makeFolder } from '../archive/folders.ts';
import { Spool } from '../archive/spool.ts';
import type { EndedRun } from '../archive/write.ts';
import { checks } from '../checks/all.ts';
import { PROVEN } from '../checks/canaries.ts';
import type { Check } from '../checks/check.ts';
import type { Asked, Audited } from '../facts/audited.ts';
import { Cloud } from '../facts/cloud.ts';
import type { GateFacts } from '../facts/gate.ts';
import { scopeOf } from '../facts/scope.ts';
import { listingTime } from '../facts/stored.ts';
import { quoteWord } from '../machines/quote.ts';
import { stockLimits } from '../opennebula/queue.ts';
import { messageOf, UsageError } from '../outcome/errors.ts';
import type { Evidence } from '../outcome/evidence.ts';
import { firstFew, INTERRUPTED, type Judgement } from '../outcome/judgement.ts';
import { type Action, isToDo, LEAST, type Severity } from '../outcome/outcome.ts';
import { rememberEnvironment } from '../outcome/secrets.ts';
import { isOneOfMany } from '../outcome/subject.ts';
import { protectionLines } from '../report/protection.ts';
import type { Detail } from '../report/result.ts';
import { toScope } from '../report/scope.ts';
import { loadSite } from '../site/load.ts';
import type { Site } from '../site/schema.ts';
import { dayOf, loadWaivers, type Waiver } from '../site/waivers.ts';
import { asksOf, canaryBarrier, isStep, judge, needsOf, stepBarrier } from '../verdict/blocking.ts';
import type { Exhibit, Findings } from '../verdict/findings.ts';
import { RunRecord } from '../verdict/verdict.ts';
import { isSubject } from '../verdict/waivers.ts';
import { type Only, subjectsOf } from './only.ts';
import { requireSubjects } from './subjects.ts';

/** Inline evidence: enough to see that it holds, more to see why it does not. Characters. */
const INLINE = { met: 1024, otherwise: 8192 };

/** What is learned of a cloud, each when it is first needed, and how it is called. */
const FACTS = {
  frontend: 'front-end',
  server: 'backup server',
  hosts: 'hosts',
  bridges: 'bridge hosts',
  schedules: 'schedules',
  backups: 'backups',
  quotas: 'quotas',
  missing: 'missing files',
} satisfies Partial<Record<keyof Audited, string>>;

/** What a run is told from outside. */
interface Told {
  readonly profile: string;
  readonly site: Site;
  readonly siteFile: string;
  readonly reports: string;
}

/** What a run is asked for on the command line. */
export interface Asking {
  /** What it is to look at alone; all where it is empty. */
  readonly only?: readonly Only[];
  /** The least severity that counts. */
  readonly failOn?: Severity;
  /** Every hypervisor is to be proven in this run. */
  readonly allHosts?: boolean;
  readonly output?: Detail | 'json';
}

/** How many there are to be made, and how many of them at a time. */
interface Turns {
  readonly number: number;
  readonly atOnce: number;
}

/** One run of the suite: what it looks at, what it learned, and where it writes. */
export class Run {
  /** Names the run and its folder: 2026-11-23T09-10-00Z-1f3a. */
  readonly id: string;
  readonly profile: string;
  readonly startedAt = new Date();
  readonly site: Site;
  readonly waivers: readonly Waiver[];
  readonly day: string;
  readonly only: readonly Only[];
  readonly failOn: Severity;
  readonly allHosts: boolean;
  readonly output: Detail | 'json';
  /** What another command must be told to mean the same cloud and reports: --site east.yaml. */
  readonly options: string;
  readonly reports: string;
  readonly folder: string;
  readonly cloud: Cloud;
  readonly record: RunRecord;
  readonly spool = new Spool();
  readonly evidence: EvidenceStore;
  /** What the run changed on the machines. */
  readonly actions: Action[] = [];
  /** The test backup and restore; undefined in a run that makes none. */
  readonly restoreTest: RestoreTest | undefined;
  /** Aborted when the run is interrupted or its time is over; the reason is a text that says which. */
  readonly stop = new AbortController();
  /** The canaries that are to be made, once that is known. */
  readonly canaries = Promise.withResolvers<Turns>();
  #learned: Partial<Audited> = {};
  #gate: GateFacts = {};

  constructor({ profile, site, siteFile, reports, only = [], failOn = LEAST, allHosts = false, output = 'normal' }: Told & Asking) {
    this.day = dayOf(this.startedAt);
    this.waivers = loadWaivers(siteFile, this.day);
    this.profile = profile;
    this.site = site;
    this.only = only;
    this.failOn = failOn;
    this.allHosts = allHosts;
    this.output = output;
    this.options = optionsFor(siteFile, reports);
    this.reports = reports;
    this.id = `${this.startedAt.toISOString().slice(0, 19).replaceAll(':', '-')}Z-${randomBytes(2).toString('hex')}`;
    this.folder = join(reports, this.id);
    // Each command that runs listens to it.
    setMaxListeners(0, this.stop.signal);
    // Not `once`: a library that cleans up after children ends the process when it finds itself the last listener.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => this.stop.abort(INTERRUPTED));
    this.cloud = new Cloud(site, { signal: this.stop.signal });
    this.record = new RunRecord(this);
    this.evidence = new EvidenceStore(this.spool);
    if (this.makesBackups && site.test_vm)
      this.restoreTest = new RestoreTest(this.cloud, { run: this.id, vm: String(site.test_vm.id), signal: this.stop.signal });
  }

  /** The subjects that alone are judged, of whatever requirement; undefined: all. */
  get onlySubject(): string | undefined {
    const subjects = this.only.flatMap(({ subject }) => subject ?? []);
    return subjects.length === 0 ? undefined : [...new Set(subjects)].join(', ');
  }

  get makesBackups(): boolean {
    return this.profile === 'gate' || this.profile === 'demo';
  }

  /**
   * Seconds that it may take: what the site file says, else enough to look at so many hypervisors and VMs, at all backups, for a test backup and
   * its restore, for canaries, and for backups of production. How many canaries there are is known once they are chosen.
   */
  timeFor({ hosts, vms, canaries }: { hosts: number; vms: number; canaries?: Turns }): number {
    const listing = this.#planned.includes('stored') ? listingTime(this.site) : 0;
    const { number, atOnce } = canaries ?? this.#turnsAmong(hosts);
    const { site } = this;
    const restoreTest = this.restoreTest ? 1800 + sampleTime(site) + canaryTime(site, number, atOnce) : 0;
    return site.deadlines.run ?? 120 + 2 * hosts + Math.ceil(vms / 20) + listing + restoreTest;
  }

  /** As they are declared, within what OpenNebula allows where nobody has told it otherwise. */
  #turnsAmong(hosts: number): Turns {
    const { canary } = this.site.restore;
    const number = Math.min(hosts, this.allHosts ? hosts : (canary?.per_run ?? 0));
    return { number, atOnce: Math.min(canary?.at_once ?? 1, stockLimits.inAll) };
  }

  /** Asks machines, side by side, and takes steps, one after the other, with all that they rest on; each once a run. */
  async ask(what: readonly Asked[]): Promise<void> {
    const { cloud } = this;
    const all = asksOf({ id: '', asks: what });
    // With more than one requirement to judge, all machines are asked at once: a dead one then costs its deadline once.
    cloud.listsStored = this.#planned.includes('stored');
    if (this.record.progress.total > 1 && !all.includes('registration')) {
      cloud.begin('backupServer', 'hosts', 'bridges', 'schedules');
      for (const one of ['backups', 'quotas'] as const) if (this.#planned.includes(one)) cloud.begin(one);
    }
    const [frontend, server, hosts = this.#learned.hosts, bridges, schedules, backups, quotas, missing] = await Promise.all([
      cloud.frontend(),
      all.includes('server') || all.includes('stored') ? cloud.backupServer() : undefined,
      all.includes('hosts') ? cloud.hosts() : undefined,
      all.includes('hosts') ? cloud.bridges() : undefined,
      all.includes('schedules') ? cloud.schedules() : undefined,
      all.includes('backups') ? cloud.backups() : undefined,
      all.includes('quotas') ? cloud.quotas() : undefined,
      all.includes('missing') ? cloud.missing() : undefined,
    ]);
    const asked = {
      ...{ ...(server && { server }), ...(hosts && { hosts }), ...(bridges && { bridges }), ...(schedules && { schedules }) },
      ...{ ...(backups && { backups }), ...(quotas && { quotas }), ...(missing && { missing }) },
    };
    this.#learned = { ...this.#learned, frontend, ...asked };
    if (hosts === undefined && all.includes('hosts by another name')) {
      const isOther = this.#learned.server?.savedLogin !== undefined;
      this.#learned = { ...this.#learned, hosts: isOther ? await cloud.hosts() : [], bridges: isOther ? await cloud.bridges() : [] };
    }
    for (const step of all.filter(isStep)) await this.#take(step);
  }

  /** What a check finds, with what blocks it, and the evidence for it as the report shows it. */
  async judge(check: Check): Promise<Findings> {
    await this.ask(asksOf(check));
    const { perSubject, judgements } = judge(check, this.#audited, this.record.planned);
    const wanted = this.#wanted(judgements, check.id);
    const exhibits = this.#exhibits(wanted);
    return {
      perSubject,
      judgements: wanted.map(({ evidence, cause: _cause, ...judgement }, at) => ({
        ...judgement,
        ...(!judgement.subject && { machine: evidence[0]?.machine ?? this.site.name }),
        exhibits: exhibits[at] ?? [],
      })),
    };
  }

  /** The evidence of each judgement. Of many subjects that rest on the same answers one shows them, and none that is met names them again. */
  #exhibits(judgements: readonly Judgement[]): readonly (readonly Exhibit[])[] {
    const shown = new Set<Evidence>();
    const of = ({ evidence, outcome, subject }: Judgement) => {
      const limit = outcome === 'met' ? INLINE.met : INLINE.otherwise;
      const repeated = (answer: Evidence) => isOneOfMany(subject) && shown.has(answer);
      const told = evidence.filter((answer) => isToDo(outcome) || !repeated(answer));
      const exhibits = told.map((answer) => {
        const exhibit = this.evidence.exhibit(answer, repeated(answer) ? 0 : limit);
        return repeated(answer) ? { ...exhibit, inline: '' } : exhibit;
      });
      for (const answer of evidence) shown.add(answer);
      return exhibits;
    };
    const first = new Map(judgements.filter(({ outcome }) => isToDo(outcome)).map((judgement) => [judgement, of(judgement)]));
    return judgements.map((judgement) => first.get(judgement) ?? of(judgement));
  }

  /** Takes a step of a gate or a set-up, unless it was taken, or a prerequisite failed. */
  async #take(step: keyof GateFacts): Promise<void> {
    if (this.#gate[step] !== undefined || stepBarrier(step, this.#audited)) return;
    if (step === 'registration') {
      const registration = await register(this.cloud);
      this.actions.push(...registration.done);
      this.#gate = { ...this.#gate, registration };
      // What the front-end said before is asked anew.
      this.cloud.forget();
      return;
    }
    const found =
      step === 'sample' ? await this.#sample() : step === 'canaries' ? await this.#canaries() : await this.restoreTest?.[step]();
    if (found !== undefined) this.#gate = { ...this.#gate, [step]: found };
  }

  /** Backups of production, where the site file asks for some. */
  async #sample(): Promise<GateFacts['sample']> {
    if (!this.restoreTest || !this.site.restore.sample) return undefined;
    return this.restoreTest.sample(
      await chooseSample(this.#audited, { reports: this.reports, id: this.id, only: subjectsOf(SAMPLED, this.only) }),
    );
  }

  /** VMs on hosts whose turn it is, where the site file asks for some. */
  async #canaries(): Promise<GateFacts['canaries']> {
    if (!this.restoreTest || !this.site.restore.canary) return undefined;
    const cloud = this.#audited;
    const { reports, id, allHosts } = this;
    const choice = await chooseCanaries(this.cloud, cloud, { reports, id, allHosts, only: subjectsOf(PROVEN, this.only) });
    if ('value' in choice) this.canaries.resolve({ number: choice.value.chosen.length, atOnce: choice.value.atOnce });
    return this.restoreTest.canaries(choice, (id) => canaryBarrier(cloud, { id })?.reason);
  }

  /** What the requirements of this run ask for. */
  get #planned(): readonly Asked[] {
    return this.record.planned.flatMap((id) => checks.filter((check) => check.id === id).flatMap(asksOf));
  }

  /** All that was learned; what nobody asked is not there to be judged by. */
  get #audited(): Audited {
    const learned = this.#learned;
    const asked = (fact: keyof typeof FACTS) => {
      if (learned[fact] === undefined) throw new Error(`nobody has asked the ${FACTS[fact]}`);
      return learned[fact];
    };
    const facts = (Object.keys(FACTS) as (keyof typeof FACTS)[]).map((fact) => [fact, { enumerable: true, get: () => asked(fact) }]);
    const given = { site: this.site, accepted: { waivers: this.waivers, day: this.day }, gate: this.#gate };
    return Object.create(given, Object.fromEntries(facts) as PropertyDescriptorMap) as Audited;
  }

  /** What the run's files tell of production; nothing where this run judges nothing of it, or could not learn who is. */
  get production(): Pick<EndedRun, 'scope' | 'protection'> {
    const { frontend, backups, schedules } = this.#learned;
    const isJudged = checks.some((check) => this.record.planned.includes(check.id) && needsOf(check).includes('production'));
    if (!isJudged || !frontend) return {};
    const scope = toScope(this.site.protect !== undefined, scopeOf({ site: this.site, frontend }));
    if (scope.vms === undefined || !backups || 'fault' in backups.images) return { scope };
    const outcomes = new Map((this.record.judgedOf('BDS-701') ?? []).map(({ id = '', outcome }) => [id, outcome]));
    return { scope, protection: { lines: protectionLines(this.#audited, { schedules: schedules !== undefined }), outcomes } };
  }

  /** What was learned is not needed any more: of a large cloud it takes half of the memory, and the report needs some. */
  release(): void {
    this.#learned = {};
    this.cloud.release();
  }

  /** The judgements of the only subjects that were asked for, and what kept all from being looked at. */
  #wanted(judgements: readonly Judgement[], id: string): readonly Judgement[] {
    const only = subjectsOf(id, this.only);
    if (!only) return judgements;
    const whole = judgements.filter(({ subject, outcome }) => !subject && (outcome === 'undetermined' || outcome === 'blocked'));
    const wanted = only.map((asked) => ({ asked, own: judgements.filter(({ subject }) => isSubject(subject, asked)) }));
    return [
      ...new Set([
        ...whole,
        ...wanted.flatMap(({ asked, own }) => (whole.length + own.length > 0 ? own : uncovered(judgements, id, asked))),
      ]),
    ];
  }
}

/** What is not the default, as a shell takes it. */
function optionsFor(siteFile: string, reports: string): string {
  const given = (option: string, path: string, usual: string) =>
    resolve(path) === resolve(usual) ? '' : ` ${option} ${quoteWord(relative('', path).startsWith('..') ? path : relative('', path))}`;
  return given('--site', siteFile, 'site.yaml') + given('--reports', reports, 'reports');
}

/** It says nothing of the only subject that was asked for. */
function uncovered(judgements: readonly Judgement[], id: string, asked: string): readonly Judgement[] {
  const names = firstFew(
    judgements.flatMap(({ subject }) => subject?.name ?? []),
    ', ',
  );
  const covers = names === '' ? `Leave out @${asked}.` : `It covers: ${names}.`;
  return [{ outcome: 'undetermined', reason: `${id} does not cover ${asked} alone. ${covers}`, evidence: [] }];
}

let current: Run | undefined;

/**
 * Begins the run of this process, unless it was begun. The settings are read first, so that a faulty one leaves no folder behind.
 * @throws UsageError when the site file or the waivers are faulty, or name something that is not there, or not clear.
 */
export async function beginRun(profile: string, env: NodeJS.ProcessEnv, asked: Asking = {}): Promise<Run> {
  if (current) return current;
  rememberEnvironment(env);
  const siteFile = env.BACKUP_COMPLIANCE_SITE ?? './site.yaml';
  const reports = resolve(env.BACKUP_COMPLIANCE_REPORTS ?? './reports');
  const run = new Run({ profile, site: loadSite(siteFile), siteFile, reports, ...asked });
  if (run.makesBackups) await requireTestVm(run.cloud);
  if (run.makesBackups) await requireCanary(run.cloud, run.allHosts);
  await requireSubjects(
    run.cloud,
    run.only.flatMap(({ subject }) => subject ?? []),
  );
  try {
    makeFolder(run.folder);
  } catch (error) {
    throw new UsageError(`the reports folder ${reports} cannot be written: ${messageOf(error)}\nName another one with --reports.`);
  }
  // It answers while the rest of the program is loaded.
  run.cloud.begin('frontend');
  current = run;
  return run;
}

/** @throws Error when there is no run: the plugin that begins it is missing from cucumber.js. */
export function currentRun(): Run {
  if (!current) throw new Error('no run was begun: use a profile of cucumber.js that names support/run/plugin.ts');
  return current;
}
