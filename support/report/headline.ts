import type { Requirement, VerdictFile } from '../verdict/schema.ts';
import { count, inWords } from './words.ts';

type Judged = Pick<VerdictFile, 'verdict' | 'requirements'> &
  Partial<Pick<VerdictFile, 'profile' | 'onlyRequirements' | 'onlySubject' | 'runFaults' | 'exitCode'>>;

/** The verdict in the words that people quote: COMPLIANT WITH 1 WAIVER; NOT COMPLIANT: 2 findings; BDS-102 ONLY: NOT COMPLIANT, 1 finding. */
export function headlineOf(file: Judged): string {
  const part = partOf(file);
  const [word, ...more] = [wordOf(file), ...detailOf(file)];
  return part === undefined ? [word, ...more].join(': ') : `${part} ONLY: ${[word, ...more].join(', ')}`;
}

/** What is not met, a requirement each; and those of which nobody could look. */
export const findingsIn = (requirements: readonly Requirement[]): number =>
  requirements.filter(({ outcome }) => outcome === 'not-met').length;
const unlookedIn = (requirements: readonly Requirement[]): number =>
  requirements.filter(({ outcome }) => outcome === 'undetermined' || outcome === 'blocked').length;

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

function detailOf({ verdict, requirements, runFaults = [] }: Judged): string[] {
  if (verdict === 'not-compliant') return [count(findingsIn(requirements), 'finding')];
  if (verdict !== 'undetermined') return [];
  const unlooked = unlookedIn(requirements);
  return [
    unlooked > 0 ? `${count(unlooked, 'requirement')} could not be checked` : `${count(runFaults.length, 'fault')} of the run itself`,
  ];
}

/** What of the cloud was looked at, where that is not all; a set-up is no verdict on it. */
function partOf({ profile, onlyRequirements, onlySubject }: Judged): string | undefined {
  if (profile === 'setup') return 'SET-UP';
  const [first, second, third, ...more] = onlyRequirements ?? [];
  const ids = [first, second, third].filter((id) => id !== undefined).join(', ');
  const named = more.length > 0 ? `${ids} AND ${more.length} MORE` : ids;
  return [named, onlySubject].filter(Boolean).join(' on ') || undefined;
}
