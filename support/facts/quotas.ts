import { MiB, type Shell } from '../machines/shell.ts';
import { type Probe, survey } from '../machines/survey.ts';
import { IN_TIME } from '../machines/timeout.ts';
import { readAnswer } from '../opennebula/ask.ts';
import { keptOf } from '../opennebula/kept.ts';
import { parseQuota, type Quota } from '../opennebula/quota.ts';
import type { Looked } from '../outcome/evidence.ts';
import type { Site } from '../site/schema.ts';
import { type FrontendFacts, registeredDatastore } from './frontend.ts';
import { judgedVms, scopeOf } from './scope.ts';

/** What owners of VMs may have in the backup datastore, by their ids; those that were not asked for are missing. */
export type Quotas = ReadonlyMap<string, Looked<Quota>>;

/** OpenNebula limits oneadmin in nothing. Source: OpenNebula 7.4.0, src/rm/Request.cc. */
export const ONEADMIN = '0';

/** At most so many owners are asked for, and for so many seconds: each call takes 0.3 to 0.9 s. */
const [MOST, SPAN] = [30, 60];

/** Those who own VMs for which there must be room; first those of production, which may be too many to be asked for with all others. */
function ownersOf(known: Parameters<typeof judgedVms>[0]): string[] {
  const ofProduction = new Set(scopeOf(known)?.vms.map(({ vm }) => vm.owner));
  return [...new Set(judgedVms(known).map(({ owner }) => owner))]
    .filter((id) => /^\d+$/.test(id) && id !== ONEADMIN)
    .toSorted((a, b) => Number(ofProduction.has(b)) - Number(ofProduction.has(a)) || Number(a) - Number(b));
}

/** Asks for the quotas of those who own VMs. */
export async function surveyQuotas(shell: Shell, site: Site, frontend: FrontendFacts): Promise<Quotas> {
  const { command: deadline } = site.deadlines;
  const datastore = registeredDatastore({ frontend, site });
  const asked = datastore ? ownersOf({ frontend, site }).slice(0, MOST) : [];
  if (!datastore || asked.length === 0) return new Map();
  const probes = asked.map(
    (id): Probe => ({
      ...{ name: `user-${id}`, argv: ['oneuser', 'show', '-x', id], deadline },
      when: `[ $SECONDS -lt ${SPAN} ] && ${IN_TIME}`,
    }),
  );
  const told = await survey(shell, probes, { deadline: SPAN + 2 * deadline, cap: 64 * MiB, setup: 'code=0' });
  return new Map(
    asked.map((id): [string, Looked<Quota>] => {
      const answer = told.answers.get(`user-${id}`);
      if (!answer) return [id, { fault: told.failure?.message ?? 'there was no time to ask for it', evidence: [keptOf(told.asked)] }];
      return [id, { ...readAnswer(answer, (xml) => parseQuota(xml, id, datastore.id)), evidence: [keptOf(answer)] }];
    }),
  );
}
