/** What the documents say to type: blocks of shell commands, and commands in the text. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Commands that stand together: the lines of a block, or one in backticks. */
export interface Said {
  /** The document and the line in it. */
  readonly place: string;
  readonly inText: boolean;
  readonly lines: readonly string[];
}

const BLOCK = /^```(?<language>sh|bash|shell|console)\n(?<block>.*?)^```$/gms;
const IN_TEXT = /`(?<command>(?:npm|npx|node|backup-compliance|systemctl|ulimit|ssh-keygen) [^`]+)`/g;
/** Any other block: what looks like a command there is none. */
const OTHER_BLOCK = /^```.*?^```$/gms;

/** All of README.md and docs/ below a folder, in the order in which it is read. */
export function whatDocumentsSay(folder: string): Said[] {
  const docs = readdirSync(join(folder, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', ...docs.map((name) => `docs/${name}`)].flatMap((name) =>
    whatOneSays(name, readFileSync(join(folder, name), 'utf8')),
  );
}

function whatOneSays(name: string, text: string): Said[] {
  const placeOf = (index: number) => `${name}:${text.slice(0, index).split('\n').length}`;
  const blocks = [...text.matchAll(BLOCK)].map(({ index, groups }) => ({
    index,
    inText: false,
    lines: (groups?.block ?? '').trimEnd().split('\n'),
  }));
  // commands.md lists what the suite runs, not what a reader types.
  const prose = name === 'docs/commands.md' ? '' : text.replaceAll(OTHER_BLOCK, (block) => block.replaceAll(/[^\n]/g, ' '));
  const commands = [...prose.matchAll(IN_TEXT)].map(({ index, groups }) => ({ index, inText: true, lines: [groups?.command ?? ''] }));
  return [...blocks, ...commands]
    .sort((one, other) => one.index - other.index)
    .map(({ index, inText, lines }) => ({ place: placeOf(index), inText, lines }));
}
