import type { Datastore } from '../opennebula/pools.ts';
import { driftOf, templateAttributes, watched } from '../opennebula/template.ts';
import { expecting, withoutStop } from '../outcome/judgement.ts';
import type { Site } from '../site/schema.ts';
import { check } from './check.ts';

/** How OpenNebula has the datastore saved, against what is declared; nothing where it is the same. */
export function datastoreDrift(datastore: Datastore, site: Site): string[] {
  const { NAME: _name, TYPE: _type, DS_MAD: _driver, ...wanted } = templateAttributes(site);
  const kind = [
    ...(datastore.type === 'bck' ? [] : [`TYPE is “${datastore.type}”, expected “bck”`]),
    ...(datastore.dsMad === 'rsync' ? [] : [`DS_MAD is “${datastore.dsMad}”, expected “rsync”`]),
  ];
  return [...kind, ...driftOf(datastore, { ...watched, ...wanted }, site.account)];
}

/** BDS-401: the datastore is registered from its template file. */
export const registeredFromTemplate = check('BDS-401', ['registration'], ({ site, frontend, gate: { registration } }) => {
  const expected = expecting(frontend.name, `the datastore “${site.datastore.name}” to be registered from its template file`);
  if (!registration) return expected.undetermined({ found: 'that nothing was tried', fix: 'Run setup again.' });
  const { before, drift, refused, unheard, after, done, evidence } = registration;
  for (const looked of [before.template, before.datastore, after])
    if (looked && 'fault' in looked) return expected.unseen({ ...looked, evidence }, { cause: 'OpenNebula by its command line' });
  const notMet = (found: string, fix: string) => expected.notMet({ found, fix, evidence });
  if (drift.length > 0)
    return notMet(
      `that what exists differs from what is declared: ${drift.join('; ')}. Nothing was changed`,
      'Correct the site file, or what exists (onedatastore update, or the template file).',
    );
  const did = done.map(({ what }) => what).join('; ');
  const stands = did && `. What was done before stands: ${did}`;
  if (unheard !== undefined) {
    const found = `that whether it was done is not known: ${withoutStop(unheard)}${stands}`;
    return expected.undetermined({ found, fix: 'Run setup again: it does what is missing.', evidence });
  }
  if (refused !== undefined) return notMet(`that it was refused: “${refused}”${stands}`, 'Fix what it says, then run setup again.');
  const datastore = after && 'value' in after ? after.value : undefined;
  if (!datastore) return notMet('that OpenNebula does not list it after it was created', 'Look at it: onedatastore list');
  const { id, totalMb } = datastore;
  const saved = datastoreDrift(datastore, site);
  if (saved.length > 0) return notMet(`datastore ${id} saved otherwise: ${saved.join('; ')}`, `Look at it: onedatastore show ${id}`);
  if (!(totalMb > 0))
    return notMet(
      `datastore ${id} registered, but without capacity (TOTAL_MB 0) after ${site.deadlines.command} s: OpenNebula does not reach the backup server`,
      'Run the audit, which says why: backup-compliance audit',
    );
  return expected.met({
    measured: `datastore ${id}: TOTAL_MB ${totalMb}`,
    note: `Datastore ${id}: ${did || 'already registered as declared, nothing was changed'}.`,
    evidence,
  });
});
