import { EXIT, type Said } from '../outcome/exit-codes.ts';
import { driftIn, standing, stepsTo } from './register.ts';
import { sentence, withCloud } from './with-cloud.ts';

/** What `setup` would do, a line each; 1 on drift, 2 when we could not look. Changes nothing anywhere. */
export const planSetup = (file: string): Promise<Said> =>
  withCloud(file, async (cloud) => {
    const { site } = cloud;
    const found = await standing(cloud);
    const faults = [found.template, found.datastore].flatMap((read) => ('fault' in read ? sentence(read) : []));
    if (faults.length > 0) return { lines: faults, exitCode: EXIT.undetermined };
    const drift = driftIn(found, site);
    if (drift.length > 0)
      return {
        lines: [...drift, 'setup would change nothing: what exists differs from what is declared.'],
        exitCode: EXIT.notCompliant,
      };
    const steps = stepsTo(found, site).flatMap(({ planned, shows = '' }) =>
      shows === ''
        ? `setup ${planned}`
        : [
            `setup ${planned}:`,
            '',
            ...shows
              .trimEnd()
              .split('\n')
              .map((line) => `  ${line}`),
            '',
          ],
    );
    return {
      lines: steps.length > 0 ? steps : ['setup would do nothing: the datastore is registered as declared.'],
      exitCode: EXIT.compliant,
    };
  });
