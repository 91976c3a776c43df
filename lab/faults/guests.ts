/** Faults of what a gate starts: of the domain on its host, and of what libvirt and its guest say. */
import { type Fault, type Looks, prints, sh } from './fault.ts';
import { program } from './programs.ts';

const DOMAIN = '/run/libvirt/qemu/fault-domain.xml';

/** virsh on a host does something else first at some calls; `looks` is a call to see it by, of a domain that was created, and how that ends. */
export const libvirt = (
  what: string,
  on: string,
  { when, act, looks }: { when: string; act: string; looks: readonly [string, RegExp] },
): Fault =>
  program(what, on, { name: 'virsh', script: `case "$*" in ${when})\n${act}\n;; esac\nexec $real "$@"`, looks: created(on, ...looks) });

const created =
  (on: string, command: string, words: RegExp): Looks =>
  async (lab) => {
    await sh(
      lab,
      on,
      `mkdir -p ${DOMAIN.replace(/\/[^/]*$/, '')}; echo '<domain><name>fault-domain</name></domain>' > /tmp/domain; virsh create /tmp/domain > /dev/null || true`,
    );
    try {
      return await prints(on, `{ ${command.replaceAll('DOMAIN', 'fault-domain')}\n} 2>&1`, words)(lab);
    } finally {
      await sh(lab, on, `rm -f ${DOMAIN} /tmp/domain`);
    }
  };

export const guests = {
  'restored-vm-dies': {
    ...libvirt('what is started on kvm01 ends by itself a few seconds later', 'kvm01', {
      when: '*\\ create\\ *|create\\ *',
      act: '"$real" "$@" || exit; name=$(sed -n "s/.*<name>\\(.*\\)<.name>.*/\\1/p" "${!#}"); (sleep 4; rm -f /run/libvirt/qemu/$name.xml) > /dev/null 2>&1 & exit 0',
      looks: ['sleep 5; virsh domstate DOMAIN', /failed to get domain/],
    }),
    profile: 'gate',
  },
  'canary-fails-on-host': {
    ...libvirt('libvirt on kvm02 starts no domain', 'kvm02', {
      when: '*\\ create\\ *|create\\ *',
      act: 'echo "error: internal error: process exited while connecting to monitor" >&2; exit 1',
      looks: ['virsh create /tmp/domain', /exited while connecting to monitor\n*exit 1$/],
    }),
    profile: 'gate',
  },
} satisfies Record<string, Fault>;
