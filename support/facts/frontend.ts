import { destinationOf, ownSettings } from '../machines/openssh.ts';
import { quote } from '../machines/quote.ts';
import { type Failure, MiB, type Shell } from '../machines/shell.ts';
import { answerTo, type Probe, survey } from '../machines/survey.ts';
import { IN_TIME, isLate, isNotFound } from '../machines/timeout.ts';
import { inQuotes } from '../machines/words.ts';
import { readAnswer } from '../opennebula/ask.ts';
import { keptOf } from '../opennebula/kept.ts';
import { hasManyMachines, lookAtManyMachines, SLOW } from '../opennebula/pages.ts';
import {
  type Datastore,
  type Host,
  type ListedVirtualMachine,
  parseDatastores,
  parseHosts,
  parseVirtualMachines,
} from '../opennebula/pools.ts';
import type { User } from '../opennebula/quota.ts';
import { whoAsks } from '../opennebula/xmlrpc.ts';
import type { Evidence, Looked } from '../outcome/evidence.ts';
import type { Site } from '../site/schema.ts';
import { type Broken, brokenOf, brokenPrograms, frontendPrograms, missingOf, missingPrograms, type Program } from './programs.ts';
import { compareVersions } from './release.ts';
import { placesProbe, readPlaces, readScripts, type Scripts, type Settings, scriptsProbe } from './scripts.ts';
import { localCommandProbe } from './transfer.ts';

/** What the front-end says of itself and of the cloud. */
export interface FrontendFacts {
  /** Its own full name; the one we know where it did not say. */
  readonly name: string;
  /** The account we look as; empty when it did not say. */
  readonly account: string;
  /** Why it could not be asked. */
  readonly failure?: Failure;
  /** The whole conversation; of OpenNebula's pools what is judged. */
  readonly asked: readonly Evidence[];
  readonly hosts: Looked<readonly Host[]>;
  readonly datastores: Looked<readonly Datastore[]>;
  readonly virtualMachines: Looked<readonly ListedVirtualMachine[]>;
  /** Its clock when it was asked, seconds since the epoch. */
  readonly now: Looked<number>;
  /** As whom OpenNebula is asked: all others but administrators see a part of it. */
  readonly user: Looked<User>;
  /** OpenNebula's SSH agent. */
  readonly agent: Looked<Agent>;
  /** Those of frontendPrograms that it does not have. */
  readonly missing: Looked<readonly Program[]>;
  /** Those that it has, and that do not run. */
  readonly broken: Looked<readonly Broken[]>;
  readonly settings: Looked<Settings>;
  /** The driver's scripts as OpenNebula brings them to hosts. */
  readonly scripts: Looked<Scripts>;
  /** What its ssh runs there after a login to the backup server; empty where it is nothing, or not told. */
  readonly localCommand: string;
}

/** An SSH agent: one with so many keys, one without, or none, and what ssh-add says of that. */
export type Agent =
  | { readonly state: 'keys'; readonly keys: number }
  | { readonly state: 'empty' }
  | { readonly state: 'absent'; readonly said: string };

/** A pool of 3,000 hosts is 14 MB of XML, one of 10,000 VMs 50 MB. */
const poolCap = 256 * MiB;

/** Asks the front-end: two scripts, three calls of OpenNebula's command line, which take 0.4 s each. Many VMs are asked for in pages. */
export async function surveyFrontend(shell: Shell, site: Site): Promise<FrontendFacts> {
  const { ssh_agent_socket: socket, deadlines, datastore } = site;
  const { command: deadline } = deadlines;
  const probes: Probe[] = [
    { name: 'hostname', argv: ['hostname', '-f'], deadline },
    { name: 'account', argv: ['id', '-un'], deadline },
    { name: 'now', argv: ['date', '+%s'], deadline },
    { name: 'agent', argv: ['env', `SSH_AUTH_SOCK=${socket}`, 'ssh-add', '-l'], deadline },
    missingPrograms(frontendPrograms),
    brokenPrograms(frontendPrograms, deadline),
    placesProbe(deadline),
    scriptsProbe(deadline),
    localCommandProbe(datastore.rsync_host),
    // An oned that hangs costs its deadline once.
    { name: 'hosts', argv: ['onehost', 'list', '-x'], deadline },
    { name: 'datastores', argv: ['onedatastore', 'list', '-x'], deadline, when: IN_TIME },
  ];
  const setup = ownSettings(quote(['--', destinationOf({ host: datastore.rsync_host, user: datastore.rsync_user })]), deadlines.connect);
  const told = await survey(shell, probes, { deadline: deadline * (probes.length + 1), cap: poolCap, setup });
  const kept = (answer: Evidence) => keptOf(answer, Object.keys(datastore.template));
  const isPool = (question: string) => ['hosts', 'datastores'].includes(question);
  const shown = new Map([...told.answers].map(([question, answer]) => [question, isPool(question) ? kept(answer) : answer]));
  const asked = shown.size === 0 ? [kept(told.asked)] : [...shown.values()];
  /** What was not reached is shown by what was. */
  const shownBy = <T>(question: string, looked: Looked<T>): Looked<T> => (shown.has(question) ? looked : { ...looked, evidence: asked });
  const pool = <T>(question: string, parse: (xml: string) => T): Looked<T> => {
    const [answer, evidence] = [told.answers.get(question), shown.get(question)];
    if (answer && evidence) return { ...readAnswer(answer, parse), evidence: [evidence] };
    return { fault: told.failure?.message ?? 'the front-end did not get as far as this question', evidence: asked };
  };
  const hosts = pool('hosts', (xml) => parseHosts(xml).toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true })));
  const last = told.answers.get('datastores');
  const unreached = { fault: 'the front-end did not get as far as this question', evidence: asked };
  const isThere = last && !isLate(last);
  const user = isThere ? await whoAsks(shell, deadline) : unreached;
  const virtualMachines = isThere ? await listMachines(shell, hosts, deadline) : unreached;
  return {
    name: told.answers.get('hostname')?.stdout || shell.machine,
    account: told.answers.get('account')?.stdout ?? '',
    ...(told.failure && { failure: told.failure }),
    asked: virtualMachines === unreached ? asked : [...asked, ...virtualMachines.evidence],
    hosts,
    datastores: pool('datastores', parseDatastores),
    virtualMachines,
    user,
    // Nothing at all would read as 0, and no backup was ever overdue in 1970.
    now: shownBy(
      'now',
      answerTo(told, 'now', ({ stdout }) => (/^\d{1,11}$/.test(stdout) ? Number(stdout) : undefined)),
    ),
    agent: readAgent(told.answers.get('agent'), socket, asked),
    missing: shownBy('programs', missingOf(told, frontendPrograms)),
    broken: shownBy('broken', brokenOf(told, frontendPrograms)),
    settings: shownBy('settings', answerTo(told, 'settings', readPlaces)),
    scripts: shownBy('scripts', answerTo(told, 'scripts', readScripts)),
    localCommand: told.answers.get('local-command')?.stdout ?? '',
  };
}

/** All VMs: how many there are is known once the hosts are. */
async function listMachines(shell: Shell, hosts: FrontendFacts['hosts'], deadline: number): Promise<FrontendFacts['virtualMachines']> {
  if (hasManyMachines(hosts)) return lookAtManyMachines(shell, hosts, Math.max(deadline, SLOW));
  const question = 'virtual-machines';
  const probe: Probe = { name: question, argv: ['onevm', 'list', '-x', '--extended'], deadline };
  const told = await survey(shell, [probe], { deadline: deadline + 5, cap: poolCap });
  const answer = told.answers.get(question);
  if (answer) return { ...readAnswer(answer, parseVirtualMachines), evidence: [keptOf(answer)] };
  return { fault: told.failure?.message ?? 'the front-end gave no answer to this question', evidence: [keptOf(told.asked)] };
}

/** Reads `ssh-add -l`, whose exit code is 1 where the agent holds no key. Source: ssh-add(1). */
function readAgent(answer: Evidence | undefined, socket: string, asked: readonly Evidence[]): Looked<Agent> {
  const evidence = answer ? [answer] : asked;
  if (!answer || isLate(answer))
    return { fault: 'no answer to “ssh-add -l” in time', fix: 'Look at the agent: systemctl status opennebula-ssh-agent', evidence };
  const { exitCode, stdout, stderr } = answer;
  if (isNotFound(answer)) return { fault: 'that ssh-add is not on the front-end to ask it', fix: 'Install openssh-client.', evidence };
  if (exitCode === 1) return { value: { state: 'empty' }, evidence };
  if (exitCode !== 0) return { value: { state: 'absent', said: stderr.trim() || `exit ${exitCode}` }, evidence };
  // As OpenSSH of all times lists a key: its size, its fingerprint, whose it is.
  const keys = stdout.split('\n').filter((line) => /^\d+ \S+:\S+ /.test(line)).length;
  if (keys > 0) return { value: { state: 'keys', keys }, evidence };
  const fault = `an answer that names no key: ${inQuotes(stdout)}`;
  return { fault, fix: `Ask it by hand: SSH_AUTH_SOCK=${socket} ssh-add -l`, evidence };
}

type Known = { readonly frontend: Pick<FrontendFacts, 'datastores'>; readonly site: Site };

/** The datastore of the declared name as OpenNebula lists it, whatever its type; undefined where it lists none, or more than one. */
export function declaredDatastore({ frontend: { datastores }, site }: Known): Datastore | undefined {
  const [only, ...others] = 'value' in datastores ? datastores.value.filter(({ name }) => name === site.datastore.name) : [];
  return others.length === 0 ? only : undefined;
}

/** The same if it is an rsync backup datastore. */
export function registeredDatastore(known: Known): Datastore | undefined {
  const datastore = declaredDatastore(known);
  return datastore?.type === 'bck' && datastore.dsMad === 'rsync' ? datastore : undefined;
}

/** OpenNebula's release, as its probes on the hosts tell it: the newest, first of those that are not OFFLINE, which tell an old one. Undefined where none was monitored yet. */
export function releaseOf({ hosts }: Pick<FrontendFacts, 'hosts'>): string | undefined {
  const told = ('value' in hosts ? hosts.value : []).filter(({ version }) => /^\d+(\.\d+)*$/.test(version));
  const inUse = told.filter(({ state }) => state !== 'off');
  const versions = (inUse.length > 0 ? inUse : told).map(({ version }) => version);
  return versions.toSorted(compareVersions).at(-1);
}
