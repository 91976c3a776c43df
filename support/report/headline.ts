import { EXIT } from '../outcome/exit-codes.ts';
import { count } from '../outcome/figures.ts';
import type { Outcome } from '../outcome/outcome.ts';
import type { Requirement, VerdictFile } from '../verdict/schema.ts';
import { inWords } from './words.ts';

type Judged = Pick<VerdictFile, 'verdict' | 'requirements'> &
  Partial<Pick<VerdictFile, 'profile' | 'only' | 'onlyRequirements' | 'onlySubject' | 'runFaults' | 'exitCode' | 'failOn' | 'below'>>;

/** The verdict in the words that people quote: COMPLIANT WITH 1 WAIVER; NOT COMPLIANT: 2 findings; BDS-102 ONLY: NOT COMPLIANT, 1 finding. */
export function headlineOf(file: Judged): string {
  const part = partOf(file);
  const [word, ...more] = [wordOf(file), ...detailOf(file)];
  return part === undefined ? [word, ...more].join(': ') : `${part} ONLY: ${[word, ...more].join(', ')}`;
}

/** The same with what does not count, and the exit code. */
export function verdictLine(file: Judged & Pick<VerdictFile, 'exitCode'>): string {
  const { exitCode } = file;
  const aside = asideOf(file);
  return `${headlineOf(file)}${aside === undefined ? '' : `; ${aside}`} (exit ${exitCode}${exitCode === EXIT.interrupted ? ', interrupted' : ''})`;
}

/** What --fail-on leaves out; undefined where everything counts. */
export function asideOf({ requirements, failOn, below = [] }: Pick<Judged, 'requirements' | 'failOn' | 'below'>): string | undefined {
  if (failOn === undefined) return undefined;
  const aside = requirements.filter(({ id }) => below.includes(id));
  const words = (['not-met', 'undetermined', 'blocked'] as const).flatMap((outcome) => {
    const number = numberOf(aside, outcome);
    return number > 0 ? [`${number} ${inWords(outcome)}`] : [];
  });
  return `findings below ${failOn} do not count (--fail-on)${words.length > 0 ? `: ${words.join(', ')}` : ''}`;
}

/** How many came to one of these outcomes. */
export const numberOf = (requirements: readonly Pick<Requirement, 'outcome'>[], ...outcomes: readonly Outcome[]): number =>
  requirements.filter(({ outcome }) => outcomes.includes(outcome)).length;

/** The waivers that are in force, each once a requirement. */
export function waiversIn(
  requirements: readonly Requirement[],
): { readonly requirement: Requirement; readonly waiver: NonNullable<Requirement['waiver']>; readonly subjects: readonly string[] }[] {
  return requirements.flatMap((requirement) => {
    const applied = [
      ...(requirement.subjects ?? []).map(({ name, outcome, waiver }) => ({ name, outcome, waiver })),
      ...(requirement.subjects?.some(({ waiver }) => waiver)
        ? []
        : [{ name: '', outcome: requirement.outcome, waiver: requirement.waiver }]),
    ].flatMap(({ name, outcome, waiver }) => (outcome === 'waived' && waiver ? [{ name, waiver }] : []));
    return [...Map.groupBy(applied, ({ waiver }) => JSON.stringify(waiver)).values()].flatMap((same) => {
      const [first] = same;
      return first ? [{ requirement, waiver: first.waiver, subjects: same.flatMap(({ name }) => name || []) }] : [];
    });
  });
}

function wordOf({ verdict, requirements }: Judged): string {
  const waivers = waiversIn(requirements).length;
  const word = inWords(verdict).toUpperCase();
  return verdict === 'compliant' && waivers > 0 ? `${word} WITH ${count(waivers, 'waiver').toUpperCase()}` : word;
}

function detailOf({ verdict, requirements: all, below = [], runFaults = [] }: Judged): string[] {
  const requirements = all.filter(({ id }) => !below.includes(id));
  if (verdict === 'not-compliant') return [count(numberOf(requirements, 'not-met'), 'finding')];
  if (verdict !== 'undetermined') return [];
  const unlooked = numberOf(requirements, 'undetermined', 'blocked');
  return [
    unlooked > 0 ? `${count(unlooked, 'requirement')} could not be checked` : `${count(runFaults.length, 'fault')} of the run itself`,
  ];
}

/** What of the cloud was looked at, where that is not all; a set-up is no verdict on it. */
function partOf({ profile, only, onlyRequirements, onlySubject }: Judged): string | undefined {
  if (profile === 'setup') return 'SET-UP';
  const [first, second, third, ...more] = only ?? onlyRequirements ?? [];
  const ids = [first, second, third].filter((id) => id !== undefined).join(', ');
  const named = more.length > 0 ? `${ids} AND ${more.length} MORE` : ids;
  return [named, only ? undefined : onlySubject].filter(Boolean).join(' on ') || undefined;
}
