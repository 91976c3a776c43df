import { causeNamedBy, INTERRUPTED, NOT_REACHED, partsOf, withoutStop } from '../outcome/judgement.ts';
import { isToDo, SEVERITIES, URGENCY } from '../outcome/outcome.ts';
import type { Requirement, VerdictFile } from '../verdict/schema.ts';
import { type Finding, grouped, type NotTried, namedBy, notTried } from './grouped.ts';

/** A requirement that somebody has to act on, or look into. */
export interface ToDo {
  readonly requirement: Requirement;
  readonly findings: readonly Told[];
  /** The requirement that is the cause, and stands before this one. */
  readonly because?: string;
  /** What could not be checked because of it. */
  readonly barred: NotTried['blocked'];
}

/** A finding in its parts, as of all subjects of which the same is said. */
export interface Told {
  /** 12 of 12 hosts (kvm01 … kvm12); empty where what was found names the one machine, or the requirement is about one thing. */
  readonly where: string;
  readonly found: string;
  readonly expected?: string;
  readonly fix?: string;
  /** The fix without names: alike where the same is to be done. */
  readonly alike: string;
  readonly recheck?: string;
}

/** What a run found, in the order in which it is to be read. */
export interface Overview {
  readonly toDo: readonly ToDo[];
  /** What could not be checked because of something that is none of these. */
  readonly barred: readonly NotTried[];
  /** What an interrupted run did not come to, and what that keeps from being checked: nobody's fault. */
  readonly cut: readonly Requirement[];
}

/** The findings, the most severe first and each after its cause; what is blocked under what it is blocked by. */
export function overview({ requirements, cloud }: Pick<VerdictFile, 'requirements' | 'cloud'>): Overview {
  const findings = new Map(requirements.map((each) => [each, grouped(each).filter(({ outcome }) => isToDo(outcome))]));
  const judged = requirements.filter((each) => isToDo(each.outcome) && !findings.get(each)?.every(isCut));
  const rank = ({ severity, outcome }: Requirement) => SEVERITIES.indexOf(severity) * URGENCY.length + URGENCY.indexOf(outcome);
  const wanted = judged.toSorted((a, b) => rank(a) - rank(b));
  const behind = notTried(requirements);
  const isIn = (those: readonly Requirement[]) => (other: NotTried) => those.some(({ id }) => id === other.cause);
  const notReached = requirements.filter((each) => isToDo(each.outcome) && !wanted.includes(each));
  const behindThese = behind.filter(isIn(notReached)).flatMap(({ blocked }) => blocked.map(({ requirement }) => requirement));
  const toDo = wanted.map((requirement): ToDo => {
    const own = (findings.get(requirement) ?? []).filter((finding) => !isCut(finding));
    const because = causeIn(own, wanted);
    const barred = behind.find(({ cause }) => cause === requirement.id)?.blocked ?? [];
    return { requirement, findings: told(own, cloud.frontend), barred, ...(because !== undefined && { because }) };
  });
  return {
    toDo: causesFirst(toDo),
    barred: behind.filter((other) => !isIn(wanted)(other) && !isIn(notReached)(other)),
    cut: requirements.filter((each) => notReached.includes(each) || (each.outcome === 'blocked' && behindThese.includes(each))),
  };
}

const isCut = ({ outcome, reason }: Finding): boolean =>
  outcome === 'undetermined' && (reason.includes(INTERRUPTED) || reason.startsWith(NOT_REACHED));

/** The same said of machines of several kinds stands once, in the words of the first. */
function told(findings: readonly Finding[], frontend: string): Told[] {
  const nameless = ({ subjects: [first] }: Finding, text: string) =>
    [frontend, first?.name ?? ''].reduce((rest, name) => (name === '' ? rest : rest.replaceAll(name, '\0')), text);
  const groups = Map.groupBy(findings, (each) => nameless(each, `${each.reason}\n${each.fix}`));
  return [...groups.values()].flatMap((group) => {
    const [first, ...others] = group;
    if (!first) return [];
    const { reason, subjects, fix, recheck } = first;
    const { found, expected } = partsOf(reason);
    const where = group.flatMap((each) => each.where || []).join(', ');
    const [subject, ...more] = subjects;
    const isNamed =
      others.length === 0 && subject && more.length === 0 && (reason.includes(where) || reason.startsWith(`${namedBy(subject)}: `));
    return {
      ...{ where: isNamed ? '' : where, found: `${withoutStop(found)}.`, alike: nameless(first, fix ?? '') },
      ...(expected !== undefined && { expected: `${withoutStop(expected)}.` }),
      ...(fix !== undefined && { fix }),
      ...(recheck !== undefined && { recheck }),
    };
  });
}

/** The one requirement that all findings name as their cause, if it is a finding, too. */
function causeIn(findings: readonly Finding[], wanted: readonly Requirement[]): string | undefined {
  const [cause, ...others] = new Set(findings.map(({ fix = '' }) => causeNamedBy(fix)));
  return others.length === 0 && wanted.some(({ id }) => id === cause) ? cause : undefined;
}

function causesFirst(toDo: readonly ToDo[]): ToDo[] {
  const caused = Map.groupBy(toDo, ({ because }) => because);
  const withCaused = (each: ToDo): ToDo[] => [each, ...(caused.get(each.requirement.id) ?? []).flatMap(withCaused)];
  const first = (caused.get(undefined) ?? []).flatMap(withCaused);
  // Two that name each other would be lost.
  return [...first, ...toDo.filter((each) => !first.includes(each))];
}
