/** The backup server as the rsync driver reaches it, and where a backup image's files are on it. */
import { posix } from 'node:path';
import { run } from './run.ts';
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
  return posix.join(text(datastore, 'BASE_PATH'), ids(image, 'VMS')[0] ?? '0', directory);
}

/** What logs in to the server: a datastore without RSYNC_USER means oneadmin. */
export function login(datastore: Tree): string {
  return `${text(datastore, 'TEMPLATE/RSYNC_USER') || 'oneadmin'}@${text(datastore, 'TEMPLATE/RSYNC_HOST')}`;
}

export const SSH_OPTIONS = ['-o', 'ControlMaster=no', '-o', 'ControlPath=none'];
export const FORWARDING = ['-o', 'ForwardAgent=yes'];

/** A script as the drivers send it to a machine's `bash -s`. */
export const preamble = (script: string): string => `export LANG=C
export LC_ALL=C
export PATH=$PATH:/usr/sbin:/sbin
${script}
`;

/** What most of the driver's scripts begin with. */
export const STRICT = 'set -e -o pipefail; shopt -qs failglob\n';

/** Runs a script on the backup server. All of the driver's steps but the reading of vm.xml forward the agent. */
export function onServer(
  datastore: Tree,
  script: string,
  { forward = true } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const args = [...SSH_OPTIONS, ...(forward ? FORWARDING : []), login(datastore), 'bash -s'];
  return run('ssh', args, { input: preamble(script) });
}

/** How Ruby shows an exception: the first line of its message, its class, then the rest. */
export function rubyError(place: string, message: string): string {
  const [first = '', ...rest] = message.split('\n');
  return `/var/lib/one/remotes/datastore/${place}:in \`<main>': ${first} (StandardError)\n${rest.join('\n')}`;
}

/** A driver's words as oned passes them on: lines are joined, and ssh's carriage returns come out of XML as line ends. */
export function passedOn(words: string): string {
  return words.replaceAll('\n', '').replaceAll('\r', '\n');
}
