import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Evidence, messageOf } from '../outcome/outcome.ts';
import { scrub } from '../outcome/secrets.ts';

/** An answer as the report shows it: a part inline, all of it in a file of the run. */
export interface Exhibit {
  readonly command: string;
  /** Relative to the run's folder. */
  readonly file: string;
  readonly inline: string;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly stop: number;
}

/** Where a run's evidence goes: one file for each command that was run, however many requirements rest on it. */
export class EvidenceStore {
  readonly #folder: string;
  readonly #files = new Map<Evidence, string>();

  readonly #fault: (message: string) => void;
  #lacking = false;

  /** `fault` is told what could not be written: that takes nothing away from what the machines said. */
  constructor(folder: string, fault: (message: string) => void) {
    this.#folder = folder;
    this.#fault = fault;
  }

  /** Writes the answer to its file, unless it is there, and returns what to show of it in at most `limit` characters. */
  exhibit(evidence: Evidence, limit: number): Exhibit {
    const whole = scrub(asText(evidence));
    let file = this.#files.get(evidence);
    if (!file) {
      const number = String(this.#files.size + 1).padStart(3, '0');
      const folder = safeName(evidence.machine);
      file = `evidence/${folder}/${number}-${safeName(scrub(evidence.command)).slice(0, 40)}.txt`;
      this.#files.set(evidence, file);
      try {
        mkdirSync(join(this.#folder, 'evidence', folder), { recursive: true });
        writeFileSync(join(this.#folder, file), whole);
      } catch (error) {
        if (!this.#lacking) this.#fault(`evidence was not written, from ${file} on: ${messageOf(error)}`);
        this.#lacking = true;
      }
    }
    const start = Date.parse(evidence.startedAt);
    const shown = whole.length <= limit ? whole : `${whole.slice(0, limit)}\n[… ${whole.length - limit} more characters]\n`;
    const inline = `file     ${file}\n${shown}`;
    return { command: scrub(evidence.command), file, inline, start, stop: start + Math.round(evidence.seconds * 1000) };
  }
}

/** One answer, written so that a person can ask again and compare. */
export function asText(evidence: Evidence): string {
  const { command, exitCode, signal, stdout, stderr, startedAt, seconds, truncated } = evidence;
  const { machine, account } = evidence.typedOn ?? evidence;
  const ended = exitCode === null ? (signal ?? 'did not end') : `exit ${exitCode}${signal ? ` (${signal})` : ''}`;
  const head = [
    `on       ${machine}`,
    `as       ${account}`,
    `command  ${command}`,
    `started  ${startedAt}`,
    `took     ${seconds.toFixed(3)} s`,
    `ended    ${ended}`,
  ];
  const block = (name: string, text: string) => (text === '' ? `${name}: empty` : `${name}:\n${text.endsWith('\n') ? text : `${text}\n`}`);
  return [
    ...head,
    ...(truncated ? ['note     the output was cut at its cap'] : []),
    '',
    block('stdout', stdout),
    block('stderr', stderr),
    '',
  ].join('\n');
}

/** A name for a file or folder that leads nowhere else, and that every file system takes. */
function safeName(text: string): string {
  return (
    text
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[-.]+|-+$/g, '')
      .slice(0, 120) || 'unnamed'
  );
}
