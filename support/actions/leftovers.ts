import { noWayIn } from '../checks/barriers.ts';
import { Cloud } from '../facts/cloud.ts';
import type { Said } from '../outcome/outcome.ts';
import { scrub } from '../outcome/secrets.ts';
import { loadSite } from '../site/load.ts';
import { cleanUpAfterOthers } from './drill.ts';

/** Undoes what gates that were cut off have left; what to say about it, a line each, and the exit code: 0 nothing is left, 1, 2 could not look. */
export async function cleanUp(file: string): Promise<Said> {
  const site = loadSite(file);
  const cloud = new Cloud(site);
  try {
    const barrier = noWayIn(await cloud.frontend(), site);
    if (barrier) return { lines: [barrier.reason], exitCode: 2 };
    const results = await cleanUpAfterOthers(cloud);
    if ('fault' in results) return { lines: [`Could not clean up: ${results.fault}.`], exitCode: 2 };
    if (results.value.length === 0) return { lines: ['Nothing was left behind.'], exitCode: 0 };
    const lines = results.value.flatMap(({ run, undone, left, fault }) => [
      `Run ${run}:`,
      ...undone.map((what) => `  removed: ${what}`),
      ...left.map((what) => `  still there: ${what}`),
      ...(fault === undefined ? [] : [`  could not look: ${fault}`]),
      ...(left.length > 0 || fault !== undefined ? [] : ['  nothing of it is left']),
    ]);
    const exitCode = results.value.some(({ left }) => left.length > 0) ? 1 : results.value.some(({ fault }) => fault !== undefined) ? 2 : 0;
    return { lines: lines.map(scrub), exitCode };
  } finally {
    cloud.close();
  }
}
