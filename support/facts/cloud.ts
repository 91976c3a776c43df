import { posix } from 'node:path';
import pLimit from 'p-limit';
import { hopFrom } from '../machines/hop.ts';
import { LocalShell } from '../machines/local.ts';
import { quote } from '../machines/quote.ts';
import { RemoteShell } from '../machines/remote.ts';
import { type Command, type Failure, type HoldingShell, type Hop, MiB, type Shell, stopwatch } from '../machines/shell.ts';
import { survey } from '../machines/survey.ts';
import { Turns } from '../machines/turns.ts';
import type { Datastore } from '../opennebula/pools.ts';
import { readRsyncArgs } from '../opennebula/rsync-args.ts';
import { savedOf, tmpDirectoryOf } from '../opennebula/template.ts';
import { text } from '../opennebula/xml.ts';
import type { Looked } from '../outcome/evidence.ts';
import type { Site } from '../site/schema.ts';
import { type BackupServerFacts, type Places, surveyBackupServer } from './backup-server.ts';
import { type Backups, surveyBackups } from './backups.ts';
import { type BridgeFacts, bridgeSubject, bridgesOf, comparedOn, isName, surveyBridge } from './bridge.ts';
import { declaredDatastore, type FrontendFacts, releaseOf, surveyFrontend } from './frontend.ts';
import { type HostFacts, leftOut, surveyHost } from './host.ts';
import { IDENTITY, identityOf } from './identity.ts';
import { confinementOf } from './libvirt.ts';
import { loginOf } from './login.ts';
import { lookAgain, type Missing } from './missing.ts';
import { type Quotas, surveyQuotas } from './quotas.ts';
import { looksInSbin } from './release.ts';
import { type Road, roadOf } from './road.ts';
import { type Schedules, surveySchedules } from './schedules.ts';
import { STOCK_SCRIPTS } from './scripts.ts';
import { answerOf, isAbsent, type Shared, sharedIn, sharedProbes } from './shared.ts';
import { foldersOf, stagingOf } from './staging.ts';
import { commonType, type Saved, type Sender } from './transfer.ts';

/** sshd starts to turn logins away at ten that are not through yet (MaxStartups 10:30:100), and all hosts dial one backup server. */
const LOGINS_AT_ONCE = 8;

const notOurs: Failure = { kind: 'not-started', message: 'the front-end was not reached as the account OpenNebula runs as' };

/** The machines on which something may be changed. */
export interface Machines {
  readonly site: Site;
  readonly onFrontend: HoldingShell;
  /** Reached as the driver reaches it from the front-end. */
  readonly onBackupServer: Shell;
}

/** A cloud and what is known of it. Each machine is asked once a run, when first something of it is needed. */
export class Cloud implements Machines {
  readonly site: Site;
  readonly onFrontend: HoldingShell;
  readonly onBackupServer: Shell;
  /** Whether the backup server is to list what lies below the datastore's directory: set before it is asked. */
  listsStored = false;
  /** How many hosts have answered, of those that are asked. */
  answered: { readonly done: number; readonly of: number } = { done: 0, of: 0 };
  /** The same by ways that `signal` does not stop: what was begun must be undone. */
  readonly patient: Machines;
  readonly #atServer = new Turns(LOGINS_AT_ONCE);
  readonly #limit: ReturnType<typeof pLimit>;
  #frontendFacts: Promise<FrontendFacts> | undefined;
  #forgotten: Promise<FrontendFacts> | undefined;
  #backupServerFacts: Promise<BackupServerFacts> | undefined;
  #hostFacts: Promise<readonly HostFacts[]> | undefined;
  #bridgeFacts: Promise<readonly BridgeFacts[]> | undefined;
  #schedules: Promise<Schedules> | undefined;
  #backups: Promise<Backups> | undefined;
  #quotas: Promise<Quotas> | undefined;
  #missing: Promise<Missing> | undefined;

  constructor(site: Site, { signal }: { signal?: AbortSignal } = {}) {
    this.site = site;
    this.#limit = pLimit(site.hosts_at_once);
    const server = { host: site.datastore.rsync_host, user: site.datastore.rsync_user };
    this.onFrontend = openFrontend(site, signal);
    this.onBackupServer = this.#toServer(server);
    const patient = openFrontend(site);
    this.patient = { site, onFrontend: patient, onBackupServer: this.#toServer(server, patient) };
  }

  frontend(): Promise<FrontendFacts> {
    this.#frontendFacts ??= surveyFrontend(this.onFrontend, this.site);
    return this.#frontendFacts;
  }

  /** Begins to ask, while nobody waits for it yet: who needs an answer later meets what went wrong as well. */
  begin(...machines: readonly ('frontend' | 'backupServer' | 'hosts' | 'bridges' | 'schedules' | 'backups' | 'quotas')[]): void {
    for (const machine of machines) this[machine]().catch(() => undefined);
  }

  /** The front-end's own name (the setting, if we could not log in), OpenNebula's release, and where backups go, if the backup server was asked. */
  async identity(): Promise<{ frontend: string; openNebula: string | null; datastore?: Road }> {
    const frontend = await (this.#frontendFacts ?? this.#forgotten ?? this.frontend());
    const server = await this.#backupServerFacts;
    const datastore = server && roadOf({ frontend, server, site: this.site });
    return {
      frontend: frontend.failure ? this.site.frontend : frontend.name,
      openNebula: releaseOf(frontend) ?? null,
      ...(datastore && { datastore }),
    };
  }

  backupServer(): Promise<BackupServerFacts> {
    this.#backupServerFacts ??= this.#askBackupServer();
    return this.#backupServerFacts;
  }

  /** All that OpenNebula lists and that are in use; none when the list could not be read. */
  hosts(): Promise<readonly HostFacts[]> {
    this.#hostFacts ??= this.#askHosts();
    return this.#hostFacts;
  }

  /** All that BRIDGE_LIST names, where it counts. */
  bridges(): Promise<readonly BridgeFacts[]> {
    this.#bridgeFacts ??= this.#askBridges();
    return this.#bridgeFacts;
  }

  /** What is scheduled for VMs; nothing where they could not be listed. */
  schedules(): Promise<Schedules> {
    this.#schedules ??= this.frontend().then((frontend) => surveySchedules(this.onFrontend, this.site, frontend));
    return this.#schedules;
  }

  /** The backups that OpenNebula knows of, and its jobs. */
  backups(): Promise<Backups> {
    this.#backups ??= this.frontend().then((frontend) => surveyBackups(this.onFrontend, this.site, frontend));
    return this.#backups;
  }

  /** What owners of VMs may have in the backup datastore. */
  quotas(): Promise<Quotas> {
    this.#quotas ??= this.frontend().then((frontend) => surveyQuotas(this.onFrontend, this.site, frontend));
    return this.#quotas;
  }

  /** What a second look at images came to that lack files on the backup server: no login more where none does. */
  missing(): Promise<Missing> {
    this.#missing ??= this.#lookAgain();
    return this.#missing;
  }

  /** What the front-end said is no longer so: it is asked again when next something of it is needed. */
  forget(): void {
    this.#forgotten = this.#frontendFacts;
    this.#frontendFacts = undefined;
    this.#backupServerFacts = undefined;
    this.#hostFacts = undefined;
    this.#bridgeFacts = undefined;
    this.#schedules = undefined;
    this.#backups = undefined;
    this.#quotas = undefined;
    this.#missing = undefined;
  }

  /** Nobody needs any of it any more. */
  release(): void {
    this.forget();
    this.#forgotten = undefined;
  }

  close(): void {
    this.onFrontend.close();
    this.patient.onFrontend.close();
  }

  async #askBackupServer(): Promise<BackupServerFacts> {
    const frontend = await this.frontend();
    const { saved, args, ...places } = placesOf(frontend, this.site);
    const { rsync_host: host, rsync_user: user } = this.site.datastore;
    const ways = {
      driver: this.onBackupServer,
      byAgent: this.#toServer({ host, user, agentOnly: true }),
      saved: saved === undefined ? undefined : this.#toServer({ host: saved, user }),
    };
    const program = args === undefined ? undefined : readRsyncArgs(args).program;
    return surveyBackupServer(ways, this.site, frontend.name, {
      ...places,
      program,
      sbin: looksInSbin(releaseOf(frontend)),
      stored: this.listsStored,
    });
  }

  async #lookAgain(): Promise<Missing> {
    const [frontend, { stored }, backups] = await Promise.all([this.frontend(), this.backupServer(), this.backups()]);
    const ways = { frontend: this.onFrontend, server: this.onBackupServer, own: placesOf(frontend, this.site).own };
    return lookAgain(ways, { frontend, backups, stored }, this.site);
  }

  async #askHosts(): Promise<readonly HostFacts[]> {
    const frontend = await this.frontend();
    if ('fault' in frontend.hosts) return [];
    const { saved, args, own } = placesOf(frontend, this.site);
    const { scripts, settings } = frontend;
    const release = releaseOf(frontend);
    const alike = {
      ...{ saved, args, own },
      scripts: {
        folder: ('value' in settings && settings.value.scripts) || STOCK_SCRIPTS,
        are: 'value' in scripts ? scripts.value : undefined,
      },
      confinement: confinementOf(declaredDatastore({ frontend, site: this.site }), release),
      sbin: looksInSbin(release),
    };
    const wanted = frontend.hosts.value.filter((host) => leftOut(host) === undefined);
    const bridged = bridgesOf({ frontend, site: this.site }).length > 0;
    this.answered = { done: 0, of: wanted.length };
    const hosts = wanted.map(async (host) => {
      const shell = this.#toHost(host.name);
      const facts = await surveyHost(shell, host, this.site, {
        ...alike,
        staging: stagingOf(frontend, host),
        folders: foldersOf(frontend, host),
        compared: bridged ? comparedOn(frontend, host) : undefined,
      });
      this.answered = { ...this.answered, done: this.answered.done + 1 };
      return { shell, facts };
    });
    return this.#comparable(await Promise.all(hosts));
  }

  async #askBridges(): Promise<readonly BridgeFacts[]> {
    const frontend = await this.frontend();
    const known = { frontend, site: this.site };
    const { saved, args, own } = placesOf(frontend, this.site);
    const hosts = 'value' in frontend.hosts ? frontend.hosts.value.filter((host) => leftOut(host) === undefined) : [];
    const asking = {
      confinement: confinementOf(declaredDatastore(known), releaseOf(frontend)),
      ...{ saved, args, own, frontend: frontend.name, sbin: looksInSbin(releaseOf(frontend)) },
      compared: [...new Set(hosts.flatMap((host) => comparedOn(frontend, host)))],
    };
    const bridges = [...new Set(bridgesOf(known))].map(async (name) => {
      // What is no name is not typed anywhere.
      const shell = isName(name) ? this.#toHost(name) : nameless(this.onFrontend, name);
      return { shell, facts: await surveyBridge(shell, bridgeSubject(name, known), this.site, asking) };
    });
    const told = await Promise.all(bridges);
    const still = await this.#lookStill(told.map(({ facts }) => facts));
    return this.#comparable(told.map(({ shell, facts }) => ({ shell, facts: { ...facts, still } })));
  }

  /** What hosts still have of what a bridge host lacks: a VM may have ended between the two looks, and taken its folder along. */
  async #lookStill(bridges: readonly BridgeFacts[]): Promise<ReadonlyMap<string, Looked<Shared>>> {
    const lacking = bridges.flatMap(({ shared }) => ('value' in shared ? [...shared.value].filter(([, place]) => isAbsent(place)) : []));
    const lacks = new Set(lacking.map(([at]) => at));
    if (lacks.size === 0) return new Map();
    const { command: deadline } = this.site.deadlines;
    const looks = (await this.hosts()).map(async ({ host, shared }): Promise<[string, Looked<Shared>]> => {
      const own = 'value' in shared ? [...shared.value].flatMap(([at, place]) => ('said' in place || !lacks.has(at) ? [] : [at])) : [];
      if (own.length === 0) return [host.id, { value: new Map(), evidence: [] }];
      const told = await survey(this.#toHost(host.name), sharedProbes(own, deadline), { deadline: deadline * 2, cap: MiB + answerOf(own) });
      return [host.id, sharedIn(told, own)];
    });
    return new Map(await Promise.all(looks));
  }

  /**
   * Keys of two types cannot be compared: who was shown one of another type than the others asks for that, too. And who is shown the same key at another address
   * than the front-end asks which machine that is.
   */
  async #comparable<T extends Sender>(asked: readonly { readonly shell: Shell; readonly facts: T }[]): Promise<readonly T[]> {
    const server = await this.backupServer();
    const type = commonType(
      server,
      asked.map(({ facts }) => facts),
    );
    return Promise.all(asked.map(async ({ shell, facts }) => this.#told(shell, await this.#shownKey(shell, facts, type), server)));
  }

  async #told<T extends Sender>(shell: Shell, facts: T, { login }: BackupServerFacts): Promise<T> {
    const keys = [facts.login, facts.comparedLogin].flatMap((each) => each?.hostKey ?? []);
    const same = keys.find(({ fingerprint }) => fingerprint === login.hostKey?.fingerprint);
    if (!same || facts.login?.failure || (same.address !== undefined && same.address === login.hostKey?.address)) return facts;
    const answer = await shell.hop(this.#onward).run({ argv: IDENTITY, deadline: this.site.deadlines.command });
    return { ...facts, identity: identityOf(answer) };
  }

  /** From a machine that sends backups to the backup server. */
  get #onward(): Hop {
    const { datastore, deadlines } = this.site;
    return { host: datastore.rsync_host, user: datastore.rsync_user, connectTimeout: deadlines.connect };
  }

  async #shownKey<T extends Sender>(shell: Shell, facts: T, type: string | undefined): Promise<T> {
    const shown = facts.login?.hostKey?.type;
    if (type === undefined || shown === undefined || shown === type) return facts;
    const { datastore, deadlines } = this.site;
    const answer = await shell.hop({ ...this.#onward, keyType: type }).run({ argv: ['true'], deadline: deadlines.command });
    return { ...facts, comparedLogin: loginOf(answer, facts.subject.name, datastore.rsync_host) };
  }

  /** The backup server as OpenNebula reaches it from the front-end: a login to it is a turn. */
  #toServer(to: Pick<Hop, 'host' | 'user' | 'agentOnly'>, from: Shell = this.onFrontend): Shell {
    const shell = this.#hop(to, from);
    return this.#guarded(shell, (command) => this.#atServer.whole(() => shell.run(command)));
  }

  /** A host. Several are asked at a time, and each waits for its turn where it logs in to the backup server. */
  #toHost(host: string): Shell {
    const shell = this.#hop({ host, forwardAgent: true });
    const inTurn = ({ turn, ...command }: Command) => ({ ...command, ...(turn && { turn: { ...turn, take: this.#atServer.take } }) });
    const asked = this.#guarded(shell, (command) => this.#limit(() => shell.run(inTurn(command))));
    // Beyond it lies the backup server.
    const onward = this.#guarded(shell, (command) => this.#limit(() => this.#atServer.whole(() => shell.run(command))));
    return { ...asked, hop: (next) => hopFrom(onward, next) };
  }

  #hop(to: Pick<Hop, 'host' | 'user' | 'forwardAgent' | 'agentOnly'>, from: Shell = this.onFrontend): Shell {
    return from.hop({ ...to, connectTimeout: this.site.deadlines.connect, agent: this.site.ssh_agent_socket });
  }

  /** A machine that is asked only from the front-end's own account: from any other a login would be another one than OpenNebula's. */
  #guarded({ machine, account }: Shell, run: Shell['run']): Shell {
    const guarded: Shell = {
      ...{ machine, account },
      run: async (command) => {
        const frontend = await this.frontend();
        const isOurs = !frontend.failure && frontend.account === this.site.account;
        return isOurs ? run(command) : stopwatch(guarded, quote(command.argv))({ failure: notOurs });
      },
      hop: (next) => hopFrom(guarded, next),
    };
    return guarded;
  }
}

/** Where the datastore's data lies, as OpenNebula has it registered, else as declared; and the server it has saved where that is not the declared one. */
function placesOf(frontend: FrontendFacts, site: Site): Places & Saved {
  const { rsync_host: declared } = site.datastore;
  const registered = declaredDatastore({ frontend, site });
  const host = text(registered?.template, 'RSYNC_HOST');
  const [args] = registered ? savedOf(registered, 'RSYNC_ARGS') : [];
  return {
    ...storagePlaces(registered, site),
    tmp: tmpDirectoryOf(registered),
    saved: isOther(host, declared) ? host : undefined,
    args,
  };
}

/** The storage directory, and the datastore's own: its BASE_PATH. What the site file says counts where OpenNebula says nothing. */
export function storagePlaces(registered: Datastore | undefined, { datastore: { path: declared } }: Site): Pick<Places, 'path' | 'own'> {
  const path = withoutEnd(declared);
  if (!registered) return { path, own: path };
  if (registered.basePath === '') return { path, own: posix.join(path, registered.id) };
  const own = withoutEnd(registered.basePath);
  return { path: posix.dirname(own), own };
}

/** A path without what changes nothing: doubled slashes, and one at its end. */
const withoutEnd = (path: string): string => posix.join(path, '.').replace(/(?<=.)\/$/, '');

/** A name that ssh may be given, and that is not the declared one. */
function isOther(host: string, declared: string): boolean {
  return host !== declared && /^[A-Za-z0-9][\w.-]*$/.test(host);
}

/** A machine whose name no client may be given. */
function nameless(from: Shell, machine: string): Shell {
  const failure: Failure = { kind: 'not-started', message: `“${machine}” is no name of a machine` };
  const shell: Shell = {
    ...{ machine, account: from.account },
    run: async (command) => stopwatch(shell, quote(command.argv))({ failure }),
    hop: (next) => hopFrom(shell, next),
  };
  return shell;
}

function openFrontend(site: Site, signal?: AbortSignal): HoldingShell {
  if (site.frontend === 'local') return new LocalShell(signal);
  const url = new URL(site.frontend);
  return new RemoteShell({
    user: decodeURIComponent(url.username) || site.account,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    ...(url.port && { port: Number(url.port) }),
    connectTimeout: site.deadlines.connect,
    ...(signal && { signal }),
  });
}
