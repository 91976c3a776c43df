import { posix } from 'node:path';
import type { Machines } from '../facts/cloud.ts';
import { PROBED, type ProbeFile } from '../facts/gate.ts';
import { spoken } from '../machines/openssh.ts';
import type { CommandResult } from '../machines/shell.ts';
import { shortened } from '../machines/words.ts';
import type { Read } from '../outcome/evidence.ts';
import { namesOf, type RunJournal } from './journal.ts';

/** As RSYNC_USER on the backup server, in the datastore's directory, or above it where that is not there. */
export async function probeStorage({ site, onBackupServer }: Machines, journal: RunJournal): Promise<Read<ProbeFile>> {
  const { own } = journal.opening;
  const { command: deadline } = site.deadlines;
  const name = namesOf(journal.run).probe;
  const { path: above } = site.datastore;
  const paths = [...new Set([own, above])].flatMap((folder) => [name, `${name}.renamed`].map((file) => posix.join(folder, file)));
  const written = await journal.record(paths.map((path) => ({ change: 'probe', path })));
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
  return { value: readProbe(own, answer) };
}

/** Reads off its answer how far the script came. */
export function readProbe(folder: string, answer: CommandResult): ProbeFile {
  const done = answer.stdout.split('\n');
  const step = PROBED.find((each) => !done.includes(each));
  if (step === undefined) return { folder, evidence: [answer] };
  const lost = answer.failure?.message ?? (answer.exitCode === null ? `ended by ${answer.signal}` : undefined);
  const found = lost ?? (shortened(spoken(answer.stderr)) || `exit ${answer.exitCode}`);
  return { folder, missed: { step, found, isLost: lost !== undefined }, evidence: [answer] };
}
