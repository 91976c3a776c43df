/** What differs by version: OpenNebula's own, and those of programs. */

/** Negative when `a` is older than `b`: number by number, a missing one counts as 0, and 3.1.0pre1 comes before 3.1.0. */
export function compareVersions(a: string, b: string): number {
  const numbers = (version: string) =>
    version
      .replace(/[a-z].*/, '')
      .split('.')
      .map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  const differences = Array.from({ length: Math.max(left.length, right.length) }, (_, at) => (left[at] ?? 0) - (right[at] ?? 0));
  const early = (version: string) => Number(version.includes('pre'));
  return differences.find((difference) => difference !== 0) ?? early(b) - early(a);
}

/** From this release on the driver's remote scripts look for programs in /usr/sbin and /sbin, too. Source: src/tm_mad/lib/tm_action.rb. */
const SBIN_SINCE = '7.2';

/** Whether the driver finds a program there on hosts and the backup server. `release`: undefined where it is not known; then as the newest. */
export const looksInSbin = (release: string | undefined): boolean => release === undefined || compareVersions(release, SBIN_SINCE) >= 0;

/** From this release on the rsync driver has bridge hosts send backups. Source: OpenNebula 7.2 and 7.4.0, src/datastore_mad/remotes/rsync/backup. */
export const BRIDGES_SINCE = '7.2';

/** Whether BRIDGE_LIST of an rsync datastore counts. `release`: undefined where it is not known; then as the newest. */
export const sendsByBridges = (release: string | undefined): boolean =>
  release === undefined || compareVersions(release, BRIDGES_SINCE) >= 0;
