import type { Site } from '../site/schema.ts';
import type { Waiver } from '../site/waivers.ts';
import type { BackupServerFacts } from './backup-server.ts';
import type { Backups } from './backups.ts';
import type { BridgeFacts } from './bridge.ts';
import type { FrontendFacts } from './frontend.ts';
import type { GateFacts } from './gate.ts';
import type { HostFacts } from './host.ts';
import type { Missing } from './missing.ts';
import type { Quotas } from './quotas.ts';
import type { Schedules } from './schedules.ts';

/** All that a run has learned. */
export interface Audited {
  readonly site: Site;
  /** The waivers, and the day of the run, on which they are in force or not; none where it is left out. */
  readonly accepted?: { readonly waivers: readonly Waiver[]; readonly day: string };
  readonly frontend: FrontendFacts;
  readonly server: BackupServerFacts;
  /** The hypervisor hosts that are in use and could be asked. */
  readonly hosts: readonly HostFacts[];
  /** The bridge hosts that send backups in place of the hypervisors; none where the datastore names none. They are asked with the hosts. */
  readonly bridges: readonly BridgeFacts[];
  /** What is scheduled for VMs. */
  readonly schedules: Schedules;
  /** The backups that OpenNebula knows of, and its jobs. */
  readonly backups: Backups;
  /** What owners of VMs may have in the backup datastore. */
  readonly quotas: Quotas;
  /** What a second look at images came to that lack files on the backup server. */
  readonly missing: Missing;
  /** What a gate or a set-up came to so far; nothing in an audit. */
  readonly gate: GateFacts;
}

/**
 * What a requirement may need besides the front-end: machines, or steps of a gate or a set-up, which are taken when first asked for. `stored`: the
 * backup server, and what lies below the datastore's directory there. `hosts by another name`: the hosts, where OpenNebula has the server saved by another name than the declared one; none of them otherwise.
 */
export type Asked =
  | 'server'
  | 'stored'
  | 'schedules'
  | 'backups'
  | 'quotas'
  | 'missing'
  | 'hosts'
  | 'hosts by another name'
  | keyof GateFacts;
