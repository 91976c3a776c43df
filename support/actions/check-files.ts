import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EXIT, type Said } from '../outcome/exit-codes.ts';
import { count } from '../outcome/figures.ts';
import { didYouMean } from '../outcome/similar.ts';
import { loadSite } from '../site/load.ts';
import { dayOf, loadWaivers, scopeOf, type Waiver } from '../site/waivers.ts';
import { statements } from '../verdict/requirements.ts';

/** Days ahead on which the end of a waiver is worth a word. */
const SOON = 14;
const DAY = 86_400_000;

/**
 * What the site file and the waivers beside it declare, read as a run reads them. No machine is asked.
 * @throws UsageError naming file:line:column, what is wrong there and what is allowed.
 */
export function checkFiles(file: string, now: Date): Said {
  const today = dayOf(now);
  const { name, frontend, datastore } = loadSite(file);
  const waivers = loadWaivers(file, today);
  const waiversFile = join(dirname(file), 'waivers.yaml');
  const known = statements().map(({ id }) => id);
  const unknown = waivers.filter(({ requirement }) => requirement.startsWith('BDS-') && !known.includes(requirement));
  const site = `${file}: OK. Cloud ${name}, front-end ${frontend}, datastore “${datastore.name}” on ${datastore.rsync_host}.`;
  if (!existsSync(waiversFile)) return { lines: [site, `${waiversFile}: no such file, so nothing is waived.`], exitCode: EXIT.compliant };
  const faults = unknown.map((waiver) => `  ${scopeOf(waiver)}: unknown requirement.${didYouMean(waiver.requirement, known)}`);
  return {
    lines: [
      site,
      `${waiversFile}: ${faults.length > 0 ? 'FAILED' : 'OK'}. ${count(waivers.length, 'waiver')}.`,
      ...faults,
      ...waivers.flatMap((waiver) => lasting(waiver, today)),
    ],
    exitCode: faults.length > 0 ? EXIT.usage : EXIT.compliant,
  };
}

/** Of a waiver that is expired, or soon is. */
function lasting(waiver: Waiver, today: string): string[] {
  const days = Math.round((Date.parse(waiver.expires) - Date.parse(today)) / DAY);
  const of = `  ${scopeOf(waiver)}, owner ${waiver.owner}`;
  if (days < 0) return [`${of}: expired since the end of ${waiver.expires}, UTC. What it was for counts as not met again.`];
  return days <= SOON ? [`${of}: expires at the end of ${waiver.expires}, UTC (in ${count(days, 'day')}).`] : [];
}
