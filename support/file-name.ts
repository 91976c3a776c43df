import { createHash } from 'node:crypto';

/** A name of people's own as a part of a file name: readable, and no two share it. */
export function fileNameOf(name: string): string {
  const readable = name.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 40);
  return `${readable}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}
