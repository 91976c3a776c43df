import type { Site } from '../site/schema.ts';
import type { BackupServerFacts } from './backup-server.ts';
import { declaredDatastore, type FrontendFacts } from './frontend.ts';

/** Where backups go: OpenNebula's id of the datastore, and the host key that the server shows the front-end on which it is. */
export interface Road {
  readonly id: string;
  readonly hostKey: string;
}

/** Undefined where either could not be learned. */
export function roadOf({
  frontend,
  server,
  site,
}: {
  readonly frontend: Pick<FrontendFacts, 'datastores'>;
  readonly server: Pick<BackupServerFacts, 'login' | 'savedLogin'>;
  readonly site: Site;
}): Road | undefined {
  const { id } = declaredDatastore({ frontend, site }) ?? {};
  // Backups go where OpenNebula has saved it.
  const { fingerprint: hostKey } = (server.savedLogin ?? server.login).hostKey ?? {};
  return id === undefined || hostKey === undefined ? undefined : { id, hostKey };
}
