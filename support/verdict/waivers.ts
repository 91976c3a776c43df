import { type Judgement, withoutStop } from '../outcome/judgement.ts';
import { type AppliedWaiver, isNamed } from '../outcome/outcome.ts';
import { scopeOf, type Waiver } from '../site/waivers.ts';
import type { Requirement } from './verdict.ts';

/** A judgement, and the waiver that covers it, or did until it expired. */
export interface Waived extends Judgement {
  readonly waiver?: AppliedWaiver;
}

/** The judgement, waived if it is not met and a waiver covers it. What nobody could look at stays what it is. `today` is a day, 2026-11-24. */
export function waive(judgement: Judgement, id: string, waivers: readonly Waiver[], today: string): Waived {
  const waiver = judgement.outcome === 'not-met' ? waiverOf({ ...judgement, id }, waivers, today) : undefined;
  if (!waiver) return judgement;
  const { owner, reason, ticket, expires, expired } = waiver;
  const why = `${withoutStop(reason)}${ticket === undefined ? '' : `, ${ticket}`}`;
  if (expired) {
    const since = `Its waiver by ${owner} (${why}) is expired since the end of ${expires}, UTC: mend what is not met, or have the waiver renewed.`;
    return { ...judgement, reason: `${judgement.reason} ${since}`, waiver };
  }
  return {
    ...judgement,
    outcome: 'waived',
    reason: `Not met, but waived until ${expires} by ${owner} (${why}): ${judgement.reason}`,
    waiver,
  };
}

/** Of the waivers that cover it: one that is in force before one that is expired, one of the machine alone before one of all. */
function waiverOf(
  { id, machine }: Pick<Judgement, 'machine'> & { id: string },
  waivers: readonly Waiver[],
  today: string,
): AppliedWaiver | undefined {
  const covering = waivers.filter(
    (waiver) => waiver.requirement === id && (waiver.machine === undefined || (machine !== undefined && isNamed(machine, waiver.machine))),
  );
  const isExpired = ({ expires }: Waiver) => expires < today;
  const rank = (waiver: Waiver) => (isExpired(waiver) ? 2 : 0) + (waiver.machine === undefined ? 1 : 0);
  const [first] = covering.toSorted((a, b) => rank(a) - rank(b));
  if (!first) return undefined;
  const { owner, reason, ticket, expires } = first;
  return { owner, reason, ...(ticket !== undefined && { ticket }), expires, expired: isExpired(first) };
}

/** What was judged, whether on one machine alone, and the ids of all requirements there are. */
interface Judged {
  readonly requirements: readonly Requirement[];
  readonly machine: string | undefined;
  readonly known: readonly string[];
}

/** The waivers that cover nothing, a sentence each. One of a requirement that this run does not look at is not spoken of. */
export function idleWaivers(waivers: readonly Waiver[], { requirements, machine, known }: Judged): string[] {
  return waivers.flatMap((waiver) => {
    const requirement = requirements.find(({ id }) => id === waiver.requirement);
    const said = (what: string) => [`The waiver of ${scopeOf(waiver)} covers nothing: ${what} Its owner: ${waiver.owner}.`];
    if (requirement) return machine === undefined ? idle(waiver, requirement).flatMap(said) : [];
    return known.includes(waiver.requirement) ? [] : said('there is no such requirement. See: npx backup-compliance explain.');
  });
}

/** Why a waiver covers nothing of its requirement; nothing where it does, or where nobody could look. */
function idle({ machine }: Waiver, { outcome, machines }: Requirement): string[] {
  const unneeded = (each: { outcome: Requirement['outcome'] }) => each.outcome === 'met' || each.outcome === 'not-applicable';
  const takeOut = `the requirement is ${outcome.replace('-', ' ')}. Take it out of waivers.yaml.`;
  if (machine === undefined) return unneeded({ outcome }) ? [takeOut] : [];
  if (!machines) {
    if (outcome === 'undetermined' || outcome === 'blocked') return [];
    return [unneeded({ outcome }) ? takeOut : 'the requirement is not judged machine by machine. Leave out machine.'];
  }
  const named = machines.filter(({ name }) => isNamed(name, machine));
  if (named.length === 0) return [`no such machine was judged. Judged were: ${machines.map(({ name }) => name).join(', ')}.`];
  return named.every(unneeded) ? ['the requirement is met there. Take it out of waivers.yaml.'] : [];
}
