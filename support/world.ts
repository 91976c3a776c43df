import { setWorldConstructor, World } from '@cucumber/cucumber';
import { AssertionError } from 'chai';
import type { Judgement } from './checks/judgement.ts';
import type { Cloud } from './facts/cloud.ts';
import { Undetermined, worst } from './outcome.ts';
import { scrub } from './report/redact.ts';
import { FINDINGS, type Findings, type MachineFinding } from './report/verdict.ts';
import { currentRun, type Run } from './run.ts';

/** Inline evidence: enough to see that it holds, more to see why it does not. Characters. */
const INLINE = { met: 1024, otherwise: 8192 };

/** A scenario: the run it belongs to, and one verb, judge. */
export class ComplianceWorld extends World {
  /** The id of the scenario's requirement, off its tags. */
  requirement = '';

  get run(): Run {
    return currentRun();
  }

  get cloud(): Cloud {
    return this.run.cloud;
  }

  /**
   * Puts a check's judgement on record with its evidence, and ends the step as it says: passes, fails or is skipped.
   * A list is judged machine by machine.
   */
  judge(judged: Judgement | readonly Judgement[]): 'skipped' | undefined {
    const perMachine = Array.isArray(judged);
    const judgements = [judged].flat().map((judgement) => this.#blockedBySame(judgement));
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

  /** What kept an earlier requirement from looking is said once, there; here it blocks. */
  #blockedBySame(judgement: Judgement): Judgement {
    const { cause } = judgement;
    if (cause === undefined) return judgement;
    const first = this.run.causes.get(cause) ?? this.requirement;
    this.run.causes.set(cause, first);
    if (first === this.requirement) return judgement;
    return { ...judgement, outcome: 'blocked', reason: `Not tried: ${first} could not look at ${cause}.` };
  }

  #onRecord({ outcome, reason, note, machine, evidence }: Judgement): MachineFinding {
    const limit = outcome === 'met' ? INLINE.met : INLINE.otherwise;
    return {
      name: machine ?? evidence[0]?.machine ?? this.run.site.name,
      outcome,
      reason: scrub(reason),
      ...(note && { note: scrub(note) }),
      exhibits: evidence.map((answer) => this.run.evidence.exhibit(answer, limit)),
    };
  }
}

/** The reason of several machines in one: as it is where there is one, else how many, and each of them. */
function sentence(machines: readonly MachineFinding[]): string {
  const outcome = worst(machines.map((machine) => machine.outcome));
  if (outcome === 'met') return '';
  const concerned = machines.filter((machine) => machine.outcome === outcome);
  const [only] = concerned;
  if (machines.length === 1 && only) return only.reason;
  return `${concerned.length} of ${machines.length}: ${concerned.map(({ reason }) => reason).join(' | ')}`;
}

function notes(machines: readonly MachineFinding[]): string {
  return machines.flatMap(({ note }) => note ?? []).join(' ');
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
