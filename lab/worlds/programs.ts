/** Worlds in which a machine lacks a program, as if its package had never been installed. */
import type { Lab } from '../machines/lab.ts';
import { admin, login, succeeds, type World } from './tools.ts';

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

/** What stands in for a program lies in /usr/local/bin, and what it stands in for may be in /usr/bin all the same. */
export const missing = (program: string, machine: string, name: string): World => ({
  name,
  what: `${machine} has no ${program}`,
  break: async (lab) => {
    await admin(lab, machine, `cd /usr/local/bin; if [ -e ${program} ]; then mv ${program} ${program}.off; fi`);
    if (await succeeds(lab, machine, 'test', '-e', `/usr/bin/${program}`))
      await cover(lab, machine, [...(await hidden(lab, machine)), program]);
  },
  repair: async (lab) => {
    const before = await hidden(lab, machine);
    const after = before.filter((one) => one !== program);
    if (after.length < before.length) await cover(lab, machine, after);
    await admin(lab, machine, `cd /usr/local/bin; if [ -e ${program}.off ]; then mv ${program}.off ${program}; fi`);
  },
  isBroken: async (lab) => (await login(lab, 'frontend01', machine, `command -v ${program}`)).exitCode === 1,
});

export const programs: World[] = [
  missing('rsync', 'backup01', 'rsync-missing-on-backup'),
  missing('qemu-img', 'backup01', 'qemuimg-missing-on-backup'),
  missing('jq', 'backup01', 'jq-missing-on-backup'),
  missing('rsync', 'kvm01', 'rsync-missing-on-host'),
  missing('qemu-img', 'kvm01', 'qemuimg-missing-on-host'),
  missing('nbdinfo', 'kvm01', 'nbdinfo-missing-on-host'),
  missing('qemu-io', 'kvm01', 'qemuio-missing-on-host'),
  missing('qemu-nbd', 'kvm01', 'qemunbd-missing-on-host'),
  missing('virsh', 'kvm01', 'virsh-missing-on-host'),
  missing('ruby', 'kvm01', 'ruby-missing-on-host'),
  missing('curl', 'frontend01', 'curl-missing-on-frontend'),
  missing('ruby', 'frontend01', 'ruby-missing-on-frontend'),
  missing('find', 'backup01', 'find-missing-on-backup'),
];
