import { randomUUID } from 'node:crypto';
import { constants, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Envelope } from '@cucumber/messages';
import { cleaned, redact } from '../outcome/secrets.ts';
import { FINDINGS } from '../verdict/findings.ts';

/** Where a text lies, in bytes. */
interface Place {
  readonly file: number;
  readonly at: number;
  readonly length: number;
}

/** A message. Findings, which can be of many subjects, lie beside it: within it each of their quotes would have a backslash. */
interface Kept {
  readonly line: () => string;
  readonly body?: () => string;
}

/**
 * Keeps what a run hears until its end: Cucumber's messages, and the texts of its evidence. They lie in a file that has no name any more, so that
 * memory does not grow with the hosts, and nothing is left of it when the run is killed. What cannot be written there stays in memory.
 */
export class Spool {
  #file: number | undefined;
  #end = 0;
  readonly #messages: Kept[] = [];

  /** Returns how to get the text back, or so many characters of its beginning. */
  keep(text: string): (limit?: number) => string {
    const place = this.#write(text);
    return place ? fromFile(place) : fromMemory(text);
  }

  #write(text: string): Place | undefined {
    const bytes = Buffer.from(text);
    try {
      this.#file ??= openUnnamed();
      const place = { file: this.#file, at: this.#end, length: bytes.length };
      if (writeSync(place.file, bytes, 0, place.length, place.at) < place.length) throw new Error('the disk is full');
      this.#end += place.length;
      return place;
    } catch {
      return undefined;
    }
  }

  /** Keeps a message, without secrets that show by their shape; `messages` has it as it is returned. */
  message(envelope: Envelope): Envelope {
    const kept = inTexts(envelope, redact);
    this.#messages.push(this.#kept(kept));
    return kept;
  }

  #kept(envelope: Envelope): Kept {
    const { attachment } = envelope;
    if (attachment?.mediaType !== FINDINGS) return { line: this.keep(JSON.stringify(envelope)) };
    return { line: this.keep(JSON.stringify({ attachment: { ...attachment, body: '' } })), body: this.keep(attachment.body) };
  }

  /** All messages, in the order in which they came. */
  *messages(): Generator<Envelope> {
    for (const kept of this.#messages) yield envelopeOf(kept);
  }

  /** Cleans all messages once more, when more is known of what is secret. */
  clean(clean: (text: string) => string): void {
    for (const [at, kept] of this.#messages.entries()) {
      const message = envelopeOf(kept);
      const cleaner = inTexts(message, clean);
      if (cleaner !== message) this.#messages[at] = this.#kept(cleaner);
    }
  }

  /** The same, a line of JSON each. */
  *lines(): Generator<string> {
    for (const message of this.messages()) yield JSON.stringify(message);
  }
}

function envelopeOf({ line, body }: Kept): Envelope {
  const message = JSON.parse(line()) as Envelope;
  return body && message.attachment ? { attachment: { ...message.attachment, body: body() } } : message;
}

// Two functions: a closure keeps alive all that any closure made beside it knows, here the text.
const fromMemory = (text: string) => (limit?: number) => text.slice(0, limit);
// No character takes more than four bytes.
const fromFile =
  ({ file, at, length }: Place) =>
  (limit = length) =>
    read(file, at, Math.min(length, 4 * limit)).slice(0, limit);

/** A message whose texts are cleaned, those within findings as well, which stand there as JSON; the same where they are clean. */
export function inTexts(envelope: Envelope, clean: (text: string) => string): Envelope {
  const { attachment } = envelope;
  if (attachment?.mediaType !== FINDINGS) return cleaned(envelope, clean);
  const findings: unknown = JSON.parse(attachment.body);
  const kept = cleaned(findings, clean);
  return kept === findings ? envelope : { attachment: { ...attachment, body: JSON.stringify(kept) } };
}

function openUnnamed(): number {
  const path = join(tmpdir(), `backup-compliance-${randomUUID()}`);
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  unlinkSync(path);
  return file;
}

function read(file: number, at: number, length: number): string {
  const bytes = Buffer.allocUnsafe(length);
  if (readSync(file, bytes, 0, length, at) < length) throw new Error('the temporary file of this run was cut short');
  return bytes.toString();
}
