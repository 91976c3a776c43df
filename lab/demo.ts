import { resolve } from 'node:path';
import { messageOf, UsageError } from '../support/outcome.ts';
import { makeFolder } from '../support/run.ts';
import { Lab } from './lab.ts';
import { worldNamed } from './worlds/index.ts';

/** A lab of this process's own, so that demos may run side by side. */
const name = `demo-${process.pid}`;

/**
 * Brings up a cloud in miniature, breaks it if a world is named, audits it from inside its front-end, and takes it away.
 * Returns the audit's exit code; the report is in `reports` when it is gone.
 */
export async function runDemo({ reports, world }: { reports: string; world?: string }): Promise<number> {
  const folder = resolve(reports);
  try {
    makeFolder(folder);
    if (world !== undefined) worldNamed(world);
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
  // The audit gets the terminal's Ctrl-C itself, and ends with a report; the lab goes after it.
  process.on('SIGINT', () => undefined);
  const lab = await Lab.up({ name, reports: folder });
  try {
    process.stderr.write(
      `A cloud of sandboxed machines is up: ${lab.machines.map((machine) => machine.name).join(', ')}. OpenNebula itself is a stand-in.\n`,
    );
    if (world !== undefined) {
      await lab.break(world);
      process.stderr.write(`Broken: ${world}\n`);
    }
    const audit = ['/opt/suite/bin/backup-compliance', 'audit', '--site', 'site.yaml', '--reports', folder];
    const { exitCode } = await lab.shell('frontend01', audit, { passThrough: true });
    return exitCode;
  } finally {
    await lab.down();
  }
}
