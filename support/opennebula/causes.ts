import { shortened, tellsOfFault, withoutBase64 } from '../machines/words.ts';

/** What somebody said, line by line. */
interface Told {
  /** The step that failed, as OpenNebula calls it. */
  readonly step: string;
  readonly lines: readonly string[];
}

/** What one of a driver's programs said. Before 7.0 it may stand behind the script's last line. */
const STREAM = /(?:\[E\]: |ERROR: )(\w+): {3}\[STD(?:OUT|ERR)\] "(.*)$/gm;
/** What the driver says of both streams together: its first line; the others follow it. */
const PLAIN = /\[I\]: Error (making|preparing|copying) [^:\n]*: *(.*)$/m;
const STEPS: Readonly<Record<string, string>> = { making: 'make_dst_path', preparing: 'prebackup', copying: 'backup' };
/** OpenNebula's last word on an action: all of the above in one line, without the ends of lines. */
const LAST = /\[E\]: ([A-Z_]{4,}): (.*)$/m;

/**
 * Why an action failed, off the VM's log of that time: the step, and what the programs that it ran said of it on whichever stream.
 * Undefined where the log does not tell. Source: OpenNebula 6.10.5 and 7.4.0, src/vmm_mad; test/recordings.
 */
export function causeOf(log: string): string | undefined {
  const last = LAST.exec(log);
  // The first failure counts, of a log of several.
  const story = last ? log.slice(0, last.index) : log;
  const plain = plainOf(story);
  const streams = streamsOf(story);
  const step = plain?.step === 'make_dst_path' ? plain.step : (streams?.step ?? plain?.step ?? '');
  const lines = [...(streams?.lines ?? []), ...(plain?.lines ?? [])];
  const words = [...new Set(withoutTrace(lines))];
  const telling = words.filter((line) => !CONSEQUENCE.test(line));
  const faults = telling.filter(tellsOfFault);
  const cause = [faults, telling, words].find(({ length }) => length > 0);
  if (cause) return `${step}: ${joined(cause)}`;
  const ran = lines.findLast((line) => line.startsWith('+ '));
  if (ran !== undefined) return `${step}: ended without a word in: ${ran.slice(2).split(' ')[0]}`;
  if (!last) return undefined;
  const [, failed] = /Failed to execute .* operation: (\w+)\.$/m.exec(story) ?? [];
  return `${failed === undefined ? '' : `${failed}: `}${causeIn(last[2] ?? '')}`;
}

/** Whether a cause may be read off a line of a log. */
export function tellsOfCause(line: string): boolean {
  const [, said] = /\[I\]: (\S+ .*)$/.exec(line) ?? [];
  return line.search(STREAM) >= 0 || LAST.test(line) || (said !== undefined && !/^\++ /.test(said) && tellsOfFault(said));
}

function streamsOf(log: string): Told | undefined {
  const all = [...log.matchAll(STREAM)];
  const [, step] = all[0] ?? [];
  if (step === undefined) return undefined;
  const own = all.filter(([, of]) => of === step).slice(0, 2);
  return { step, lines: own.flatMap(([, , text = '']) => linesOf(text.replace(/"$/, '').replaceAll('\\n', '\n'))) };
}

/** What stands behind an error's first line is a part of it until OpenNebula goes on to something else. */
function plainOf(log: string): Told | undefined {
  const found = PLAIN.exec(log);
  if (!found) return undefined;
  const [whole, doing = '', first = ''] = found;
  const rest = log.slice(found.index + whole.length + 1).split('\n');
  const end = rest.findIndex((line) => !/\[I\]: /.test(line) || /\[I\]: (?:ExitCode: |(?:Successfully|Failed to) execute )/.test(line));
  const following = (end < 0 ? rest : rest.slice(0, end)).map((line) => line.replace(/^.*?\[I\]: /, ''));
  return { step: STEPS[doing] ?? doing, lines: linesOf([first, ...following].join('\n')) };
}

const linesOf = (text: string): string[] => text.split('\n').map((line) => line.trim());

/** What comes of a failure, or is said beside it: never why. */
const CONSEQUENCE =
  /^rsync error:(?!.*remote command not found)|connection unexpectedly closed|\] write error: Broken pipe|^\(see the rsync manpage|^Formatting '/;

/**
 * What was said beside the trace of bash -x, which tells what it ran behind a plus, over several lines where a quote holds them; without
 * ssh's warning of a key that it has taken, and the shell's of a locale.
 */
function withoutTrace(lines: readonly string[]): string[] {
  const said: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (/^\++ /.test(line)) {
      // One that is never closed was cut off: what follows is not a part of it.
      let end = at;
      if (hasOpenQuote(line))
        do end += 1;
        while (end < lines.length && !hasOpenQuote(lines[end] ?? ''));
      if (end < lines.length) at = end;
    } else if (line !== '' && !/^Warning: |^(\S+: )+warning: /.test(line)) said.push(line);
  }
  return said;
}

const hasOpenQuote = (line: string): boolean => (line.replaceAll("\\'", '').match(/'/g) ?? []).length % 2 === 1;

/** Several lines as one; a line that ends with a colon is explained by the next. */
function joined(lines: readonly string[]): string {
  return shortened(withoutBase64(lines.map((line, at) => (at < lines.length - 1 && !line.endsWith(':') ? `${line};` : line)).join(' ')));
}

/**
 * What went wrong by a message of OpenNebula's in one line, which holds the whole script that failed, and has lost the ends of its lines: an
 * image's ERROR, an answer to a request, the last word on a backup.
 */
export function causeIn(message: string): string {
  const text = withoutBase64(message);
  const raised = [...text.matchAll(/:\d+:in [`'][^']*': (.+?) \([A-Z]\w*(?:Error|Exception)\)/gs)].at(-1)?.[1];
  if (raised !== undefined) return shortened(raised);
  const [, said = text] = /^.*Error (?:making|preparing|copying) [\w ]+: +(?! *export )(.*)$/s.exec(text) ?? [];
  // What went to stdout comes first, then the trace, with the errors between and behind.
  const pieces = said === text ? [said] : said.split(/\++ (?=\S)/);
  const [output = ''] = pieces;
  return shortened(tellsOfFault(output) ? output : (pieces.findLast(tellsOfFault) ?? said));
}
