import { posix } from 'node:path';
import pLimit from 'p-limit';
import { type Hop, HopShell } from '../machines/hop.ts';
import { LocalShell } from '../machines/local.ts';
import { quote } from '../machines/quote.ts';
import { RemoteShell } from '../machines/remote.ts';
import { type Failure, type HoldingShell, type Shell, stopwatch } from '../machines/shell.ts';
import type { Host } from '../opennebula/pools.ts';
import { text } from '../opennebula/xml.ts';
import { isNamed } from '../outcome/outcome.ts';
import { STOCK } from '../site/example.ts';
import type { Site } from '../site/schema.ts';
import { type BackupServerFacts, type Places, surveyBackupServer } from './backup-server.ts';
import { type FrontendFacts, surveyFrontend } from './frontend.ts';
import { type HypervisorFacts, surveyHypervisor } from './hypervisor.ts';

/** sshd starts to turn logins away at ten that are not through yet (MaxStartups 10:30:100), and all hypervisors dial one backup server. */
const AT_ONCE = 8;

const notOurs: Failure = { kind: 'not-started', message: 'the front-end was not reached as the account OpenNebula runs as' };

/** A cloud and what is known of it. Each machine is asked once a run, when first something of it is needed. */
export class Cloud {
  readonly site: Site;
  /** The only hypervisor to ask, by its full or short name; all when undefined. */
  readonly #machine: string | undefined;
  /** The front-end itself, for what changes something there. */
  readonly onFrontend: HoldingShell;
  readonly #limit = pLimit(AT_ONCE);
  #frontendFacts: Promise<FrontendFacts> | undefined;
  #forgotten: Promise<FrontendFacts> | undefined;
  #backupServerFacts: Promise<BackupServerFacts> | undefined;
  #hypervisorFacts: Promise<readonly HypervisorFacts[]> | undefined;

  constructor(site: Site, options: { machine?: string | undefined; signal?: AbortSignal } = {}) {
    const { machine, signal } = options;
    this.site = site;
    this.#machine = machine;
    this.onFrontend = openFrontend(site, signal);
  }

  frontend(): Promise<FrontendFacts> {
    this.#frontendFacts ??= surveyFrontend(this.onFrontend, this.site);
    return this.#frontendFacts;
  }

  /** What the front-end said last, be it forgotten: its name and release do not change. */
  lastKnown(): Promise<FrontendFacts> {
    return this.#frontendFacts ?? this.#forgotten ?? this.frontend();
  }

  backupServer(): Promise<BackupServerFacts> {
    this.#backupServerFacts ??= this.#askBackupServer();
    return this.#backupServerFacts;
  }

  /** All that OpenNebula lists and that are not OFFLINE, or the only one to ask; none when the list could not be read. */
  hypervisors(): Promise<readonly HypervisorFacts[]> {
    this.#hypervisorFacts ??= this.#askHypervisors();
    return this.#hypervisorFacts;
  }

  /** The backup server, reached as the driver reaches it from the front-end. */
  get onBackupServer(): Shell {
    const { rsync_host: host, rsync_user: user } = this.site.datastore;
    return this.#hop({ host, user });
  }

  /** What the front-end said is no longer so: it is asked again when next something of it is needed. */
  forget(): void {
    this.#forgotten = this.#frontendFacts;
    this.#frontendFacts = undefined;
    this.#backupServerFacts = undefined;
    this.#hypervisorFacts = undefined;
  }

  close(): void {
    this.onFrontend.close();
  }

  async #askBackupServer(): Promise<BackupServerFacts> {
    const frontend = await this.frontend();
    const { saved, ...places } = placesOf(frontend, this.site);
    const { rsync_host: host, rsync_user: user } = this.site.datastore;
    const ways = {
      driver: this.onBackupServer,
      byAgent: this.#hop({ host, user, agentOnly: true }),
      saved: saved === undefined ? undefined : this.#hop({ host: saved, user }),
    };
    return surveyBackupServer(ways, this.site, frontend.hostname, places);
  }

  async #askHypervisors(): Promise<readonly HypervisorFacts[]> {
    const frontend = await this.frontend();
    const { hosts } = frontend;
    if ('fault' in hosts) return [];
    const { saved } = placesOf(frontend, this.site);
    const wanted = hosts.value.filter(({ name, state }) => state !== 'off' && isNamed(name, this.#machine));
    return Promise.all(
      wanted.map((host) =>
        surveyHypervisor(this.#hop({ host: host.name, forwardAgent: true }), host, this.site, {
          staging: stagingOf(frontend, host),
          saved,
        }),
      ),
    );
  }

  /** A machine as OpenNebula reaches it from the front-end. All hops wait for each other: each ends in a login to the one backup server. */
  #hop(to: Pick<Hop, 'host' | 'user' | 'forwardAgent' | 'agentOnly'>): Shell {
    const shell = new HopShell(this.onFrontend, { ...to, connectTimeout: this.site.deadlines.connect, agent: this.site.ssh_agent_socket });
    const run: Shell['run'] = async (command) => {
      // From anywhere but the front-end's own account a login would be another one than OpenNebula's.
      const { survey, account } = await this.frontend();
      if (survey.failure || account !== this.site.account) return stopwatch(shell, quote(command.argv))({ failure: notOurs });
      return this.#limit(() => shell.run(command));
    };
    return { machine: shell.machine, account: shell.account, run, close: () => shell.close() };
  }
}

/** The directories of a host's system datastores: those of its cluster, and of virtual machines on it; of all where there is none. */
export function stagingOf(
  { datastores, virtualMachines }: Pick<FrontendFacts, 'datastores' | 'virtualMachines'>,
  { name, cluster }: Host,
): string[] {
  const systems = 'fault' in datastores ? [] : datastores.value.filter(({ type }) => type === 'sys');
  const machines = 'fault' in virtualMachines ? [] : virtualMachines.value.filter(({ host }) => host === name);
  const own = systems.filter(
    ({ id, clusters }) => clusters.includes(cluster) || machines.some(({ systemDatastore }) => systemDatastore === id),
  );
  if (systems.length === 0) return [STOCK];
  return (own.length === 0 ? systems : own).map(({ basePath }) => posix.normalize(basePath));
}

/** Where the datastore's data lies, as far as OpenNebula has it registered, and the server it has saved where that is not the declared one. */
function placesOf(
  { datastores }: FrontendFacts,
  { datastore: { name, path, rsync_host: declared } }: Site,
): Places & { saved: string | undefined } {
  const registered = 'fault' in datastores ? undefined : datastores.value.find((candidate) => candidate.name === name);
  const host = text(registered?.template, 'RSYNC_HOST');
  const own = registered ? posix.join(path, registered.id) : path;
  return { path, own, tmp: text(registered?.template, 'RSYNC_TMP_DIR') || '/var/tmp', saved: isOther(host, declared) ? host : undefined };
}

/** A name that ssh may be given, and that is not the declared one. */
function isOther(host: string, declared: string): boolean {
  return host !== declared && /^[A-Za-z0-9][\w.-]*$/.test(host);
}

function openFrontend(site: Site, signal: AbortSignal | undefined): HoldingShell {
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
