import type { Evidence } from '../outcome/evidence.ts';
import { redact } from '../outcome/secrets.ts';
import type { Exhibit } from '../verdict/findings.ts';
import type { Spool } from './spool.ts';

interface Kept {
  /** Relative to the run's folder. */
  readonly file: string;
  readonly command: string;
  readonly text: (limit?: number) => string;
  /** How many characters that has. */
  readonly length: number;
  /** Of an answer that is a picture: its own file, and what is in it, base64. */
  readonly picture?: { readonly file: string; readonly content: () => string };
}

/** The evidence of a run: one file for each answer, however many requirements rest on it. They are written with all else, at the end. */
export class EvidenceStore {
  readonly #spool: Spool;
  readonly #files: Kept[] = [];
  /** Whoever asks for it has the answer; here is only what became of it. */
  readonly #kept = new WeakMap<Evidence, Kept>();

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  /** Names the file of an answer, and shows of it as many whole lines as fit into `limit` characters. */
  exhibit(evidence: Evidence, limit: number): Exhibit {
    const { file, command, text, length, picture } = this.#keep(evidence);
    const { machine, account } = evidence.typedOn ?? evidence;
    const start = Date.parse(evidence.startedAt);
    return {
      file,
      command,
      ...(picture && { picture: picture.file }),
      inline: `file     ${file}\n${shownOf(text(limit), length)}`,
      ...{ on: machine, as: account, ended: endOf(evidence) },
      start,
      stop: start + Math.round(evidence.seconds * 1000),
    };
  }

  /** Every file, its name relative to the run's folder; and every picture among them. */
  files(): Iterable<Pick<Kept, 'file' | 'text' | 'picture'>> {
    return this.#files;
  }

  #keep(evidence: Evidence): Kept {
    const before = this.#kept.get(evidence);
    if (before) return before;
    const command = redact(evidence.command);
    const number = String(this.#files.length + 1).padStart(3, '0');
    const file = `evidence/${safeName(evidence.machine)}/${number}-${shortened(safeName(command))}.txt`;
    const { picture } = evidence;
    const text = redact(asText({ ...evidence, command }));
    const kept = {
      ...{ file, command, text: this.#spool.keep(text), length: text.length },
      ...(picture !== undefined && { picture: { file: file.replace(/(\.png)?\.txt$/, '.png'), content: this.#spool.keep(picture) } }),
    };
    this.#kept.set(evidence, kept);
    this.#files.push(kept);
    return kept;
  }
}

/** Whole lines of how a text begins: of a secret that is cut in two, neither half would be known again when all secrets are. */
function shownOf(begin: string, length: number): string {
  if (begin.length === length) return begin;
  const shown = begin.slice(0, begin.lastIndexOf('\n') + 1);
  return `${shown}[… ${length - shown.length} more characters]\n`;
}

const endOf = ({ exitCode, signal }: Evidence): string =>
  exitCode === null ? (signal ?? 'did not end') : `exit ${exitCode}${signal ? ` (${signal})` : ''}`;

/** One answer, written so that a person can ask again and compare. */
export function asText(evidence: Evidence): string {
  const { command, stdout, stderr, startedAt, seconds, truncated } = evidence;
  const { machine, account } = evidence.typedOn ?? evidence;
  const block = (name: string, text: string) => (text === '' ? `${name}: empty` : `${name}:\n${text.endsWith('\n') ? text : `${text}\n`}`);
  return [
    `on       ${machine}`,
    `as       ${account}`,
    `command  ${command}`,
    `started  ${startedAt}`,
    `took     ${seconds.toFixed(3)} s`,
    `ended    ${endOf(evidence)}`,
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

/** The words of a name that fit into 40 characters; the first of them cut, where it alone does not. */
const shortened = (name: string): string => /^.{0,39}[^-](?=-|$)/.exec(name)?.[0] ?? name.slice(0, 40);
