import { scrub } from '../outcome/secrets.ts';

/** Breaks at blanks; a word longer than the line stays whole, so that a command can be copied. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of printable(text).trim().split(/ +/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return line === '' ? lines : [...lines, line];
}

/** A text in lines, those after the first below its beginning. */
export function hang(text: string, indent: string, width: number, first = indent): string[] {
  const [head = '', ...rest] = wrap(text, Math.max(width - indent.length, 30));
  return head === '' ? [] : [first + head, ...rest.map((line) => indent + line)];
}

/**
 * A text in one line that steers no terminal: without control characters, those of C1 included, and without those that turn the direction of
 * writing. Whatever a machine, a file or a person named it.
 */
export function printable(text: string): string {
  return text.replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' ').replace(/[\p{Cc}\p{Bidi_Control}]/gu, '\ufffd');
}

const ESCAPE = '\u001b';
/** What we steer a terminal by ourselves. */
const OURS = new RegExp(`(${ESCAPE}\\[[\\d;]*m|\n)`);

/**
 * The one way to the terminal: no secret that was seen is shown there, and nothing steers it but our colours and ends of lines. What cannot
 * be written is lost, see `outliveTerminal`.
 */
export function print(text: string, to: NodeJS.WritableStream = process.stdout): void {
  const pieces = scrub(text).split(OURS);
  to.write(pieces.map((piece, at) => (at % 2 === 1 ? piece : printable(piece))).join(''));
}

/** Says what keeps a command from running. What follows the first line is set apart: no name in it passes for a line of ours. */
export function complain(message: string): void {
  print(`${message.trim().split('\n').map(printable).join('\n  ')}\n`, process.stderr);
}

/** What was cleaned already, as it is: for programs that read it. */
export function printData(text: string): void {
  process.stdout.write(text);
}

/** Columns of a terminal; of what is none, or does not know its width, as many as read well. */
export const widthOf = ({ columns }: { readonly columns?: number }): number => columns || 120;

const CLEARED = `\r${ESCAPE}[2K`;

/** Where the run is, in one line of the terminal that the next one replaces; without a line it is gone. Elsewhere nothing. */
export function showProgress(line = ''): void {
  if (process.stderr.isTTY) process.stderr.write(`${CLEARED}${printable(scrub(line)).slice(0, widthOf(process.stderr) - 1)}`);
}

/**
 * From now on output that cannot be written changes nothing: not where a disk is full, a reader has ended (`| head -1`), or the terminal
 * went away. A run goes on to its end, and cleans up. What of stdout is lost for another reason than its reader's is said once on stderr.
 * Once is enough.
 */
export function outliveTerminal(): void {
  if (!process.stdout.listeners('error').includes(sayLost)) process.stdout.on('error', sayLost);
  if (!process.stderr.listeners('error').includes(ignore)) process.stderr.on('error', ignore);
  if (!process.listeners('SIGHUP').includes(ignore)) process.on('SIGHUP', ignore);
}
const ignore = () => undefined;

let isSaid = false;
function sayLost({ code, message }: NodeJS.ErrnoException): void {
  if (isSaid || code === 'EPIPE' || code === 'EIO') return;
  isSaid = true;
  complain(`backup-compliance: the output could not be written, it is incomplete: ${message}`);
}
