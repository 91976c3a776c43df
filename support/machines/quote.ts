const plain = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** Whether a shell reads a word as it is, quoted or not. */
export const isPlain = (word: string): boolean => plain.test(word);

/** One word, written so that a POSIX shell reads exactly `word`. Source: POSIX.1-2017, 2.2.2 Single-Quotes. */
export function quoteWord(word: string): string {
  if (word.includes('\0')) throw new Error('a command cannot carry a NUL byte');
  return plain.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** An argv, written as one line for a POSIX shell. The only place where commands become strings. */
export function quote(argv: readonly string[]): string {
  return argv.map(quoteWord).join(' ');
}
