import type { Begun, CleanUp } from '../facts/gate.ts';
import { firstFew } from '../outcome/judgement.ts';
import type { Action } from '../outcome/outcome.ts';

/** The requirement that nothing is left behind. */
const NOTHING_LEFT = 'BDS-602';

/** What a clean-up did, as the report tells it; and what is wrong with the run itself, where no requirement of it says what is left. */
export function tellCleanUp(
  cleaned: Begun<readonly CleanUp[]>,
  planned: readonly string[],
): { readonly actions: readonly Action[]; readonly fault?: string } {
  const all = 'value' in cleaned ? cleaned.value : [];
  const actions = all.flatMap(({ run, undone, left, fault }): Action[] => [
    ...undone.map((what) => ({ what, state: 'undone' as const })),
    ...left.map((what) => ({ what, state: 'left' as const })),
    ...(fault === undefined ? [] : [{ what: `what run ${run} may have left: ${fault}`, state: 'left' as const }]),
  ]);
  const left = actions.flatMap(({ what, state }) => (state === 'left' ? [what] : []));
  if (left.length === 0 || planned.includes(NOTHING_LEFT)) return { actions };
  return {
    actions,
    fault: `not all that was made is gone: ${firstFew(left)}. What can be removed later is removed by: backup-compliance cleanup`,
  };
}
