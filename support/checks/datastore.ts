import type { FrontendFacts } from '../facts/frontend.ts';
import type { Site } from '../site/schema.ts';
import { noWayIn, unreadable } from './frontend.ts';
import { type Judgement, met } from './judgement.ts';

/** BDS-402: the list shows the datastore as TYPE bck, DS rsync, TM -, STAT on. */
export function listedAsRsyncBackup(frontend: FrontendFacts, site: Site): Judgement {
  const barrier = noWayIn(frontend, site);
  if (barrier) return barrier;
  const { datastores, hostname } = frontend;
  if ('fault' in datastores) return unreadable(frontend, datastores.fault, 'datastores');
  const { name } = site.datastore;
  const answer = frontend.survey.answers.get('datastores');
  const evidence = answer ? [answer] : [];
  const expected = `${hostname}: expected a datastore “${name}” with TYPE bck, DS rsync, TM -, STAT on`;
  const datastore = datastores.value.find((candidate) => candidate.name === name);
  if (!datastore) {
    const others = datastores.value.filter(({ type }) => type === 'bck').map((other) => `“${other.name}”`);
    const found = others.length === 0 ? 'no backup datastore at all' : `backup datastores ${others.join(', ')}`;
    return {
      outcome: 'not-met',
      reason: `${expected}, found ${found}. Register it from its template: onedatastore create ds_rsync_backup.txt`,
      evidence,
    };
  }
  const { id, type, dsMad, tmMad, state } = datastore;
  if (type === 'bck' && dsMad === 'rsync' && tmMad === '-' && state === 'on')
    return met({ evidence, note: 'STAT on proves nothing by itself: OpenNebula shows it for a server that is gone, too.' });
  return {
    outcome: 'not-met',
    reason: `${expected}, found datastore ${id} with TYPE ${type}, DS ${dsMad}, TM ${tmMad}, STAT ${state}. Look at it: onedatastore show ${id}`,
    evidence,
  };
}
