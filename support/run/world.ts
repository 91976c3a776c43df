import { setWorldConstructor, World } from '@cucumber/cucumber';
import { AssertionError } from 'chai';
import type { Drill } from '../actions/drill.ts';
import { type Registration, register } from '../actions/register.ts';
import { notLetIn, noWayIn } from '../checks/barriers.ts';
import { type Audited, drillBarrier } from '../checks/drill.ts';
import type { BackupServerFacts } from '../facts/backup-server.ts';
import type { FrontendFacts } from '../facts/frontend.ts';
import type { HypervisorFacts } from '../facts/hypervisor.ts';
import type { Judgement } from '../outcome/judgement.ts';
import { type AppliedWaiver, isNamed, type Outcome, Undetermined, worst } from '../outcome/outcome.ts';
import { scrub } from '../outcome/secrets.ts';
import type { Site } from '../site/schema.ts';
import { dayOf } from '../site/waivers.ts';
import { FINDINGS, type Findings, type MachineFinding } from '../verdict/verdict.ts';
import { type Waived, waive } from '../verdict/waivers.ts';
import { currentRun, type Run } from './run.ts';

/** Inline evidence: enough to see that it holds, more to see why it does not. Characters. */
const INLINE = { met: 1024, otherwise: 8192 };

interface Facts {
  readonly frontend: FrontendFacts;
  readonly server: BackupServerFacts;
  readonly hypervisors: readonly HypervisorFacts[];
}

/** The steps of the drill, and what each came to. */
type Drilled = { [Step in 'probe' | 'backup' | 'files' | 'chain' | 'restore' | 'cleanUp']?: Awaited<ReturnType<Drill[Step]>> };

/** A scenario: what it asked the machines, and the judgement it comes to. */
export class ComplianceWorld extends World {
  /** The id of the scenario's requirement, off its tags. */
  requirement = '';
  readonly #facts: Partial<Facts> = {};
  /** What registering the datastore came to; undefined where the front-end let nobody in. */
  registration: Registration | undefined;
  /** What the steps of the drill came to that this scenario has taken; nothing where another requirement makes them pointless. */
  readonly drilled: Drilled = {};

  /** Asks these machines, side by side, and the front-end, which is the way to all others. Those asked before in this run are not asked again. */
  async ask(...machines: readonly ('server' | 'hypervisors')[]): Promise<void> {
    const { cloud, record } = this.#run;
    // With more than one requirement to judge, all machines are asked at once: a dead one then costs its deadline once.
    if (record.progress.total > 1) Promise.all([cloud.backupServer(), cloud.hypervisors()]).catch(() => 'each step meets the error itself');
    const [frontend, server, hypervisors] = await Promise.all([
      cloud.frontend(),
      machines.includes('server') ? cloud.backupServer() : undefined,
      machines.includes('hypervisors') ? cloud.hypervisors() : undefined,
    ]);
    Object.assign(this.#facts, { frontend }, server && { server }, hypervisors && { hypervisors });
  }

  /** Registers the declared datastore, unless it is registered already. What the front-end said before is asked anew after that. */
  async register(): Promise<void> {
    const { cloud, actions } = this.#run;
    // The front-end alone: what the others say of a cloud without datastore would be of no use after.
    Object.assign(this.#facts, { frontend: await cloud.frontend() });
    if (noWayIn(this.frontend, this.site)) return;
    this.registration = await register(cloud);
    actions.push(...this.registration.done);
    cloud.forget();
  }

  /** Takes a step of the drill, unless another requirement makes it pointless. */
  async drill(step: keyof Drilled): Promise<void> {
    await this.ask('server', 'hypervisors');
    const { frontend, server, site } = this;
    // The probe file needs no more than a login, and the clean-up of what earlier runs have left no more than the front-end.
    const pointless =
      step === 'cleanUp' ? noWayIn(frontend, site) : step === 'probe' ? notLetIn(frontend, server, site) : drillBarrier(this.audited);
    if (!pointless) Object.assign(this.drilled, { [step]: await this.#run.drill?.[step]() });
  }

  /** All that the audit learned. */
  get audited(): Audited {
    return { frontend: this.frontend, server: this.server, hypervisors: this.hypervisors, site: this.site };
  }

  get site(): Site {
    return this.#run.site;
  }

  get frontend(): FrontendFacts {
    return this.#asked('frontend');
  }

  get server(): BackupServerFacts {
    return this.#asked('server');
  }

  get hypervisors(): readonly HypervisorFacts[] {
    return this.#asked('hypervisors');
  }

  #asked<K extends keyof Facts>(name: K): Facts[K] {
    const facts = this.#facts[name];
    if (facts === undefined) throw new Error(`no step of this scenario has asked the ${name}`);
    return facts;
  }

  get #run(): Run {
    return currentRun();
  }

  /**
   * Puts a check's judgement on record with its evidence, and ends the step as it says: passes, fails or is skipped.
   * A list is judged machine by machine.
   */
  judge(judged: Judgement | readonly Judgement[]): 'skipped' | undefined {
    const perMachine = Array.isArray(judged);
    const { waivers, startedAt } = this.#run;
    const judgements = this.#wanted([judged].flat())
      .map((judgement) => this.#blockedBySame(judgement))
      .map((judgement) => waive(judgement, this.requirement, waivers, dayOf(startedAt)));
    const machines = judgements.map((judgement) => this.#onRecord(judgement));
    const findings: Findings = {
      reason: sentence(machines),
      machines,
      perMachine: perMachine && judgements.every(({ machine }) => machine !== undefined),
      ...(notes(machines) && { note: notes(machines) }),
    };
    this.attach(JSON.stringify(findings), FINDINGS);
    const outcome = worst(machines.map((machine) => machine.outcome));
    if (outcome === 'not-met') throw unmet(findings.reason);
    if (outcome === 'undetermined') throw bare(new Undetermined(findings.reason));
    return outcome === 'met' ? undefined : 'skipped';
  }

  /** The judgements of the only machine that was asked for, and what kept all from being looked at. */
  #wanted(judgements: readonly Judgement[]): readonly Judgement[] {
    const { machine } = this.#run;
    if (machine === undefined) return judgements;
    const looked = (outcome: Outcome) => outcome !== 'undetermined' && outcome !== 'blocked';
    const wanted = judgements.filter((judgement) =>
      judgement.machine === undefined ? !looked(judgement.outcome) : isNamed(judgement.machine, machine),
    );
    if (wanted.length > 0) return wanted;
    const names = judgements.flatMap((judgement) => judgement.machine ?? []).join(', ');
    const reason = `${this.requirement} says nothing of a machine ${machine} alone. ${names === '' ? `Leave out @${machine}.` : `It judges: ${names}.`}`;
    return [{ outcome: 'undetermined', reason, evidence: [] }];
  }

  /** What kept an earlier requirement from looking is said once, there; here it blocks. */
  #blockedBySame(judgement: Judgement): Judgement {
    const { cause } = judgement;
    if (cause === undefined) return judgement;
    const first = this.#run.causes.get(cause) ?? this.requirement;
    this.#run.causes.set(cause, first);
    if (first === this.requirement) return judgement;
    return { ...judgement, outcome: 'blocked', reason: `Not tried: ${first} could not look at ${cause}.` };
  }

  #onRecord({ outcome, reason, note, machine, evidence, waiver }: Waived): MachineFinding {
    const limit = outcome === 'met' ? INLINE.met : INLINE.otherwise;
    return {
      name: machine ?? evidence[0]?.machine ?? this.#run.site.name,
      outcome,
      reason: scrub(reason),
      ...(note && { note: scrub(note) }),
      ...(waiver && { waiver: scrubbed(waiver) }),
      exhibits: evidence.map((answer) => this.#run.evidence.exhibit(answer, limit)),
    };
  }
}

function scrubbed({ owner, reason, ticket, ...rest }: AppliedWaiver): AppliedWaiver {
  return { ...rest, owner: scrub(owner), reason: scrub(reason), ...(ticket !== undefined && { ticket: scrub(ticket) }) };
}

/** How many machines the sentence of a requirement names; all of them stand under it, each with its own reason. */
const NAMED = 8;

/** The reason of several machines in one: as it is where there is one, else how many, and each of the first. */
function sentence(machines: readonly MachineFinding[]): string {
  const outcome = worst(machines.map((machine) => machine.outcome));
  if (outcome === 'met') return '';
  const concerned = machines.filter((machine) => machine.outcome === outcome);
  const [only] = concerned;
  if (machines.length === 1 && only) return only.reason;
  const more = concerned.length > NAMED ? ` | … and ${concerned.length - NAMED} more` : '';
  const reasons = concerned.slice(0, NAMED).map(({ reason }) => reason);
  return `${concerned.length} of ${machines.length}: ${reasons.join(' | ')}${more}`;
}

function notes(machines: readonly MachineFinding[]): string {
  const all = machines.flatMap(({ note }) => note ?? []);
  return [...all.slice(0, NAMED), ...(all.length > NAMED ? [`… and ${all.length - NAMED} more.`] : [])].join(' ');
}

function unmet(reason: string): Error {
  return bare(new AssertionError(reason));
}

/** Auditors want no code frames. */
function bare<E extends Error>(error: E): E {
  error.stack = `${error.name}: ${error.message}`;
  return error;
}

setWorldConstructor(ComplianceWorld);
