import { resolve } from 'node:path';
import { makeFolder } from '../support/archive/folders.ts';
import { messageOf, UsageError } from '../support/outcome/errors.ts';
import { isOfBridges } from './faults/bridges.ts';
import { breakFault, faultNamed } from './faults/index.ts';
import { change } from './faults/opennebula.ts';
import { ENVIRONMENT, NODE_FOLDER, SUITE } from './machines/cloud.ts';
import { Lab, requireBridges } from './machines/lab.ts';
import { furnish } from './opennebula/production.ts';
import { NEWEST, type ReleaseName, releaseNamed } from './opennebula/releases.ts';

/** A lab of this process's own, so that demos may run side by side. */
const name = `demo-${process.pid}`;

/** How to have a lab that stays, to follow the commands of a finding there. */
function toKeep({ fault, profile, release, bridges }: { fault: string; profile: string; release: ReleaseName; bridges: number }): string {
  const like = `${release === NEWEST ? '' : ` --release ${release}`}${bridges > 0 ? ` --bridge ${bridges}` : ''}`;
  return `
The cloud of this demo is gone, and its site file with it. To follow these commands, keep such a cloud (in a checkout):
  npm run -s lab -- up --production${like}
  npm run -s lab -- break ${fault}
  npm run -s lab -- run -- bin/backup-compliance ${profile}
  npm run -s lab -- down
`;
}

/**
 * Brings up a cloud in miniature, sets up its datastore from inside its front-end, lets a month of backups of production pass, does the whole
 * journey, and takes it away. If a fault is named, that is broken instead, and the audit says what it finds. `release` is OpenNebula's; so many `bridges` send the backups.
 * Returns the last run's exit code; its report is in `reports`.
 */
export async function runDemo({
  reports,
  fault,
  release = NEWEST,
  bridges = fault !== undefined && isOfBridges(fault) ? 1 : 0,
}: {
  reports: string;
  fault?: string;
  release?: string;
  bridges?: number;
}): Promise<number> {
  const folder = resolve(reports);
  let spoken: ReleaseName;
  try {
    spoken = releaseNamed(release);
    requireBridges(bridges);
    makeFolder(folder);
    if (fault !== undefined) faultNamed(fault);
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
  // The suite gets the terminal's Ctrl-C itself, and ends with a report; the lab goes after it.
  process.on('SIGINT', () => undefined);
  const lab = await Lab.up({
    name,
    reports: folder,
    datastore: false,
    production: true,
    boot: true,
    canary: true,
    release: spoken,
    bridges,
  });
  try {
    const machines = lab.machines.map((machine) => machine.name).join(', ');
    process.stderr.write(
      `A cloud of sandboxed machines is up, without a backup datastore: ${machines}. OpenNebula ${spoken}, virsh and the guests are stand-ins.\n`,
    );
    const run = async (profile: string) => {
      const command = [`${SUITE}/bin/backup-compliance`, profile, '--site', 'site.yaml', '--reports', folder];
      const path = `PATH=${NODE_FOLDER}:${ENVIRONMENT.PATH}`;
      return (await lab.shell('frontend01', ['env', path, ...command], { passThrough: true })).exitCode;
    };
    const exitCode = await run('setup');
    if (exitCode !== 0) return exitCode;
    await change(lab, (cloud) => furnish(cloud, Math.floor(Date.now() / 1000)));
    await lab.storeBackups(await lab.openNebula());
    process.stderr.write('Six production VMs now have a month of backups.\n');
    if (fault === undefined) {
      process.stderr.write('Now the audit, a test backup and its restore: one to two minutes.\n');
      return await run('journey');
    }
    await breakFault(lab, fault);
    const { what, profile = 'audit' } = faultNamed(fault);
    process.stderr.write(`Broken: ${what}.\n`);
    const ended = await run(profile);
    process.stderr.write(toKeep({ fault, profile, release: spoken, bridges }));
    return ended;
  } finally {
    await lab.down();
  }
}
