/**
 * Why a backup failed, off the virtual machine's log: what the program that failed said last on stderr. The log is that of the time
 * since the backup was asked for. Undefined where the log does not tell. Source: OpenNebula 7.4.0, src/vmm_mad; test/recordings.
 */
export function causeOf(log: string): string | undefined {
  const said = [...log.matchAll(/\[E\]: (\w+): {3}\[STDERR\] "(.*)"$/gm)];
  const [, step = '', text = ''] = said[0] ?? [];
  const lines = text
    .replaceAll('\\n', '\n')
    .replace(/^\+ .*'[^']*\n'$/gm, '')
    .split('\n')
    .map((line) => line.trim());
  // bash -x tells what it ran behind a plus; rsync, what became of it after why.
  const words = lines.filter((line) => line !== '' && !/^\++ /.test(line));
  const cause = words.find((line) => !/^rsync error:|connection unexpectedly closed/.test(line)) ?? words[0];
  const ran = lines.findLast((line) => line.startsWith('+ '));
  if (cause !== undefined) return `${step}: ${cause}`;
  if (ran !== undefined) return `${step}: ended without a word in: ${ran.slice(2).split(' ')[0]}`;
  return /\[E\]: BACKUP: (.*)$/m.exec(log)?.[1]?.slice(0, 200);
}

/** The directories of backups that a log names, by their own name. */
export function directoriesIn(log: string, vm: string): string[] {
  const named = [...log.matchAll(new RegExp(`/${vm}/([0-9a-f]{6})\\b`, 'g'))].map(([, name = '']) => name);
  const cancelled = [...log.matchAll(/Backup cancelled: ([0-9a-f]{6})\b/g)].map(([, name = '']) => name);
  return [...new Set([...named, ...cancelled])];
}
