/** Faults that wait for a call of a program: what goes wrong only once a test backup, a restore or a set-up is under way. */
import type { Lab } from '../machines/lab.ts';
import { andThen, type Fault, literally, login, prints, sh } from './fault.ts';
import { program } from './programs.ts';

interface Call {
  /** The program. */
  readonly of: string;
  /** Shell pattern of its arguments. */
  readonly when: string;
  /** A harmless call of this kind. */
  readonly tried: string;
}

/** Some calls of a program do something else first; they go on as ever, unless `act` exits. `$real` is the program, `looks` how `tried` ends. */
export const intercepted = (what: string, on: string, { of, when, tried, act, looks }: Call & { act: string; looks: RegExp }): Fault =>
  program(what, on, {
    name: of,
    script: `case "$*" in ${when})\n${act}\n;; esac\nexec $real "$@"`,
    looks: prints(on, `{ ${tried}\n} 2>&1`, looks),
  });

/** Some calls of a program fail with a message. */
export const failing = (what: string, on: string, { says, exit = 1, ...call }: Call & { says: string; exit?: number }): Fault =>
  intercepted(what, on, {
    ...call,
    act: `echo '${says}' >&2; exit ${exit}`,
    looks: new RegExp(`${literally(says)}\\n*exit ${exit}$`),
  });

/** Some calls of a program take so many seconds longer. */
export const slow = (what: string, on: string, { seconds = 60, ...call }: Call & { seconds?: number }): Fault =>
  intercepted(what, on, {
    ...call,
    act: `exec perl -e 'sleep shift; exec @ARGV' ${seconds} "$real" "$@"`,
    tried: `timeout 1 ${call.tried}`,
    looks: /exit 124$/,
  });

/** oned dies at the moment of a call of one of its commands, if `given` succeeds besides; it is started again by the repair. */
export const onedDiesAt = (what: string, { given = 'true', ...call }: Call & { given?: string }): Fault => {
  const act = `if ${given}; then pkill -f '[o]ned.ts'; while pgrep -f '[o]ned.ts' > /dev/null; do sleep 0.02; done; fi`;
  const fault = intercepted(what, 'frontend01', { ...call, act, looks: /Failed to open TCP connection/ });
  // The look has killed it, too.
  return { ...andThen(fault, revive), isBroken: (lab) => fault.isBroken(lab).finally(() => revive(lab)) };
};

/** oned runs again. */
export async function revive(lab: Lab): Promise<void> {
  if ((await lab.processes('frontend01', 'oned')).length > 0) return;
  await lab.start('frontend01', 'oned');
  await lab.capacityKnown();
}

/** The SSH server of backup01 drops all connections at the moment of a call there. */
export const cutAt = (what: string, call: Call): Fault => ({
  ...intercepted(what, 'backup01', { ...call, act: "pkill -9 -f '[s]shd.*: oneadmin'", looks: /^$/ }),
  isBroken: async (lab) => /onnection.* closed|Broken pipe/.test((await login(lab, 'frontend01', 'backup01', call.tried)).stderr),
});

/** What arrives on backup01 by rsync, such as a backup, is changed before anybody looks, in its directory; `looks` succeeds there then. */
export const arriving = (what: string, { script, looks }: { script: string; looks: string }): Fault =>
  program(what, 'backup01', {
    name: 'rsync',
    script: `case "$*" in *--server*) ;; *) exec $real "$@" ;; esac
case "$*" in *--sender*) exec $real "$@" ;; esac
# A trial, by -n, brings nothing.
case $2 in -*n*e.*) exec $real "$@" ;; esac
$real "$@" || exit
for to; do :; done
cd "$to" || exit
${script}`,
    looks: async (lab) => {
      const send = `rm -rf /tmp/sent; mkdir -p /tmp/sent; cd /tmp/sent; for number in 0 1; do
        qemu-img create -q -f qcow2 disk.0.$number 256M; qemu-io -f qcow2 -c 'write -q -P 0x5a 0 4M' disk.0.$number; done
        echo '<VM><ID>7</ID></VM>' | base64 > vm.xml; rsync -a /tmp/sent/ backup01.example.net:/var/tmp/arrived/; rm -r /tmp/sent`;
      await sh(lab, 'frontend01', send);
      const { exitCode } = await login(lab, 'frontend01', 'backup01', `cd /var/tmp/arrived && { ${looks}; }`);
      await sh(lab, 'backup01', 'rm -r /var/tmp/arrived');
      return exitCode === 0;
    },
  });

/** qemu-img on a hypervisor makes an empty disk where it is to stage one for a backup. */
export const blankOn = (host: string): Fault =>
  intercepted(`qemu-img on ${host} makes an empty disk of each that it converts`, host, {
    of: 'qemu-img',
    when: 'convert*',
    tried: 'cd /tmp; qemu-img create -q -f qcow2 small 1M; qemu-img convert -O qcow2 small large; qemu-img info large; rm small large',
    act: 'for to; do :; done\nexec $real create -q -f qcow2 "$to" 256M',
    looks: /virtual size: 256 MiB/,
  });
