import type { Probe } from '../machines/survey.ts';

/** A program the driver calls, and the step that fails without it. Source: OpenNebula 7.4.0, src/datastore_mad, src/tm_mad, src/vmm_mad. */
export interface Program {
  readonly name: string;
  readonly packageName: string;
  readonly step: string;
  /** Needed only for virtual machines that keep increments, or only for powered-off ones that do. */
  readonly only?: 'increments' | 'powered-off increments';
}

const program = (name: string, packageName: string, step: string, only?: Program['only']): Program => ({
  name,
  packageName,
  step,
  ...(only && { only }),
});

export const frontendPrograms: readonly Program[] = [
  program('ssh', 'openssh-client', 'every step: it reaches the other machines'),
  program('bash', 'bash', 'every step: the driver is written in it'),
  program('ruby', 'ruby', 'backup and restore: parts of the driver are written in it'),
  program('awk', 'mawk', 'monitoring: it reads the free space'),
  program('sed', 'sed', 'every step: it reads the driver’s arguments'),
  program('df', 'coreutils', 'monitoring: it tells the free space'),
  program('qemu-img', 'qemu-utils', 'restore: it tells format and size of the image'),
  program('md5sum', 'coreutils', 'restore: it names the image'),
  program('curl', 'curl', 'restore: the downloader fetches with it'),
];

export const hypervisorPrograms: readonly Program[] = [
  program('ssh', 'openssh-client', 'transfer: rsync travels over it'),
  program('ruby', 'ruby', 'backup: prepares the disks'),
  program('virsh', 'libvirt-clients', 'backup: freezes and copies the disks'),
  program('du', 'coreutils', 'backup: it tells the size of what was staged'),
  program('ls', 'coreutils', 'backup: it lists what was staged'),
  program('head', 'coreutils', 'backup: it reads the list of what was staged'),
  program('mkdir', 'coreutils', 'backup: it makes the staging directory'),
  program('rm', 'coreutils', 'backup: it clears the staging directory'),
  program('ps', 'procps', 'cancelling a backup: it finds the transfer'),
  program('awk', 'mawk', 'cancelling a backup: it finds the transfer'),
  program('nbdinfo', 'libnbd-bin', 'incremental backup: it lists the changed blocks', 'increments'),
  program('qemu-io', 'qemu-utils', 'incremental backup: it copies the changed blocks', 'increments'),
  program('qemu-nbd', 'qemu-utils', 'incremental backup of a powered-off machine: it serves the disk', 'powered-off increments'),
];

export const backupServerPrograms: readonly Program[] = [
  program('mkdir', 'coreutils', 'backup: it makes the directory for the data'),
  program('df', 'coreutils', 'monitoring: it tells the free space'),
  program('find', 'findutils', 'restore: it finds the files of the backup'),
  program('cat', 'coreutils', 'restore: it sends the disk back'),
  program('rm', 'coreutils', 'deleting a backup'),
  program('mv', 'coreutils', 'flattening a chain of increments', 'increments'),
  program('jq', 'jq', 'flattening a chain of increments: without it the first flatten destroys the chain', 'increments'),
];

/**
 * Prints the names of the programs that are not in the PATH, one a line. `command -v` would name one that nobody may run, too.
 * `hash` looks them up without a process for each.
 */
export function missingPrograms(programs: readonly Program[]): Probe {
  const names = programs.map(({ name }) => name);
  return {
    name: 'programs',
    argv: [
      'inline',
      'for program; do unset -f "$program"; hash "$program" 2>/dev/null && [ -x "${BASH_CMDS[$program]}" ] || echo "$program"; done',
      ...names,
    ],
    typed: `for program in ${names.join(' ')}; do [ -x "$(type -P $program)" ] || echo $program; done`,
  };
}
