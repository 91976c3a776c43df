import { count } from '../outcome/figures.ts';
import { blockerOf, firstFew } from '../outcome/judgement.ts';
import { URGENCY } from '../outcome/outcome.ts';
import { isOneOfMany } from '../outcome/subject.ts';
import type { JudgedSubject, Requirement } from '../verdict/schema.ts';

/** What is said alike of one or several subjects of a requirement. The words are those of the first of them. */
export interface Finding extends Pick<JudgedSubject, 'outcome' | 'reason' | 'fix' | 'recheck' | 'measured' | 'note' | 'waiver'> {
  /** Empty where the requirement is about one thing. */
  readonly subjects: readonly JudgedSubject[];
  /** “12 of 12 hosts (kvm01 … kvm12)”; the full name where it is one; empty where the requirement is about one thing. */
  readonly where: string;
  /** False where names aside the words differ from one subject to the next, in their figures. */
  readonly alike: boolean;
}

const KIND_WORDS: Readonly<Record<JudgedSubject['kind'], string>> = {
  host: 'host',
  vm: 'VM',
  image: 'image',
  job: 'backup job',
  datastore: 'datastore',
  machine: 'machine',
};

/** A name, a number in hex, or one that is neither of a requirement's id nor an exit code: these make another cause. */
const FIGURE = /\0|\b(?=[0-9a-f]*\d)[0-9a-f]{6,}\b|(?<!\b[A-Z][A-Z0-9]*-\d*|\bexit \d*)\d+/g;

/** A requirement's findings. Subjects whose texts differ only in names and figures are one finding. The most urgent first, then the most common. */
export function grouped(requirement: Requirement): Finding[] {
  const { outcome, subjects = [] } = requirement;
  const groups = [...Map.groupBy(subjects, (subject) => masked(subject).replace(FIGURE, '#')).values()];
  const found = groups.flatMap((members) => findingOf(members, requirement) ?? []);
  const isDecided = outcome === 'met' || outcome === 'not-applicable' || subjects.some((subject) => subject.outcome === outcome);
  const own: Finding[] = isDecided && subjects.length > 0 ? [] : [{ ...requirement, subjects: [], where: '', alike: true }];
  return [...own, ...found].toSorted(
    (a, b) => URGENCY.indexOf(a.outcome) - URGENCY.indexOf(b.outcome) || b.subjects.length - a.subjects.length,
  );
}

function findingOf(
  members: readonly JudgedSubject[],
  { id, subjects = [], subjectsMet = 0, subjectsNotApplicable = 0 }: Requirement,
): Finding | undefined {
  const [first] = members;
  if (!first) return undefined;
  if (members.length === 1) return { ...first, subjects: members, where: calledBy(first), alike: true };
  const { recheck, ...words } = first;
  const listed = subjects.filter(({ kind }) => kind === first.kind).length;
  const all = isOneOfMany(first) ? listed + subjectsMet + subjectsNotApplicable : listed;
  return {
    ...words,
    ...(recheck !== undefined && { recheck: recheck.replace(/ --only .*/, ` --only ${id}`) }),
    subjects: members,
    where: `${members.length} of ${count(all, KIND_WORDS[first.kind])} (${namesOf(members, members.length === all)})`,
    alike: new Set(members.map(masked)).size === 1,
  };
}

/** All that is said of a subject, its own name and id left out. */
function masked(subject: JudgedSubject): string {
  const { kind, name, id, outcome, reason, fix = '', measured = '', note = '', waiver } = subject;
  // Hosts go by their names; their ids are numbers like any other.
  const own = [name, name.replace(/\..*/, ''), ...(id === undefined || kind === 'host' ? [] : [id])]
    .filter((each) => each !== '')
    .map((each) => each.replace(/[^\w]/gu, '\\$&'));
  const said = [reason, fix, measured, note].join('\n').replace(new RegExp(`(?<![\\w.-])(?:${own.join('|')})(?![\\w-])`, 'g'), '\0');
  return JSON.stringify([kind, outcome, said, waiver]);
}

/** As sentences begin that are about it: files01 (7). */
export const namedBy = ({ name, id }: JudgedSubject): string => (id === undefined || id === name ? name : `${name} (${id})`);

const calledBy = (subject: JudgedSubject): string =>
  subject.kind === 'host' || subject.kind === 'machine' ? subject.name : `${KIND_WORDS[subject.kind]} ${namedBy(subject)}`;

/** Without the domain that all have in common. First and last stand for all; where some in between are not meant, the first few are named. */
function namesOf(members: readonly JudgedSubject[], areAll: boolean): string {
  const [, domain = ''] = /^[^.]+(\..+)$/.exec(members[0]?.name ?? '') ?? [];
  const isShared = domain !== '' && members.every(({ name }) => name.endsWith(domain));
  const names = members
    .map(({ name }) => (isShared ? name.slice(0, -domain.length) : name))
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const isRange = areAll || names.every((name, at) => at === 0 || follows(names[at - 1] ?? '', name));
  return names.length > 3 && isRange ? `${names[0]} … ${names.at(-1)}` : firstFew(names, ', ');
}

/** kvm10 after kvm09. */
function follows(before: string, name: string): boolean {
  const [, stem, number] = /^(.*?)(\d+)$/.exec(before) ?? [];
  const [, sameStem, next] = /^(.*?)(\d+)$/.exec(name) ?? [];
  return number !== undefined && stem === sameStem && Number(next) === Number(number) + 1;
}

/** What could not be checked because of one requirement. */
export interface NotTried {
  readonly cause: string;
  /** By requirement, with the subjects it concerns; where all of the requirement is, `where` is empty. */
  readonly blocked: readonly { readonly requirement: Requirement; readonly where: string }[];
}

/** All that is blocked, by the requirement it comes from in the end; the cause of most first. What is blocked of single subjects counts, too. */
export function notTried(requirements: readonly Requirement[]): NotTried[] {
  const direct = new Map(requirements.map((each) => [each.id, each.outcome === 'blocked' ? blockerOf(each.reason) : undefined]));
  const rootOf = (id: string, seen: readonly string[] = []): string => {
    const next = direct.get(id);
    return next === undefined || seen.includes(next) ? id : rootOf(next, [...seen, id]);
  };
  const blocked = requirements.flatMap((requirement) => {
    const own = grouped(requirement).filter(({ outcome }) => outcome === 'blocked');
    const isWhole =
      requirement.outcome === 'blocked' && own.length === 1 && own[0]?.subjects.length === (requirement.subjects ?? []).length;
    return own.map(({ reason, where }) => ({
      cause: rootOf(blockerOf(reason) ?? requirement.id),
      requirement,
      where: isWhole ? '' : where,
    }));
  });
  return [...Map.groupBy(blocked, ({ cause }) => cause)]
    .map(([cause, members]) => ({ cause, blocked: members.map(({ requirement, where }) => ({ requirement, where })) }))
    .toSorted((a, b) => b.blocked.length - a.blocked.length || a.cause.localeCompare(b.cause));
}
