/** Where a backup image's files are on the backup server, and how the driver's errors read. */
import { backupFolder } from './remote.ts';
import { ids, type Tree, text, trees } from './tree.ts';

/** One step of a backup image's chain: the increment's id, and the name of its directory. A full backup is one step, id 0. */
interface Step {
  id: number;
  directory: string;
}

/** The steps of a backup image, oldest first. */
export function stepsOf(image: Tree): Step[] {
  const increments = trees(image, 'BACKUP_INCREMENTS/INCREMENT').map((increment) => ({
    id: Number(text(increment, 'ID')),
    directory: text(increment, 'SOURCE'),
  }));
  return increments.length > 0 ? increments : [{ id: 0, directory: text(image, 'SOURCE') }];
}

/** Where a step is on the server: `/var/lib/one/datastores/100/0/5de970`. */
export function pathOf(datastore: Tree, image: Tree, { directory }: Step): string {
  return `${backupFolder(datastore, ids(image, 'VMS')[0] ?? '0')}/${directory}`;
}

/** What most of the driver's scripts begin with. */
export const STRICT = 'set -e -o pipefail; shopt -qs failglob\n';

/** How Ruby shows an exception: the first line of its message, its class, then the rest. */
export function rubyError(place: string, message: string): string {
  const [first = '', ...rest] = message.split('\n');
  return `/var/lib/one/remotes/datastore/${place}:in \`<main>': ${first} (StandardError)\n${rest.join('\n')}`;
}

/** A driver's words as oned passes them on: lines are joined, and ssh's carriage returns come out of XML as line ends. */
export function passedOn(words: string): string {
  return words.replaceAll('\n', '').replaceAll('\r', '\n');
}
