/** Bridge hosts: BRIDGE_LIST has them send the backups in place of the hypervisors. */
import { type Hop, MiB, type Shell } from '../machines/shell.ts';
import { type Probe, survey } from '../machines/survey.ts';
import type { Host } from '../opennebula/pools.ts';
import { namesOfBridges, savedOf } from '../opennebula/template.ts';
import type { Looked } from '../outcome/evidence.ts';
import { isNamed, type Subject } from '../outcome/subject.ts';
import type { Site } from '../site/schema.ts';
import { type FrontendFacts, registeredDatastore, releaseOf } from './frontend.ts';
import { subjectOf } from './host.ts';
import { type Confined, type Confinement, confined, confinementProbes } from './libvirt.ts';
import { type Login, readLogin } from './login.ts';
import {
  type Broken,
  bridgePrograms,
  brokenOf,
  brokenPrograms,
  installed,
  missingOf,
  missingPrograms,
  type Program,
  versionProbe,
} from './programs.ts';
import { sendsByBridges } from './release.ts';
import { answerOf, fitting, type Shared, sharedIn, sharedProbes } from './shared.ts';
import { foldersOf } from './staging.ts';
import { isLookedUp, loginProbe, readTransfer, type Saved, type Sender, transferOf } from './transfer.ts';

/** What a bridge host says, asked the way OpenNebula's driver reaches it. */
export interface BridgeFacts extends Sender {
  /** Its login to the front-end; undefined when it did not come so far. */
  readonly back?: Login;
  /** What the machine that let it in calls itself. */
  readonly backAt?: string;
  /** Those of bridgePrograms that it does not have. */
  readonly missing: Looked<readonly Program[]>;
  /** Those that it has, and that do not run. */
  readonly broken: Looked<readonly Broken[]>;
  /** The datastore's saved attributes that limit what the driver runs there. */
  readonly limits: readonly string[];
  /** What it lacks of what they need. */
  readonly confinement: Looked<Confined>;
  /** What it has where hosts have folders of VMs. */
  readonly shared: Looked<Shared>;
  /** What hosts, by their ids, still had of what a bridge host lacks. They are asked after the bridge hosts. */
  readonly still?: ReadonlyMap<string, Looked<Shared>>;
}

type Known = { readonly frontend: Pick<FrontendFacts, 'datastores' | 'hosts'>; readonly site: Site };

/** BRIDGE_LIST as it is saved, split at blanks as in Datastore::bridge; empty where there is none. An account before a name is left out where it is OpenNebula's own. */
export function savedBridges(known: Known): readonly string[] {
  const datastore = registeredDatastore(known);
  const [list = ''] = datastore ? savedOf(datastore, 'BRIDGE_LIST') : [];
  return namesOfBridges(list, known.site.account);
}

/** The same where the release's rsync driver goes by it. */
export const bridgesOf = (known: Known): readonly string[] => (sendsByBridges(releaseOf(known.frontend)) ? savedBridges(known) : []);

/** The bridge host that sends a VM's backups; undefined where there are none. Source: OpenNebula 7.4.0, src/datastore/Datastore.cc. */
export function bridgeFor(known: Known, vm: string): Subject | undefined {
  const bridges = bridgesOf(known);
  const name = bridges[Number(vm) % bridges.length];
  return name === undefined ? undefined : bridgeSubject(name, known);
}

/** A bridge host as what is judged: it may be a hypervisor, too. */
export function bridgeSubject(name: string, { frontend: { hosts } }: Known): Subject {
  const listed: readonly Host[] = 'value' in hosts ? hosts.value : [];
  const host = listed.find((each) => isNamed(each.name, name));
  return host ? subjectOf(host) : { kind: 'machine', name };
}

/** What is compared of a host with what bridge hosts have there: where it stages backups, if that is set, else the folders of all VMs on it: each may be a link. */
export function comparedOn(told: Parameters<typeof foldersOf>[0], host: Host): readonly string[] {
  const { base, folders } = foldersOf(told, host);
  return base === undefined ? folders : [base];
}

/** A name that ssh may be given. */
export const isName = (name: string): boolean => /^[A-Za-z0-9][\w.:-]*$/.test(name);

/** What a survey of a bridge host must know. */
export interface AskingBridge extends Saved {
  /** The front-end, as it calls itself. */
  readonly frontend: string;
  readonly compared: readonly string[];
  readonly confinement: Confinement;
  /** The driver looks for programs in /usr/sbin, too. */
  readonly sbin: boolean;
}

const LOOK_BACK = 'hostname -f';

/** Asks a bridge host by one script. */
export async function surveyBridge(
  shell: Shell,
  subject: Subject,
  site: Site,
  { saved, args, own, frontend, compared: all, confinement, sbin }: AskingBridge,
): Promise<BridgeFacts> {
  const compared = fitting(all);
  const { command: deadline, connect: connectTimeout } = site.deadlines;
  const lookedUp = isLookedUp(confinement);
  const transfer = transferOf(site, { saved, args, own }, lookedUp);
  const back: Hop = { host: frontend, user: site.account, connectTimeout };
  const probes: Probe[] = [
    versionProbe('rsync', ['rsync'], deadline, lookedUp),
    missingPrograms(bridgePrograms),
    ...transfer.probes,
    ...(isName(frontend) ? [loginProbe('back', back, LOOK_BACK)] : []),
    ...confinementProbes(confinement, deadline),
    brokenPrograms(bridgePrograms, deadline),
    // What may wait for storage comes last.
    ...sharedProbes(compared, deadline),
  ];
  const told = await survey(shell, probes, {
    deadline: transfer.deadline + connectTimeout + 5 + deadline * 2,
    cap: MiB + answerOf(compared),
    setup: transfer.setup,
    sbin,
  });
  const answer = told.answers.get('back');
  // Whatever is printed there, somebody was let in.
  const login = answer && readLogin(subject.name, frontend, answer, /\S/);
  const backAt = answer?.stdout.trim().split('\n').at(-1) ?? '';
  return {
    subject,
    asked: [told.asked],
    noise: told.noise,
    ...(told.failure && { failure: told.failure }),
    ...readTransfer(told, subject.name, transfer),
    ...(login && { back: login }),
    ...(backAt !== '' && { backAt }),
    rsync: installed(told, 'rsync', deadline),
    missing: missingOf(told, bridgePrograms),
    broken: brokenOf(told, bridgePrograms),
    limits: confinement.attributes,
    confinement: confined(told, confinement),
    shared: sharedIn(told, compared),
  };
}
