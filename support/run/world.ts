import { setWorldConstructor, World } from '@cucumber/cucumber';
import { AssertionError } from 'chai';
import type { Check } from '../checks/check.ts';
import type { Asked } from '../facts/audited.ts';
import { Undetermined } from '../outcome/errors.ts';
import { FINDINGS, type Findings } from '../verdict/findings.ts';
import { conclude } from '../verdict/verdict.ts';
import { currentRun } from './run.ts';

/** A scenario: one requirement. It asks, and it judges. */
export class ComplianceWorld extends World {
  /** The id of the scenario's requirement, off its tags. */
  requirement = '';

  /** Asks these machines, or takes these steps; and the front-end, the way to all others. Each is asked once a run. */
  async ask(...what: readonly Asked[]): Promise<void> {
    await currentRun().ask(what);
  }

  /** Judges by a check; the step passes, fails or is skipped, as it says. */
  async judge(check: Check): Promise<'skipped' | undefined> {
    if (check.id !== this.requirement) throw new Error(`the scenario is ${this.requirement}, and its step judges ${check.id}`);
    return this.tell(await currentRun().judge(check));
  }

  /** Puts findings on record, and ends the step as they say. */
  tell(findings: Findings): 'skipped' | undefined {
    this.attach(JSON.stringify(findings), FINDINGS);
    const { outcome, reason } = conclude(findings.judgements, this.requirement, currentRun());
    if (outcome === 'not-met') throw bare(new AssertionError(reason));
    if (outcome === 'undetermined') throw bare(new Undetermined(reason));
    return outcome === 'met' ? undefined : 'skipped';
  }
}

/** A step that asks. */
export const asking = (...what: readonly Asked[]) =>
  async function (this: ComplianceWorld) {
    await this.ask(...what);
  };

/** A step that judges. */
export const judging = (check: Check) =>
  function (this: ComplianceWorld) {
    return this.judge(check);
  };

/** Auditors want no code frames. */
function bare<E extends Error>(error: E): E {
  error.stack = `${error.name}: ${error.message}`;
  return error;
}

setWorldConstructor(ComplianceWorld);
