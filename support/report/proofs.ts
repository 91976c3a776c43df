import { PROVEN } from '../checks/canaries.ts';
import { count } from '../outcome/figures.ts';
import { ageInWords, isoInUtc } from '../outcome/period.ts';
import type { VerdictFile } from '../verdict/schema.ts';

/** A host that is proven by a gate now and then, and when it was last, in ISO 8601; absent where it never was. */
interface Proof {
  readonly host: string;
  readonly proven?: string;
}

/** How many hosts stand in one line. */
const SHOWN = 12;

/** The hosts that a verdict asks to be proven, those first whose proof is missing or the oldest; none where nothing is proven. */
export function proofsIn(requirements: VerdictFile['requirements']): readonly Proof[] {
  const subjects = requirements.find(({ id }) => id === PROVEN)?.subjects ?? [];
  const asked = subjects.filter(({ outcome }) => outcome !== 'not-applicable');
  return asked
    .map(({ name, proven }) => ({ host: name, ...(proven !== undefined && { proven }) }))
    .toSorted((a, b) => (a.proven ?? '').localeCompare(b.proven ?? ''));
}

/** When hosts were proven, and how long ago that is, in a line; undefined where nothing is proven. */
export const proofLine = (requirements: VerdictFile['requirements'], now: Date): string | undefined =>
  lineOf(requirements, `Backup proven (${PROVEN})`, (proven) => `${isoInUtc(proven)} (${ageOf(proven, now)} ago)`);

/** The same for what is kept: how long that was before the end of the run. */
export const keptProofLine = ({ requirements, finishedAt }: Pick<VerdictFile, 'requirements' | 'finishedAt'>): string | undefined =>
  lineOf(
    requirements,
    `Backup proven (${PROVEN}), and how long before the end of this run`,
    (proven) => `${isoInUtc(proven)} (${ageOf(proven, new Date(finishedAt))})`,
  );

const ageOf = (proven: string, at: Date): string => ageInWords(Math.max(0, Math.floor((at.getTime() - Date.parse(proven)) / 1000)));

function lineOf(requirements: VerdictFile['requirements'], head: string, when: (proven: string) => string): string | undefined {
  const proofs = proofsIn(requirements);
  if (proofs.length === 0) return undefined;
  const told = proofs.slice(0, SHOWN).map(({ host, proven }) => `${host} ${proven === undefined ? 'never' : when(proven)}`);
  const more = proofs.length > SHOWN ? `; and ${count(proofs.length - SHOWN, 'host')} later` : '';
  return `${head}: ${told.join('; ')}${more}`;
}
