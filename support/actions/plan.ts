import { noWayIn } from '../checks/barriers.ts';
import { Cloud } from '../facts/cloud.ts';
import type { Said } from '../outcome/outcome.ts';
import { loadSite } from '../site/load.ts';
import { driftIn, standing, stepsTo } from './register.ts';

/**
 * What `setup` would do, a line each, and the exit code it says: 0, 1 on drift, 2 when we could not look. Changes nothing anywhere,
 * and is no run: it leaves no verdict behind that could be taken for one.
 */
export async function planSetup(file: string): Promise<Said> {
  const site = loadSite(file);
  const cloud = new Cloud(site);
  try {
    const barrier = noWayIn(await cloud.frontend(), site);
    if (barrier) return { lines: [barrier.reason], exitCode: 2 };
    const found = await standing(cloud);
    const faults = [found.template, found.datastore].flatMap((read) => ('fault' in read ? [read.fault] : []));
    if (faults.length > 0) return { lines: faults, exitCode: 2 };
    const drift = driftIn(found, site);
    if (drift.length > 0)
      return { lines: [...drift, 'setup would change nothing: what exists differs from what is declared.'], exitCode: 1 };
    const steps = stepsTo(found, site).map(
      ({ planned, shows = '' }) => `setup ${planned}${shows && `:\n\n${shows.replace(/^/gm, '  ').trimEnd()}\n`}`,
    );
    return { lines: steps.length > 0 ? steps : ['setup would do nothing: the datastore is registered as declared.'], exitCode: 0 };
  } finally {
    cloud.close();
  }
}
