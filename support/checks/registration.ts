import { datastoreDrift, type Registration } from '../actions/register.ts';
import type { FrontendFacts } from '../facts/frontend.ts';
import type { Read } from '../opennebula/ask.ts';
import { type Judgement, met } from '../outcome/judgement.ts';
import type { Site } from '../site/schema.ts';
import { noWayIn } from './barriers.ts';

/** BDS-401: the datastore is registered from its template file. `registration` is undefined where the front-end let nobody in. */
export function registeredFromTemplate(frontend: FrontendFacts, registration: Registration | undefined, site: Site): Judgement {
  const barrier = noWayIn(frontend, site);
  if (barrier) return barrier;
  const expected = `${frontend.hostname}: expected the datastore “${site.datastore.name}” to be registered from its template file`;
  if (!registration) return { outcome: 'undetermined', reason: `${expected}, but nothing was tried. Run setup again.`, evidence: [] };
  const { before, drift, refused, unheard, after, done, evidence } = registration;
  const faults = [before.template, before.datastore, ...(after ? [after] : [])].flatMap(faultOf);
  if (faults[0] !== undefined)
    return { outcome: 'undetermined', cause: 'OpenNebula by its command line', reason: `${expected}, found: ${faults[0]}`, evidence };
  const unmet = (found: string): Judgement => ({ outcome: 'not-met', reason: `${expected}, found ${found}`, evidence });
  if (drift.length > 0)
    return unmet(
      `that what exists differs from what is declared: ${drift.join('; ')}. Nothing was changed. Correct the site file, or what exists (onedatastore update, or the template file).`,
    );
  const stands = done.length > 0 ? ` What was done before stands: ${done.map(({ what }) => what).join('; ')}.` : '';
  if (unheard !== undefined)
    return {
      outcome: 'undetermined',
      reason: `${expected}, but whether it was done is not known: ${unheard}.${stands} Run setup again: it does what is missing.`,
      evidence,
    };
  if (refused !== undefined) return unmet(`that it was refused: “${refused}”.${stands} Mend what it says, then run setup again.`);
  const datastore = after && 'value' in after ? after.value : undefined;
  if (!datastore) return unmet('that OpenNebula does not list it after it was created. Look at it: onedatastore list');
  const saved = datastoreDrift(datastore, site);
  if (saved.length > 0)
    return unmet(`datastore ${datastore.id} saved otherwise: ${saved.join('; ')}. Look at it: onedatastore show ${datastore.id}`);
  if (!(datastore.totalMb > 0))
    return unmet(
      `datastore ${datastore.id} registered, but without capacity (TOTAL_MB 0) after ${site.deadlines.command} s: OpenNebula does not reach the backup server. Run the audit, which says why: npx backup-compliance audit`,
    );
  const what = done.length === 0 ? 'nothing was to be done' : done.map((action) => action.what).join('; ');
  return met({ evidence, note: `Datastore ${datastore.id}: ${what}.` });
}

function faultOf(read: Read<unknown>): string[] {
  return 'fault' in read ? [read.fault] : [];
}
