/** The log of a virtual machine, `/var/log/one/ID.log`, and the error that its template keeps. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { longTime, now } from './format.ts';

/** A driver's action that failed. */
export interface Failure {
  /** The driver's action as OpenNebula names it, such as `backup`. */
  action: string;
  /** The step of it that failed, where that has another name. */
  step?: string;
  /** The program with its arguments. */
  command: string;
  /** How it ended; 255, unless it hands on how its script did. */
  code?: number;
  /** The script that failed, if it was one; `silent` when the driver does not listen to its standard output. */
  remote?: { script: string; stdout: string; stderr: string };
  silent?: boolean;
  /** What the driver says at last. */
  says: string;
}

export const lines = (content: string): string[] => content.replace(/\n$/, '').split('\n');

// ssh ends the lines of its own complaints with a carriage return, too; OpenNebula's logs have none.
export const shown = (content: string): string => content.replaceAll('\r', '').replaceAll('\n', '\\n');

/** What a failure leaves in the log of the newest release, as `[level]: line`; of others see releases.ts. */
export function failureLines({ action, command, code = 255, remote, silent, says }: Failure): string[] {
  const info = (content: string) => lines(content).map((line) => `[I]: ${line.trim()}`);
  const error = (content: string) => lines(content).map((line) => `[E]: ${`${action}: ${line}`.trimEnd()}`);
  const script = remote ? `Command failed:\n${remote.script}` : undefined;
  return [
    ...info(`Command execution failed (exit code: ${code}): ${command}`),
    ...(script === undefined ? [] : [...info(script), ...error(script)]),
    ...(remote && !silent ? error(`  [STDOUT] "${shown(remote.stdout)}"`) : []),
    ...(remote ? error(`  [STDERR] "${shown(remote.stderr)}"`) : []),
    ...info(says),
  ];
}

/** The same as one line: OpenNebula drops the ends of lines. */
export function failureMessage({ remote, says }: Failure): string {
  const whole = remote ? `Command failed:\n${remote.script}${says}` : says;
  return `BACKUP: ${lines(whole)
    .map((line) => line.trim())
    .join('')}`;
}

/** What USER_TEMPLATE/ERROR keeps of a message, at the time it is kept. */
export function templateError(message: string, time = now()): string {
  const kept = message.length > 100 ? `${message.slice(0, 100)}... see more details in VM log` : message;
  return `${longTime(time)}: ${kept}`;
}

/** Writes lines such as `[VMM][I]: VM backup successfully created.` into a virtual machine's log. */
export function writeVmLog(folder: string, vmId: string, entries: string[]): void {
  const time = longTime(now());
  try {
    appendFileSync(join(folder, `${vmId}.log`), entries.map((entry) => `${time} [Z0]${entry}\n`).join(''));
  } catch {
    // A log that cannot be written is no reason to stop.
  }
}
