/** The first line that says something. */
export const firstLine = (text: string): string => text.trim().replace(/\n.*/s, '');

/** The same to stand within a sentence; control characters are spelt out. */
export function inQuotes(text: string): string {
  if (text.trim() === '') return 'blank lines';
  const line = firstLine(text).replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
  return `“${line.length > 80 ? `${line.slice(0, 80)}…` : line}”`;
}

/** A message in one line, without the script it may quote: how it begins, and what went wrong in the end. */
export function shortened(message: string): string {
  const line = message.replace(/\s+/g, ' ').trim();
  return line.length <= 300 ? line : `${line.slice(0, 120)} … ${line.slice(-160)}`;
}
