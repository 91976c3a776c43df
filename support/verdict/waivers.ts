import { firstFew, type Judgement, withoutStop } from '../outcome/judgement.ts';
import type { Outcome } from '../outcome/outcome.ts';
import { isNamed, type Subject } from '../outcome/subject.ts';
import { scopeOf, type Waiver } from '../site/waivers.ts';
import type { AppliedWaiver, Requirement } from './schema.ts';

/** What is judged, as far as a waiver changes it. */
type Judged = Pick<Judgement, 'outcome' | 'reason' | 'fix' | 'subject'>;

/** The judgement, waived if it is not met and a waiver covers it. What nobody could look at stays what it is. `day`: 2026-11-24. */
export function waive<J extends Judged>(judgement: J, id: string, waivers: readonly Waiver[], day: string): J & { waiver?: AppliedWaiver } {
  const waiver = judgement.outcome === 'not-met' ? waiverOf(judgement.subject, id, waivers, day) : undefined;
  if (!waiver) return judgement;
  const { owner, reason, ticket, expires, expired } = waiver;
  if (expired) {
    const since = `Its waiver by ${owner} (${whyOf({ reason, ticket })}) is expired since the end of ${expires}, UTC.`;
    const fix = [judgement.fix, 'To accept the risk for longer, renew the waiver.'].filter(Boolean).join(' ');
    return { ...judgement, reason: `${judgement.reason} ${since}`, fix, waiver };
  }
  return { ...judgement, outcome: 'waived', reason: `${whoWaives(waiver)}${judgement.reason}`, waiver };
}

const whyOf = ({ reason, ticket }: { readonly reason: string; readonly ticket?: string | undefined }): string =>
  `${withoutStop(reason)}${ticket === undefined ? '' : `, ${ticket}`}`;

const whoWaives = (waiver: AppliedWaiver): string => `Not met, but waived until ${waiver.expires} by ${waiver.owner} (${whyOf(waiver)}): `;

/** The reason of what is waived, without who waives it. */
export function unwaived({ reason, waiver }: { readonly reason: string; readonly waiver?: AppliedWaiver | undefined }): string {
  const prefix = waiver === undefined ? '' : whoWaives(waiver);
  return reason.startsWith(prefix) ? reason.slice(prefix.length) : reason;
}

/** Of the waivers that cover it: one that is in force before one that is expired, one of the subject alone before one of all. */
function waiverOf(subject: Subject | undefined, id: string, waivers: readonly Waiver[], day: string): AppliedWaiver | undefined {
  const covering = waivers.filter(
    (waiver) => waiver.requirement === id && (waiver.subject === undefined || isSubject(subject, waiver.subject)),
  );
  const isExpired = ({ expires }: Waiver) => expires < day;
  const rank = (waiver: Waiver) => (isExpired(waiver) ? 2 : 0) + (waiver.subject === undefined ? 1 : 0);
  const [first] = covering.toSorted((a, b) => rank(a) - rank(b));
  if (!first) return undefined;
  const { owner, reason, ticket, expires } = first;
  return { owner, reason, ...(ticket !== undefined && { ticket }), expires, expired: isExpired(first) };
}

/** Whether a subject is the one that is asked for: by its full or short name, or by its id, behind its kind where it is no host. Digits alone are an id. */
export function isSubject(subject: Subject | undefined, asked: string): boolean {
  if (!subject) return false;
  const [, kind, name = ''] = /^(vm|image|job|datastore) (.+)$/.exec(asked) ?? [];
  if (kind !== undefined) return subject.kind === kind && (/^\d+$/.test(name) ? subject.id : subject.name) === name;
  return (subject.kind === 'host' || subject.kind === 'machine') && isNamed(subject.name, asked);
}

/** What was judged, whether of one subject alone, and the ids of all requirements there are. */
interface Whole {
  readonly requirements: readonly Requirement[];
  readonly onlySubject: string | undefined;
  /** The subjects of a requirement, those included that the verdict does not list. */
  readonly judgedOf: (id: string) => readonly (Subject & { readonly outcome: Outcome })[] | undefined;
  readonly known: readonly string[];
}

/** The unused waivers, a sentence each. One of a requirement that this run does not look at is not spoken of. */
export function idleWaivers(waivers: readonly Waiver[], { requirements, onlySubject, judgedOf, known }: Whole): string[] {
  return waivers.flatMap((waiver) => {
    const requirement = requirements.find(({ id }) => id === waiver.requirement);
    const said = (what: string) => [`Unused waiver: ${scopeOf(waiver)} ${what} Owner: ${waiver.owner}.`];
    if (requirement) return onlySubject === undefined ? idle(waiver, requirement, judgedOf(requirement.id)).flatMap(said) : [];
    return known.includes(waiver.requirement) ? [] : said('is no requirement. See: backup-compliance explain.');
  });
}

/** Why a waiver is not used; nothing where it is, or where nobody could check. */
function idle({ subject: asked }: Waiver, { outcome }: Requirement, subjects: ReturnType<Whole['judgedOf']>): string[] {
  const unneeded = (each: { outcome: Outcome }) => each.outcome === 'met' || each.outcome === 'not-applicable';
  const remove = `is ${outcome === 'met' ? 'already met' : outcome.replace('-', ' ')}. Remove it from waivers.yaml.`;
  if (asked === undefined) return unneeded({ outcome }) ? [remove] : [];
  if (!subjects) {
    if (outcome === 'undetermined' || outcome === 'blocked') return [];
    return [unneeded({ outcome }) ? remove : 'is not judged subject by subject. Remove “subject”.'];
  }
  const named = subjects.filter((subject) => isSubject(subject, asked));
  if (named.length === 0)
    return [
      `names a subject that was not checked. Checked: ${firstFew(
        subjects.map(({ name }) => name),
        ', ',
      )}.`,
    ];
  return named.every(unneeded) ? ['is already met there. Remove it from waivers.yaml.'] : [];
}
