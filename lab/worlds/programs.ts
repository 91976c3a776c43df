/** Worlds in which a machine lacks a program, as if its package had never been installed. */
import type { Lab } from '../lab.ts';
import { admin, login, type World } from './tools.ts';

/** Covers /usr/bin with a view of itself that lacks these programs; the name of the mount lists them. */
async function cover(lab: Lab, machine: string, programs: string[]): Promise<void> {
  const covered = (await hidden(lab, machine)).length > 0;
  await admin(
    lab,
    machine,
    `${covered ? 'umount -n --lazy /usr/bin' : ''}
    programs='${programs.join(' ')}'
    if [ -z "$programs" ]; then exit; fi
    for program in $programs; do test -e /usr/bin/$program; done
    mkdir /run/whiteouts
    mount -n -t tmpfs whiteouts /run/whiteouts
    for program in $programs; do mknod /run/whiteouts/$program c 0 0; done
    mount -n -t overlay '${PREFIX}${programs.join(',')}' -o ro,userxattr,lowerdir=/run/whiteouts:/usr/bin /usr/bin
    umount -n --lazy /run/whiteouts
    rmdir /run/whiteouts`,
  );
}

const PREFIX = 'without:';

async function hidden(lab: Lab, machine: string): Promise<string[]> {
  const source = (await lab.shell(machine, ['findmnt', '--noheadings', '--output', 'SOURCE', '/usr/bin'])).stdout.trim();
  return source.startsWith(PREFIX) ? source.slice(PREFIX.length).split(',') : [];
}

const missing = (program: string, machine: string, name: string): World => ({
  name,
  what: `${machine} has no ${program}`,
  break: async (lab) => cover(lab, machine, [...(await hidden(lab, machine)), program]),
  repair: async (lab) =>
    cover(
      lab,
      machine,
      (await hidden(lab, machine)).filter((one) => one !== program),
    ),
  isBroken: async (lab) => (await login(lab, 'frontend01', machine, `command -v ${program}`)).exitCode === 1,
});

export const programs: World[] = [
  missing('rsync', 'backup01', 'rsync-missing-on-backup'),
  missing('qemu-img', 'backup01', 'qemuimg-missing-on-backup'),
  missing('jq', 'backup01', 'jq-missing-on-backup'),
  missing('rsync', 'kvm01', 'rsync-missing-on-host'),
  missing('qemu-img', 'kvm01', 'qemuimg-missing-on-host'),
  missing('nbdinfo', 'kvm01', 'nbdinfo-missing-on-host'),
];
