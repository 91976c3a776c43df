import { posix } from 'node:path';
import type { Cloud } from '../facts/cloud.ts';
import type { CommandResult } from '../machines/shell.ts';
import type { Read } from '../opennebula/ask.ts';
import { namesOf, type RunJournal } from './journal.ts';

/** A small file that was made in storage, and taken through all that a backup does with its files. */
export interface ProbeFile {
  readonly folder: string;
  /** What was done, as far as it went: created, synced, renamed, deleted. */
  readonly answer: CommandResult;
}

export const PROBED = ['created', 'synced', 'renamed', 'deleted'] as const;

/** As RSYNC_USER on the backup server, in the datastore's directory, or above it where that is not there. */
export async function probeStorage({ site, onBackupServer }: Cloud, journal: RunJournal): Promise<Read<ProbeFile>> {
  const { own } = journal.opening;
  const { command: deadline } = site.deadlines;
  const name = namesOf(journal.run).probe;
  const { path: above } = site.datastore;
  const paths = [...new Set([own, above])].flatMap((folder) => [name, `${name}.renamed`].map((file) => posix.join(folder, file)));
  const written = await journal.record(paths.map((path) => ({ change: 'probe' as const, path })));
  if (written.failure) return { fault: written.failure.message };
  // A limit on the size of files is to be said, like everything else that is in the way: it would end the shell without a word.
  // One line, which csh, as a login shell, can read, too.
  const script = [
    'trap : XFSZ; cd -- "$1" 2> /dev/null || cd -- "$2" || exit;',
    'printf "written by backup-compliance\\n" > "$3" && echo created && sync -- "$3" && echo synced &&',
    'mv -- "$3" "$3.renamed" && echo renamed && rm -- "$3.renamed" && echo deleted',
  ].join(' ');
  const answer = await onBackupServer.run({
    argv: ['bash', '-c', script, 'bash', own, above, name],
    deadline,
    typed: `cd ${own} && echo > ${name} && sync ${name} && mv ${name} ${name}.renamed && rm ${name}.renamed`,
  });
  return { value: { folder: own, answer } };
}
