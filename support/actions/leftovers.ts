import { EXIT, type Said } from '../outcome/exit-codes.ts';
import { cleanUpAfterOthers } from './restore-test.ts';
import { sentence, withCloud } from './with-cloud.ts';

/** Undoes what gates that were cut off have left; a line each, and whether anything is left still. */
export const cleanUp = (file: string): Promise<Said> =>
  withCloud(file, async (cloud) => {
    const results = await cleanUpAfterOthers(cloud);
    if ('fault' in results) return { lines: [`Could not clean up: ${sentence(results)}`], exitCode: EXIT.undetermined };
    if (results.value.length === 0) return { lines: ['Nothing was left behind.'], exitCode: EXIT.compliant };
    const lines = results.value.flatMap(({ run, undone, left, kept = [], fault, fix }) => [
      `Run ${run}:`,
      ...undone.map((what) => `  removed: ${what}`),
      ...kept.map((what) => `  kept: ${what}`),
      ...left.map((what) => `  still there: ${what}`),
      ...(fault === undefined ? [] : [`  could not look: ${sentence({ fault, ...(fix !== undefined && { fix }) })}`]),
      ...(left.length > 0 || fault !== undefined ? [] : ['  nothing of it is left']),
    ]);
    const isLeft = results.value.some(({ left }) => left.length > 0);
    const isUnseen = results.value.some(({ fault }) => fault !== undefined);
    return { lines, exitCode: isLeft ? EXIT.notCompliant : isUnseen ? EXIT.undetermined : EXIT.compliant };
  });
