import { withoutBase64 } from '../machines/words.ts';
import { tellsOfCause } from '../opennebula/causes.ts';

/** What is read of a log besides causes: states, ends, and the directories that backups lie in. */
const READ =
  /\[VM\]\[I\]: New (?:LCM )?state is |VM backup successfully created\.|(?:Failed to execute|Command execution failed) |\/\d+\/[0-9a-f]{6}\b|Backup cancelled: /;
/** A line of wrapped base64. */
const BASE64 = /: [A-Za-z0-9+/=]{40,}$/;

/**
 * The lines of a log that anything is judged by, and how many were left out between them. A step that fails writes the whole virtual machine
 * down, secrets and all: no more of a log is kept.
 */
export function judgedLines(log: string): string {
  const kept: string[] = [];
  let left = 0;
  const leave = () => {
    if (left > 0) kept.push(`[… ${left} lines that nothing is judged by]`);
    left = 0;
  };
  for (const line of log.split('\n')) {
    if (line !== '' && (BASE64.test(line) || !(READ.test(line) || tellsOfCause(line)))) left += 1;
    else {
      leave();
      kept.push(line);
    }
  }
  leave();
  return withoutBase64(kept.join('\n'));
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
