import { addedToRsync } from '../machines/added.ts';
import { BUSY, cutOff, loginTo, setRemoteShell, spoken, wasLetIn } from '../machines/openssh.ts';
import { quote } from '../machines/quote.ts';
import type { Failure, Hop, Shell } from '../machines/shell.ts';
import { answerTo, expand, type Probe, type Survey, survey } from '../machines/survey.ts';
import { isLate } from '../machines/timeout.ts';
import { firstLine } from '../machines/words.ts';
import type { Host } from '../opennebula/pools.ts';
import { readRsyncArgs, STOCK_ARGS } from '../opennebula/rsync-args.ts';
import type { Evidence, Looked } from '../outcome/evidence.ts';
import type { Subject } from '../outcome/subject.ts';
import type { Site } from '../site/schema.ts';
import {
  busProbe,
  type Confinement,
  type Libvirt,
  libvirtProbe,
  libvirtSetup,
  politeProbe,
  readBus,
  readLibvirt,
  readUnits,
  unitsProbe,
} from './libvirt.ts';
import { type Login, mostFrequent, readLogin } from './login.ts';
import {
  type Broken,
  brokenOf,
  brokenPrograms,
  hostPrograms,
  type Installed,
  installed,
  missingOf,
  missingPrograms,
  type Program,
  versionProbes,
} from './programs.ts';
import { type Differences, differencesProbe, readDifferences, type Scripts, scriptsSetup } from './scripts.ts';
import { readSpace, type Space, spaceProbe } from './space.ts';
import { type Folders, type foldersOf, foldersProbe, readFolders } from './staging.ts';

/** What a hypervisor host says, asked the way OpenNebula's driver reaches it. */
export interface HostFacts {
  readonly host: Host;
  /** Why the host itself could not be asked. */
  readonly failure?: Failure;
  /** The whole conversation. */
  readonly asked: readonly Evidence[];
  /** What the login itself prints on stdout. */
  readonly noise: string;
  /** Its login to the backup server, through the forwarded agent; undefined when it did not come so far. */
  readonly login?: Login;
  /** The same, asking for a host key of the type that other machines are shown; where it was shown one of another type. */
  readonly comparedLogin?: Login;
  /** The same by the name that OpenNebula has saved, where that is not the declared one. */
  readonly savedLogin?: Login;
  /** The rsync that the driver starts, told to change nothing. */
  readonly handshake: Looked<Handshake>;
  /** What the plain login found behind the door; undefined where none was needed. */
  readonly behind?: Behind;
  /** It is lent an agent of the front-end's. */
  readonly lent: Looked<boolean>;
  readonly rsync: Looked<Installed>;
  readonly qemuImg: Looked<Installed>;
  /** Those of hostPrograms that it does not have. */
  readonly missing: Looked<readonly Program[]>;
  /** Those that it has, and that do not run. */
  readonly broken: Looked<readonly Broken[]>;
  /** How the driver's scripts there are other than the front-end's. */
  readonly scripts: Looked<Differences | 'absent'>;
  readonly libvirt: Looked<Libvirt>;
  /** The datastore's saved attributes that limit what the driver runs there. */
  readonly limits: readonly string[];
  /** What it lacks of what they need. */
  readonly confinement: Looked<Confined>;
  /** Where it stages a backup, at least one. */
  readonly staging: Looked<readonly Space[]>;
  /** The folders of the virtual machines on it, as places to stage. */
  readonly folders: Looked<Folders>;
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

/** Why a host is not asked; undefined where it is. One that is OFFLINE is, as long as virtual machines are on it: they are backed up. */
export function leftOut({ name, state, vmMad, vms }: Host): string | undefined {
  // Names are free in oned.conf: kvm_prod is kvm.
  if (!/^$|^(kvm|qemu)/i.test(vmMad)) return `${name} runs its virtual machines by ${vmMad}: backups need libvirt (VM_MAD kvm or qemu).`;
  return state === 'off' && vms.length === 0 ? `${name} is OFFLINE in OpenNebula, and no virtual machine is on it.` : undefined;
}

/** A host as what is judged. */
export const subjectOf = ({ id, name }: Host): Subject => ({ kind: 'host', name, id });

/**
 * What rsync on a host came to at the backup server. answered: `absent`, it would have to make the datastore's directory; `copies`, whether it
 * would copy a file, unknown where it was told to say nothing; `waited`, it had to wait for another one. greeted: something else spoke
 * first. pretended: it ended well, and nobody logged in. refused: its arguments were; with those of a stock OpenNebula it is answered. cut: it heard no
 * answer, for a reason that says nothing of the machines.
 */
export type Handshake =
  | { readonly state: 'answered'; readonly absent: boolean; readonly copies?: boolean; readonly waited: boolean }
  | { readonly state: 'greeted' | 'pretended' | 'refused' | 'unanswered' | 'cut'; readonly said: string; readonly command: string };

/** What a plain login to the backup server comes to: whether its commands are run, and rsync runs there. */
export interface Behind {
  readonly runs: boolean;
  readonly rsync: boolean;
}

/** The type of host key by which machines are compared: what the front-end is shown, or most hosts are. */
export function commonType(server: { readonly login: Login }, hosts: readonly Pick<HostFacts, 'login'>[]): string | undefined {
  return server.login.hostKey?.type ?? mostFrequent(hosts.flatMap(({ login }) => login?.hostKey?.type ?? []));
}

/** A directory that every Linux has, with some files and nothing below: what rsync is told that it would copy. */
const SOURCE = '/proc/sys/kernel/random/';
const COPIED = /(^| )boot_id$/m;
/** How rsync ends its account of what it did. Nothing but the other side's rsync has it come so far. */
const TALKED = /^sent \S+ bytes {2}received \S+ bytes /m;

const LOOK_BEHIND = 'echo runs && rsync --version > /dev/null 2>&1 && echo rsync';
const RUNS = /^runs$/m;

/** What OpenNebula has saved, as far as a host's transfers go by it. */
export interface Saved {
  /** The server, where it is another one than declared. */
  readonly saved?: string | undefined;
  /** RSYNC_ARGS; undefined where there is none, which is not the same as empty. */
  readonly args?: string | undefined;
  /** The datastore's own directory on the backup server. */
  readonly own: string;
}

/** What a survey of a host must know. */
export interface Asking extends Saved {
  /** The directories of its system datastores. */
  readonly staging: readonly string[];
  readonly folders: ReturnType<typeof foldersOf>;
  /** The front-end's scripts, if it told them, and the folder that they are brought to. */
  readonly scripts: { readonly folder: string; readonly are?: Scripts | undefined };
  readonly confinement: Confinement;
  /** The driver looks for programs in /usr/sbin, too. */
  readonly sbin: boolean;
}

/** Asks a host by one script: it starts the rsync that the driver starts, with -n. */
export async function surveyHost(
  shell: Shell,
  host: Host,
  site: Site,
  { staging, folders, saved, args, own, scripts, confinement, sbin }: Asking,
): Promise<HostFacts> {
  const { rsync_user: user, rsync_host: server } = site.datastore;
  const { connect: connectTimeout, command: deadline } = site.deadlines;
  const handshake = connectTimeout + Math.min(15, deadline);
  const way: Hop = { host: server, user, connectTimeout };
  const rsyncProbe = (name: string, words: readonly string[], more: Partial<Probe> = {}): Probe => {
    const options = [...addedToRsync.flatMap((each) => each.words), ...words];
    const ends = [SOURCE, `${user}@${server}:${own}/`];
    return {
      name,
      argv: ['rsync', ...options, '-e', expand('"$rsh"'), ...ends],
      deadline: handshake,
      login: true,
      typed: `rsync ${quote([...options, '-e', 'ssh -o BatchMode=yes', ...ends])}`,
      ...more,
    };
  };
  const loginProbe = (name: string, to: Hop, when: string): Probe => ({
    name,
    when,
    argv: loginTo(to, LOOK_BEHIND),
    deadline: connectTimeout + 5,
    login: true,
    typed: `ssh -o BatchMode=yes -l ${user} ${to.host} ${quote([LOOK_BEHIND])}`,
  });
  const isStock = args === undefined || args.trim() === STOCK_ARGS;
  // A handshake that waited in vain has told enough; asking again would cost the same wait.
  const inTime = `[ $((SECONDS - began)) -lt ${connectTimeout} ]`;
  const stages = folders.base !== undefined || folders.folders.length > 0;
  const probes: Probe[] = [
    ...versionProbes(deadline),
    missingPrograms(hostPrograms),
    spaceProbe('staging', staging, deadline),
    ...(stages ? [foldersProbe(folders, deadline)] : []),
    { name: 'lent', argv: ['inline', 'if [ -S "$SSH_AUTH_SOCK" ]; then echo yes; else echo no; fi'], typed: 'echo $SSH_AUTH_SOCK' },
    rsyncProbe('handshake', readRsyncArgs(args ?? STOCK_ARGS).run),
    // 255 is what ssh ends with: then it is not the arguments.
    ...(isStock ? [] : [rsyncProbe('stock', [STOCK_ARGS], { when: `[ $code != 0 ] && [ $code != 255 ] && ${inTime}` })]),
    // A connection that stood already shows no host key.
    loginProbe('login', way, `{ [ $code != 0 ] || [[ $out != *received* ]] || [ -S "$socket" ]; } && ${inTime}`),
    ...(saved === undefined ? [] : [loginProbe('saved', { ...way, host: saved }, '[ $code = 0 ]')]),
    ...(scripts.are ? [differencesProbe(scripts.folder, deadline)] : []),
    ...(confinement.programs.length > 0
      ? [missingPrograms(confinement.programs, 'confinement'), brokenPrograms(confinement.programs, deadline, 'confinement-broken')]
      : []),
    ...(confinement.bus ? [unitsProbe(deadline), busProbe(deadline)] : []),
    ...(confinement.polite.length > 0 ? [politeProbe(confinement.polite, deadline)] : []),
    brokenPrograms(hostPrograms, deadline),
    // What may wait for a daemon comes last.
    libvirtProbe(deadline),
  ];
  const told = await survey(shell, probes, {
    deadline: handshake * (isStock ? 1 : 2) + connectTimeout * (saved === undefined ? 1 : 2) + deadline * 2,
    // The driver leaves it to rsync what to log in with.
    setup: [setRemoteShell(way), libvirtSetup, scripts.are && scriptsSetup(scripts.are), 'began=$SECONDS'].filter(Boolean).join('\n'),
    sbin,
  });
  const login = (question: string, to: string, proof: RegExp) => {
    const answer = told.answers.get(question);
    return answer && readLogin(host.name, to, answer, proof);
  };
  const [byRsync, byStock, plain] = [login('handshake', server, TALKED), login('stock', server, TALKED), login('login', server, RUNS)];
  const savedLogin = saved === undefined ? undefined : login('saved', saved, RUNS);
  const read = answerTo(told, 'handshake', (answer) =>
    readHandshake(answer, { stock: told.answers.get('stock'), plain: told.answers.get('login'), login: byRsync }),
  );
  // The handshake tells; where it did not get in, what was tried after it has the last word.
  const logins = [byRsync, byStock, plain].filter((each) => each !== undefined);
  const { failure, ...last } = logins.at(-1) ?? {};
  const isIn = 'value' in read && read.value.state === 'answered';
  const evidence = logins.flatMap((each) => each.evidence);
  const whole = logins.length === 0 ? undefined : { from: host.name, to: server, ...last, ...(failure && !isIn && { failure }), evidence };
  const behind = told.answers.get('login')?.stdout;
  return {
    host,
    asked: [told.asked],
    noise: told.noise,
    ...(told.failure && { failure: told.failure }),
    ...(whole && { login: whole }),
    ...(savedLogin && { savedLogin }),
    handshake: { ...read, ...(whole && { evidence: whole.evidence }) },
    ...(behind !== undefined && { behind: { runs: RUNS.test(behind), rsync: /^rsync$/m.test(behind) } }),
    lent: answerTo(told, 'lent', ({ stdout }) => stdout === 'yes'),
    rsync: installed(told, 'rsync', deadline),
    qemuImg: installed(told, 'qemu-img', deadline),
    missing: missingOf(told, hostPrograms),
    broken: brokenOf(told, hostPrograms),
    scripts: answerTo(told, 'scripts', readDifferences),
    libvirt: answerTo(told, 'libvirt', readLibvirt),
    limits: confinement.attributes,
    confinement: confined(told, confinement),
    staging: answerTo(told, 'staging', (answer) => {
      const spaces = readSpace(answer);
      return spaces?.length ? spaces : undefined;
    }),
    folders: stages ? answerTo(told, 'folders', readFolders) : { value: { obstacles: [], volumes: [] }, evidence: [] },
  };
}

function confined(told: Survey, { programs, bus, polite }: Confinement): Looked<Confined> {
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

/** Some files could not be looked at, or vanished meanwhile: rsync(1), EXIT VALUES 23, 24. */
const isAnswered = ({ exitCode, stdout, stderr }: Evidence): boolean =>
  (exitCode === 0 && wasLetIn(stderr)) || ([0, 23, 24].includes(exitCode ?? -1) && TALKED.test(stdout));

function readHandshake(
  answer: Evidence,
  { stock, plain, login }: { stock: Evidence | undefined; plain: Evidence | undefined; login: Login | undefined },
): Handshake {
  const { exitCode, stdout, stderr, command, seconds } = answer;
  if (isAnswered(answer))
    return {
      state: 'answered',
      absent: /^created directory /m.test(stdout),
      ...(TALKED.test(stdout) && { copies: COPIED.test(stdout) }),
      waited: stderr.includes(BUSY),
    };
  const said = firstLine(spoken(stderr)) || `exit ${exitCode}`;
  if (/is your shell clean/.test(stderr)) return { state: 'greeted', said, command };
  if (exitCode === 0) return { state: 'pretended', said: firstLine(stdout) || 'nothing', command };
  if (stock && isAnswered(stock)) return { state: 'refused', said, command };
  // rsync may be gone before ssh can say so; the plain login after it says it, too.
  const cut = [answer, plain].map((each) => each && cutOff(each.stderr)?.message).find((message) => message !== undefined);
  // Its own login may be lost on the way, though the plain one after it is not.
  const shut = login?.failure;
  const lost = shut?.kind === 'lost' || shut?.kind === 'silent' ? shut.message : undefined;
  const busy = stderr.includes(BUSY) ? firstLine(spoken(stderr)) : undefined;
  const untold = cut ?? busy ?? (isLate(answer) ? `no answer within ${Math.round(seconds)} s` : lost);
  return untold === undefined ? { state: 'unanswered', said, command } : { state: 'cut', said: untold, command };
}
