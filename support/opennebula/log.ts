import { withoutBase64 } from '../machines/words.ts';
import { tellsOfCause } from './causes.ts';

/** What is read of a log besides causes: states, ends, and the directories that backups lie in. */
const READ =
  /\[VM\]\[I\]: New (?:LCM )?state is |VM backup successfully created\.|(?:Failed to execute|Command execution failed) |\/\d+\/[0-9a-f]{6}\b|Backup cancelled: /;
/** A line of wrapped base64. */
const BASE64 = /: [A-Za-z0-9+/=]{40,}$/;

/**
 * The lines of a log that anything is judged by, and how many were left out between them. A step that fails writes the whole VM
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
