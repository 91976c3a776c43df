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
  // bash -x tells what it ran behind a plus; rsync, what became of it after why; ssh warns of a key that it has taken.
  const words = lines.filter((line) => line !== '' && !/^\++ |^Warning: |^(\S+: )+warning: /.test(line));
  const cause = words.find((line) => !/^rsync error:|connection unexpectedly closed/.test(line)) ?? words[0];
  const ran = lines.findLast((line) => line.startsWith('+ '));
  if (cause !== undefined) return `${step}: ${cause}`;
  if (ran !== undefined) return `${step}: ended without a word in: ${ran.slice(2).split(' ')[0]}`;
  return /\[E\]: BACKUP: (.*)$/m.exec(log)?.[1]?.slice(0, 200);
}

/**
 * A log without the long base64 in it: a step that fails writes the whole virtual machine down, secrets and all, in one piece or wrapped
 * into lines of the log.
 */
export function withoutBase64(log: string): string {
  return log.replace(/[A-Za-z0-9+/]{40,}(?:(?:\\n|\n.{0,90}: )[A-Za-z0-9+/]+={0,2}(?=["'\\\n]|$))*={0,2}/g, (run) => {
    const { length } = run.replace(/\\n|\n.*: /g, '');
    return length < 200 ? run : `[… ${length} characters of base64]`;
  });
}

/** The directories of backups that a log names, by their own name. */
export function directoriesIn(log: string, vm: string): string[] {
  const named = [...log.matchAll(new RegExp(`/${vm}/([0-9a-f]{6})\\b`, 'g'))].map(([, name = '']) => name);
  const cancelled = [...log.matchAll(/Backup cancelled: ([0-9a-f]{6})\b/g)].map(([, name = '']) => name);
  return [...new Set([...named, ...cancelled])];
}

/**
 * How the backup ended that began at `begun`, by the log; undefined where the log does not tell. Its times are local, and whole seconds:
 * `utcOffset` seconds ahead of UTC.
 */
export function endOf(log: string, { begun, utcOffset }: { begun: number; utcOffset: number }): 'created' | 'failed' | undefined {
  const lines = log.split('\n');
  const first = lines.findIndex(
    (line) => /New LCM state is BACKUP(_POWEROFF)?$/.test(line) && (timeOf(line) ?? 0) - utcOffset >= begun - 1,
  );
  if (first < 0) return undefined;
  const rest = lines.slice(first + 1);
  const end = rest.findIndex((line) => /\[VM\]\[I\]: New (LCM )?state is /.test(line));
  const story = (end < 0 ? rest : rest.slice(0, end)).join('\n');
  if (/VM backup successfully created\./.test(story)) return 'created';
  return end < 0 ? undefined : 'failed';
}

/** The time at the beginning of a line as if it were UTC, seconds since the epoch: `Mon Nov 23 05:08:50 2026 [Z0]…`. */
function timeOf(line: string): number | undefined {
  const [, month = '', day = '', clock = '', year = ''] = /^\w{3} (\w{3}) +(\d+) (\d\d:\d\d:\d\d) (\d{4}) /.exec(line) ?? [];
  const time = Date.parse(`${day} ${month} ${year} ${clock} GMT`) / 1000;
  return Number.isNaN(time) ? undefined : time;
}
