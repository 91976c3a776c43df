import { PROVEN } from '../checks/canaries.ts';
import { count } from '../outcome/figures.ts';
import { isoInUtc } from '../outcome/period.ts';
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

/** When hosts were proven, in a line; undefined where nothing is proven. */
export function proofLine(requirements: VerdictFile['requirements']): string | undefined {
  const proofs = proofsIn(requirements);
  if (proofs.length === 0) return undefined;
  const told = proofs.slice(0, SHOWN).map(({ host, proven }) => `${host} ${proven === undefined ? 'never' : isoInUtc(proven)}`);
  const more = proofs.length > SHOWN ? `; and ${count(proofs.length - SHOWN, 'host')} later` : '';
  return `Backup proven (${PROVEN}): ${told.join('; ')}${more}`;
}
