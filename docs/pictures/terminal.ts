/** A terminal as a picture: text in SVG, which a person can read in any size and select. */

/** Alike lines that follow each other, such as what was cleaned up: so many are shown, and the number of the others. */
const SHOWN = 3;
const [CHARACTER, LINE, MARGIN] = [8.4, 19, 16];

/** What was typed and what was printed. */
export function terminal(command: string, printed: string): string {
  const lines = [`$ ${command}`, ...folded(printed.trimEnd().split('\n'))];
  const width = Math.max(...lines.map((line) => line.length)) * CHARACTER + 2 * MARGIN;
  const height = lines.length * LINE + 2 * MARGIN;
  const text = lines.map(
    (line, at) => `<text x="${MARGIN}" y="${MARGIN + LINE * (at + 0.75)}" class="${looks(line)}">${escaped(line)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${Math.ceil(width)} ${height}" role="img" aria-label="${escaped(command)}">
<style>text { font: 14px ui-monospace, Menlo, Consolas, monospace; white-space: pre; fill: #d0d7de } .typed { fill: #fff; font-weight: bold } .good { fill: #3fb950; font-weight: bold }</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${text.join('\n')}
</svg>
`;
}

function folded(lines: readonly string[]): string[] {
  const beginning = (line = '') => /^\w+ up:|^\w+:/.exec(line)?.[0];
  return lines.flatMap((line, at) => {
    const begin = beginning(line);
    let first = at;
    while (begin !== undefined && beginning(lines[first - 1]) === begin) first -= 1;
    if (at - first < SHOWN) return [line];
    return beginning(lines[at + 1]) === begin ? [] : [`… and ${at - first - SHOWN + 1} more`];
  });
}

const looks = (line: string): string => (line.startsWith('$ ') ? 'typed' : line.startsWith('COMPLIANT') ? 'good' : 'said');

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
