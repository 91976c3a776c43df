import type { FrontendFacts } from '../facts/frontend.ts';
import type { Site } from '../site/schema.ts';
import type { Judgement } from './judgement.ts';

/** Undefined when we stand on the front-end as the account OpenNebula runs as; else why nothing can be learned through it. */
export function noWayIn(facts: FrontendFacts, site: Site): Judgement | undefined {
  const { survey, account } = facts;
  const evidence = [survey.asked];
  if (survey.failure) {
    const reason = `front-end (${site.frontend}): expected to be let in, found “${survey.failure.message}”. Nothing of the cloud could be looked at. Check the setting “frontend” and the login to it.`;
    return { outcome: 'undetermined', cause: 'the front-end', reason, evidence };
  }
  if (account !== site.account) {
    const found = account === '' ? 'no answer to “id -un”' : `we look as ${account}`;
    const reason = `front-end (${site.frontend}): expected to look as ${site.account}, the account whose logins the driver makes; found: ${found}. Run the suite as ${site.account}, for instance: sudo -u ${site.account} npx backup-compliance audit`;
    return { outcome: 'undetermined', cause: 'the front-end', reason, evidence };
  }
  return undefined;
}

/** What a pool that could not be read means for a requirement that needs it. */
export function unreadable(facts: FrontendFacts, fault: string, answer: 'hosts' | 'datastores'): Judgement {
  return {
    outcome: 'undetermined',
    cause: 'the command line of OpenNebula',
    reason: `${facts.hostname || 'front-end'}: expected OpenNebula to list its ${answer}, found: ${fault}`,
    evidence: [facts.survey.answers.get(answer) ?? facts.survey.asked],
  };
}
