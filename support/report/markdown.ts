/** Lines of a summary: what a mail, a ticket or a CI job shows without scrolling. */
export const MOST = 60;
/** Characters of a text. */
const LONG = 400;

/** A text in one line that Markdown shows as it is, whatever a machine printed. */
export function inMarkdown(said: string): string {
  const short = said.length > LONG ? `${said.slice(0, LONG)}…` : said;
  return short.replace(/[\\`*_[\]<>|~#&!]/g, String.raw`\$&`);
}

/** No more than so many lines, the last of which says how many there would be more. */
export const limited = (lines: readonly string[], most: number, more: (left: number) => string): readonly string[] =>
  lines.length > most ? [...lines.slice(0, most - 1), more(lines.length - most + 1)] : lines;

/** Markdown of documents as plain text: paragraphs in one line each, without marks. */
export const plainText = (markdown: string): string =>
  markdown
    .replace(/\*\*|`/g, '')
    .replace(/(?<![\w*])\*([A-Za-z][^*\n]*)\*/g, '$1')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
