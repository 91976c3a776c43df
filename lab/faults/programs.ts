/** Faults in which a machine lacks a program, as if its package had never been installed, or in which a program does something else. */
import { hiddenOn, hide } from '../machines/hidden.ts';
import { admin, each, type Fault, type Looks, literally, login, named, type On, prints, sh, succeeds, together, unseen } from './fault.ts';

/** What stands in for a program lies in /usr/local/bin, and what it stands in for may be in /usr/bin all the same. */
const missingOn = (program: string, machine: string): Fault => ({
  what: `${machine} has no ${program}`,
  break: async (lab) => {
    await admin(lab, machine, `cd /usr/local/bin; if [ -e ${program} ]; then mv ${program} ${program}.off; fi`);
    if (await succeeds(lab, machine, 'test', '-e', `/usr/bin/${program}`))
      await hide(lab, machine, [...(await hiddenOn(lab, machine)), program]);
  },
  repair: async (lab) => {
    const before = await hiddenOn(lab, machine);
    const after = before.filter((one) => one !== program);
    if (after.length < before.length) await hide(lab, machine, after);
    await admin(lab, machine, `cd /usr/local/bin; if [ -e ${program}.off ]; then mv ${program}.off ${program}; fi`);
  },
  isBroken: async (lab) => (await login(lab, 'frontend01', machine, `command -v ${program}`)).exitCode === 1,
});

/** Machines that lack a program. */
export const missing = (program: string, on: On): Fault => {
  const faults = [on].flat().map((machine) => missingOn(program, machine));
  return faults.length === 1 && faults[0] ? faults[0] : together(`${named(on)} have no ${program}`, faults);
};

/** A program is there, and may not be run. */
export const notExecutable = (program: string, on: string, what = `${program} on ${on} is not executable`): Fault => ({
  what,
  break: (lab) => admin(lab, on, `touch /run/plain; chmod 644 /run/plain; mount -n --bind /run/plain /usr/bin/${program}`),
  repair: (lab) => admin(lab, on, `umount -n /usr/bin/${program}; rm /run/plain`),
  isBroken: (lab) => succeeds(lab, on, 'bash', '-euc', `test -e /usr/bin/${program}; ! test -x /usr/bin/${program}`),
});

/** A program replaced by a script; `$real` is the one that it replaces. */
const replaced = (name: string, on: On, script: string): Pick<Fault, 'break' | 'repair'> => ({
  break: (lab) =>
    each(on, (machine) =>
      sh(
        lab,
        machine,
        `real=$(command -v ${name}); cd /usr/local/bin; if [ -e ${name} ]; then mv ${name} .${name}.off; real=$PWD/.${name}.off; fi
        printf '%s\\n' '#!/bin/bash' "real=$real" "$1" > .${name}.new; chmod 755 .${name}.new; mv .${name}.new ${name}`,
        script,
      ),
    ),
  repair: (lab) => {
    // It may be what this needs itself that was replaced.
    const put = `PATH=/usr/bin:$PATH; cd /usr/local/bin; if [ -e .${name}.off ]; then mv .${name}.off ${name}; else rm ${name}; fi`;
    // Not by sh: it may be bash that was replaced.
    return each(on, (machine) => lab.shell(machine, ['/bin/sh', '-c', put]));
  },
});

/** A program of a machine replaced by a script; `$real` is the one that it replaces. */
export const program = (
  what: string,
  on: string,
  { name, script, looks = unseen }: { name: string; script: string; looks?: Looks },
): Fault => ({
  what,
  ...replaced(name, on, script),
  isBroken: looks,
});

/** One of OpenNebula's commands replaced on the front-end. */
export const command = (
  what: string,
  name: 'onehost' | 'onedatastore' | 'onevm' | 'oneimage',
  { script, looks, asked = `${name} list -x` }: { script: string; looks: RegExp; asked?: string },
): Fault => program(what, 'frontend01', { name, script, looks: prints('frontend01', asked, looks) });

export interface Another {
  /** What it does, behind its name and its machines. */
  readonly what: string;
  readonly script: string;
  /** Exit code and output of `asked`, for whoever logs in and runs it. */
  readonly looks: RegExp;
  readonly asked?: string;
}

/** A script in place of a program, on one machine or on several. */
export const instead = (program: string, on: On, { what, script, looks, asked = `timeout 1 ${program} --version` }: Another): Fault => ({
  what: `${program} on ${named(on)} ${what}`,
  ...replaced(program, on, script),
  isBroken: async (lab) => {
    const seen = await each(on, (machine) => login(lab, 'frontend01', machine, `${asked}; exit $?`));
    return seen.every(({ exitCode, stdout, stderr }) => looks.test(`exit ${exitCode} ${stdout}${stderr}`));
  },
});

/** A program that answers --version by a script, and does all else as ever. */
export const answering = (program: string, on: On, how: Another): Fault =>
  instead(program, on, { ...how, script: `[ "$*" = --version ] || exec $real "$@"\n${how.script}` });

export const HANGS: Another = { what: 'hangs', script: 'exec sleep 60', looks: /^exit 124/ };
export const CRASHES: Another = { what: 'crashes', script: 'kill -SEGV $$', looks: /^exit 139/ };
export const FAILS: Another = { what: 'fails, whatever it is told', script: 'exit 1', looks: /^exit 1 $/ };
export const KILLED: Another = { what: 'is killed, as for want of memory', script: 'kill -KILL $$', looks: /^exit 137/ };
export const SILENT: Another = { what: 'prints nothing', script: 'exit 0', looks: /^exit 0 $/ };
export const CHATTY: Another = {
  what: 'prints something else',
  script: 'echo "This system is for authorized use only."',
  looks: /authorized use/,
};
export const lacksLibrary = (program: string, library: string): Another => ({
  what: 'lacks a library',
  script: `echo "${program}: error while loading shared libraries: ${library}: cannot open shared object file: No such file or directory" >&2; exit 127`,
  looks: new RegExp(`^exit 127 .*${literally(library)}`),
});
export const misfits = (program: string): Another => ({
  what: 'does not fit its library',
  script: `echo "${program}: symbol lookup error: ${program}: undefined symbol: deflateSetHeader" >&2; exit 127`,
  looks: /^exit 127 .*symbol lookup error/,
});

/** A program that says it is of another version, and may warn. */
export const saying = (program: string, on: On, version: string, warning = ''): Fault => {
  const [first = ''] = version.split('\n');
  return answering(program, on, {
    what: `says “${first}”`,
    script: `${warning && `echo '${warning}' >&2\n`}cat << 'TEXT'\n${version}\nTEXT`,
    looks: new RegExp(`^exit 0 ${literally(first)}`),
  });
};

/** As `answering`, and it does not end when it is told to. */
export const stubborn = (program: string, on: On): Fault =>
  answering(program, on, {
    what: 'hangs, and does not end when it is told to',
    script: `trap '' TERM\nfor ((;;)); do sleep 1; done`,
    asked: `timeout -k 1 1 ${program} --version`,
    looks: /^exit 137/,
  });

/** A program that ends as if all were well, whatever it is told to do. */
const pretends = (program: string, on: string): Fault =>
  instead(program, on, {
    what: 'ends as if all were well, and does nothing but tell its version',
    script: '[ "$*" != --version ] || exec $real "$@"\nexit 0',
    asked: `${program} --no-such-option`,
    looks: /^exit 0 $/,
  });

export const programs = {
  'host-rsync-pretends': pretends('rsync', 'kvm01'),
  'rsync-missing-on-backup': missing('rsync', 'backup01'),
  'qemuimg-missing-on-backup': missing('qemu-img', 'backup01'),
  'jq-missing-on-backup': missing('jq', 'backup01'),
  'rsync-missing-on-host': missing('rsync', 'kvm01'),
  'qemuimg-missing-on-host': missing('qemu-img', 'kvm01'),
  'nbdinfo-missing-on-host': missing('nbdinfo', 'kvm01'),
  'qemuio-missing-on-host': missing('qemu-io', 'kvm01'),
  'qemunbd-missing-on-host': missing('qemu-nbd', 'kvm01'),
  'virsh-missing-on-host': missing('virsh', 'kvm01'),
  'ruby-missing-on-host': missing('ruby', 'kvm01'),
  'curl-missing-on-frontend': missing('curl', 'frontend01'),
  'ruby-missing-on-frontend': missing('ruby', 'frontend01'),
  'find-missing-on-backup': missing('find', 'backup01'),
} satisfies Record<string, Fault>;
