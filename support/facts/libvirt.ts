/** libvirt on a host, as the driver connects to it; and what runs the driver's commands under limits there. */
import { answerTo, expand, type Probe, type Survey } from '../machines/survey.ts';
import { isLate, isNotFound } from '../machines/timeout.ts';
import { firstLine } from '../machines/words.ts';
import type { Datastore } from '../opennebula/pools.ts';
import { text } from '../opennebula/xml.ts';
import type { Evidence, Looked } from '../outcome/evidence.ts';
import { type Broken, brokenOf, brokenPrograms, missingOf, missingPrograms, type Program, program } from './programs.ts';
import { compareVersions } from './release.ts';
import { readWanted, wantedProbe } from './storage.ts';

/** What libvirt is like to the account that OpenNebula runs as. `said`: why it does not answer. `unasked`: virsh itself is missing, or does not run. */
export type Libvirt =
  | { readonly state: 'answers'; readonly version: string }
  | { readonly state: 'refuses'; readonly said: string }
  | { readonly state: 'unasked' };

/** Where the driver connects to, if not to qemu:///system. Source: OpenNebula 7.4.0, src/tm_mad/lib/kvm.rb. */
const KVMRC = '/var/lib/one/remotes/etc/vmm/kvm/kvmrc';

/** What the bash of a survey is to know before libvirtProbe: which libvirt the driver on that host means. */
export const libvirtSetup = String.raw`libvirt=${'$'}{LIBVIRT_URI:-qemu:///system}
if [ -r ${KVMRC} ]; then
  while read -r line; do
    if [[ $line =~ ^(export[[:blank:]]+)?LIBVIRT_URI=[\"\']?([^\"\']+) ]]; then libvirt=${'$'}{BASH_REMATCH[2]}; fi
  done < ${KVMRC}
fi`;

/** Asks libvirt for its version. */
export const libvirtProbe = (deadline: number): Probe => ({
  name: 'libvirt',
  argv: ['virsh', '--connect', expand('"$libvirt"'), 'version', '--daemon'],
  deadline,
  typed: 'virsh --connect qemu:///system version --daemon',
});

/** Reads what libvirtProbe asked; undefined where it is no answer. */
export function readLibvirt({ exitCode, stdout, stderr }: Evidence): Libvirt | undefined {
  if (exitCode === 126 || isNotFound({ exitCode })) return { state: 'unasked' };
  // An old daemon may run on below a library that was upgraded.
  const version = (/^Running against daemon: (\d+(?:\.\d+)+)$/m.exec(stdout) ??
    /^Using library: libvirt (\d+(?:\.\d+)+)$/m.exec(stdout))?.[1];
  if (exitCode === 0) return version === undefined ? undefined : { state: 'answers', version };
  // Its last line tells the cause, the first that there is one.
  const said = stderr.split('\n').flatMap((line) => /^error: (.+)$/.exec(line)?.[1] ?? []);
  return exitCode === 1 ? { state: 'refuses', said: said.join(': ') || firstLine(stderr) || 'exit 1' } : undefined;
}

/** Attributes of a datastore by which the driver runs its commands in a slice of systemd; nice and ionice count where none of them is set. */
const SLICED = ['RSYNC_CPU_QUOTA', 'RSYNC_MEMORY_MAX_MB', 'RSYNC_MAX_RIOPS', 'RSYNC_MAX_WIOPS'];
/** Earlier drivers do not know RSYNC_MEMORY_MAX_MB. */
const MEMORY_SINCE = '7.0';

/** What the saved attributes of a datastore need on hosts. Source: OpenNebula 7.4.0, src/tm_mad/lib/datastore.rb, cmd_confinement. */
export interface Confinement {
  /** The attributes that are set. */
  readonly attributes: readonly string[];
  readonly programs: readonly Program[];
  /** systemd's manager of the account must answer. */
  readonly bus: boolean;
  /** How the driver begins a command that is not to run in a slice; empty where it does, or where what is saved is no number. */
  readonly polite: readonly string[];
}

/** A number as Ruby's Integer reads it, which the driver stumbles over otherwise: 08 is none, 010 is 8. */
export function rubyInteger(value: string): number | undefined {
  const [, sign = '', digits = ''] = /^\s*([+-]?)(0x[\da-f]+|0b[01]+|0o?[0-7]+|0|[1-9](?:_?\d)*)\s*$/i.exec(value) ?? [];
  if (digits === '') return undefined;
  const number = Number(digits.replaceAll('_', '').replace(/^0o?(?=[0-7])/i, '0o'));
  return sign === '-' ? -number : number;
}

/** The saved limits that are no numbers. Of those of priority the driver reads the first only where there is no slice, so `sure` depends. */
export function numberlessOf(datastore: Datastore, release: string | undefined): { sure: string[]; unsure: string[] } {
  const { attributes, bus } = confinementOf(datastore, release);
  const wrong = (names: readonly string[]) =>
    names.flatMap((name) =>
      rubyInteger(text(datastore.template, name)) === undefined ? [`${name} is “${text(datastore.template, name)}”`] : [],
    );
  const priorities = nice.map(({ step }) => step).filter((name) => text(datastore.template, name) !== '');
  return { sure: wrong(attributes), unsure: bus ? wrong(priorities) : [] };
}

export function confinementOf(datastore: Datastore | undefined, release: string | undefined): Confinement {
  const isSet = (attribute: string) => !['', '-1'].includes(text(datastore?.template, attribute));
  const isOld = release !== undefined && compareVersions(release, MEMORY_SINCE) < 0;
  const sliced = SLICED.filter((attribute) => isSet(attribute) && !(isOld && attribute === 'RSYNC_MEMORY_MAX_MB'));
  if (sliced.length > 0) return { attributes: sliced, programs: slice, bus: true, polite: [] };
  const polite = nice.filter(({ step }) => isSet(step));
  const words = polite.map(({ name, step }) => {
    const number = rubyInteger(text(datastore?.template, step));
    return number === undefined ? undefined : [name, ...(name === 'ionice' ? ['-c2'] : []), '-n', String(number)];
  });
  const isTold = words.every((each) => each !== undefined);
  return { attributes: polite.map(({ step }) => step), programs: polite, bus: false, polite: isTold ? words.flat() : [] };
}

const nice = [program('nice', 'coreutils', 'RSYNC_NICE'), program('ionice', 'util-linux', 'RSYNC_IONICE')];
const slice = [
  program('systemctl', 'systemd', 'the slice'),
  program('systemd-run', 'systemd', 'the commands in it'),
  program('flock', 'util-linux', 'its lock'),
];

/** Begins a command that does nothing as the driver begins its own: what a priority may be is the kernel's matter. */
export const politeProbe = (words: readonly string[], deadline: number): Probe => ({
  name: 'polite',
  argv: [words[0] ?? 'true', ...words.slice(1), 'true'],
  deadline,
});

/** Where the driver writes the slice, below the account's home. Source: OpenNebula 7.4.0, src/tm_mad/lib/datastore.rb. */
const UNITS = '.config/systemd/user';

/** Asks whether the slice could be written. */
export function unitsProbe(deadline: number): Probe {
  const probe = wantedProbe('units', `~/${UNITS}`, deadline);
  return { ...probe, argv: ['bash', ...probe.argv.slice(1, -1), expand(`~/${UNITS}`)], typed: `ls -ld ~/${UNITS}` };
}

/** Reads what unitsProbe asked: what is in the way, an empty text where nothing is. */
export function readUnits(answer: Evidence): string | undefined {
  const wanted = readWanted(answer, UNITS);
  if (!wanted) return undefined;
  const { there, is, usable } = wanted;
  if (is !== 'directory') return `${there} is ${is === 'no directory' ? is : 'a symbolic link to nothing'}`;
  return usable ? '' : `${there} cannot be written and entered`;
}

/** Asks systemd's manager of the account, which the driver starts its commands by. */
export const busProbe = (deadline: number): Probe => ({
  name: 'user-bus',
  argv: ['systemctl', '--user', 'show', '--property=Version'],
  deadline,
});

/** Reads what busProbe asked: what it said where it does not answer, an empty text where it does. */
export function readBus({ exitCode, stderr }: Evidence): string | undefined {
  if (exitCode === 0) return '';
  return exitCode === 1 ? firstLine(stderr) || 'exit 1' : undefined;
}

/** What keeps the driver's commands from running under limits. */
export interface Confined {
  readonly missing: readonly Program[];
  /** Those that are there, and do not run. */
  readonly broken?: readonly Broken[];
  /** What systemd's manager of the account said where it does not answer. */
  readonly bus?: string;
  /** Why a slice cannot be written there. */
  readonly units?: string;
  /** What nice or ionice said to the saved priority. */
  readonly refused?: string;
}

/** Asks what the limits need. */
export const confinementProbes = ({ programs, bus, polite }: Confinement, deadline: number): Probe[] => [
  ...(programs.length > 0 ? [missingPrograms(programs, 'confinement'), brokenPrograms(programs, deadline, 'confinement-broken')] : []),
  ...(bus ? [unitsProbe(deadline), busProbe(deadline)] : []),
  ...(polite.length > 0 ? [politeProbe(polite, deadline)] : []),
];

/** What a machine lacks of what they need. */
export function confined(told: Survey, { programs, bus, polite }: Confinement): Looked<Confined> {
  if (programs.length === 0) return { value: { missing: [] }, evidence: [] };
  const missing = missingOf(told, programs, 'confinement');
  if ('fault' in missing || missing.value.length > 0)
    return 'fault' in missing ? missing : { value: { missing: missing.value }, evidence: missing.evidence };
  const broken = brokenOf(told, programs, ['confinement', 'confinement-broken']);
  if ('fault' in broken || broken.value.length > 0)
    return 'fault' in broken ? broken : { value: { missing: [], broken: broken.value }, evidence: broken.evidence };
  const asked = {
    ...(bus && { units: answerTo(told, 'units', readUnits), bus: answerTo(told, 'user-bus', readBus) }),
    ...(polite.length > 0 && { refused: answerTo(told, 'polite', readPolite) }),
  };
  const evidence = [missing, broken, ...Object.values(asked)].flatMap((each) => each.evidence);
  const unread = Object.values(asked).find((each) => 'fault' in each);
  if (unread && 'fault' in unread) return { ...unread, evidence };
  const said = Object.entries(asked).flatMap(([name, each]) => ('value' in each && each.value !== '' ? [[name, each.value]] : []));
  return { value: { missing: [], ...Object.fromEntries(said) }, evidence };
}

/** What nice or ionice said where it does not run a command so; an empty text where it does. */
function readPolite(answer: Evidence): string | undefined {
  if (answer.exitCode === 0) return '';
  return isLate(answer) ? undefined : firstLine(answer.stderr) || `exit ${answer.exitCode}`;
}
