/** The first line that says something. */
export const firstLine = (text: string): string => text.trim().replace(/\n.*/s, '');

/** The same to stand within a sentence; control characters are spelt out. */
export function inQuotes(text: string): string {
  if (text.trim() === '') return 'blank lines';
  const line = firstLine(text).replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
  return `“${toWord(line, 80)}”`;
}

/** Characters of a message that a sentence takes in. */
const MOST = 400;
/** How programs say that something went wrong. */
const WRONG =
  /error|fail|cannot|could not|unable|no such|not (?:found|permitted|responding|known|connected|configured|supported|allowed|a directory)|denied|refused|timed? ?out|no (?:space|route|medium|matching)|too (?:large|many|long)|exceeded|broken|mismatch|invalid|unknown|missing|read-only|quota|reset by|closed|killed|abort|segmentation|unreachable|unavailable|stale|busy|corrupt|exists/gi;

/** Whether a line says that something went wrong. */
export const tellsOfFault = (line: string): boolean => line.search(WRONG) >= 0;

/**
 * A message in one line. Of a long one the part that says what went wrong, which stands at its end more often than not: nothing is cut out of
 * its middle, and no word is cut in two.
 */
export function shortened(message: string, most = MOST): string {
  const line = message.replace(/\s+/g, ' ').trim();
  if (line.length <= most) return line;
  const last = [...line.matchAll(WRONG)].at(-1)?.index ?? line.length;
  const end = Math.min(line.length, last + most / 2);
  const kept = toWord(line.slice(0, end + 1), end);
  return kept.length <= most ? kept : `… ${kept.slice(-most).replace(/^\S*\s(?=\S)/, '')}`;
}

/** A text's beginning, up to the end of a word; one that has none in so many characters is cut. */
function toWord(line: string, most: number): string {
  if (line.length <= most) return line;
  const whole = /^.*\S(?=\s)/su.exec(line.slice(0, most + 1))?.[0] ?? line.slice(0, most);
  return `${whole}…`;
}

/**
 * A text without the long base64 in it: a step of OpenNebula's that fails writes the whole VM down, secrets and all, in one
 * piece or wrapped into lines of the log.
 */
export function withoutBase64(log: string): string {
  return log.replace(/[A-Za-z0-9+/]{40,}(?:(?:\\n|\n.{0,90}: )[A-Za-z0-9+/]+={0,2}(?=["'\\\n]|$))*={0,2}/g, (run) => {
    const { length } = run.replace(/\\n|\n.*: /g, '');
    return length < 200 ? run : `[… ${length} characters of base64]`;
  });
}
