/** Many objects asked for by one process, by XML-RPC: the command line takes 0.3 to 0.9 s for each, OpenNebula itself 4 ms. */
import { MiB, type Shell } from '../machines/shell.ts';
import type { Evidence, Looked, Read } from '../outcome/evidence.ts';
import { type Look, look, readAnswer } from './ask.ts';
import { keptOf } from './kept.ts';
import { parseUser, type User } from './quota.ts';

/**
 * Sends each request, and prints the answers, each with the mark behind it. Endpoint and session are
 * found as the command line finds them, without blanks at their ends. The session is read and used in this shell alone: it goes to curl by a pipe, and into no argv. The first
 * request that does not come through ends it. Arguments: the mark, seconds for one request, requests.
 */
const ASK = `
auth=\${ONE_AUTH:-}
[ -f "$auth" ] || auth=$HOME/.one/one_auth
[ -f "$auth" ] || auth=/var/lib/one/.one/one_auth
session=; IFS= read -r session < "$auth"
[ -n "$session" ] || { echo 'ONE_AUTH file not present' >&2; exit 1; }
url=\${ONE_XMLRPC:-}
for place in "$HOME/.one/one_endpoint" /var/lib/one/.one/one_endpoint; do
  [ -n "$url" ] || [ ! -f "$place" ] || IFS= read -r url < "$place"
done
[ -n "$url" ] || url=http://localhost:2633/RPC2
session=\${session%"\${session##*[![:space:]]}"} url=\${url%"\${url##*[![:space:]]}"}
amp='&amp;' lt='&lt;'
session=\${session//&/"$amp"} session=\${session//</"$lt"} session=\${session//\\\\/\\\\\\\\} session=\${session//\\"/\\\\\\"}
mark=$1 seconds=$2 next=; shift 2
set -o pipefail
for request; do
  printf '%surl = "%s"\\nmax-time = %s\\nsilent\\nshow-error\\nfail\\nheader = "Content-Type: text/xml"\\nwrite-out = "%s"\\n' "$next" "$url" "$seconds" "$mark"
  printf 'data-binary = "<methodCall><methodName>one.%s</methodName><params><param><value><string>%s</string></value></param>' "\${request%% *}" "$session"
  for number in \${request#* }; do printf '<param><value><int>%s</int></value></param>' "$number"; done
  printf '</params></methodCall>"\\n'
  next='next
'
done | curl -q --fail-early -K -
`;

/** What may be asked so, and nothing that changes anything. Numbers are ids, or what of a pool is wanted. */
export type Request = readonly [
  method: 'vm.info' | 'backupjob.info' | 'user.info' | 'imagepool.info' | 'vmpool.infoextended',
  ...numbers: number[],
];

const MARK = '\u001d';

/** An argv that sends requests; `deadline` in seconds, of each. */
export const asking = (requests: readonly Request[], deadline: number): readonly [string, ...string[]] => [
  ...(['bash', '-c', ASK, 'bash', MARK, String(deadline)] as const),
  ...requests.map((request) => request.join(' ')),
];

/** How an answer begins, and ends: between them is a text of many megabytes. */
const BEGIN =
  /^\s*(?:<\?xml[^>]*>\s*)?<methodResponse>\s*<params>\s*<param>\s*<value>\s*<array>\s*<data>\s*<value>\s*<boolean>([01])<\/boolean>\s*<\/value>\s*<value>\s*<string>/;
const END =
  /^<\/string>\s*<\/value>\s*(?:<value>\s*<i[48]>-?\d+<\/i[48]>\s*<\/value>\s*)*<\/data>\s*<\/array>\s*<\/value>\s*<\/param>\s*<\/params>\s*<\/methodResponse>\s*$/;

/** What OpenNebula answered to one request: a document, or in its own words why there is none. @throws Error when it is no answer. */
export function readResponse(xml: string): { readonly document: string } | { readonly refused: string } {
  const [begin = '', isGood] = BEGIN.exec(xml) ?? [];
  const end = xml.lastIndexOf('</string>');
  if (begin === '' || end < begin.length || !END.test(xml.slice(end))) throw new Error('found no answer in it');
  const said = unescaped(xml.slice(begin.length, end));
  return isGood === '1' ? { document: said } : { refused: said };
}

/** Each kind by itself: one expression for all takes ten times as long. */
const unescaped = (text: string): string =>
  (text.includes('&#') ? withoutReferences(text) : text)
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');

const withoutReferences = (text: string): string =>
  text
    .replace(/&#(\d{1,7});/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&#x([0-9A-Fa-f]{1,6});/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)));

/** One answer of several, as the command line would have given it. */
function unwrapped(many: Evidence, command: string, xml: string): Evidence {
  const own = { ...many, command, exitCode: 0, stderr: '' };
  try {
    const read = readResponse(xml);
    return 'document' in read ? { ...own, stdout: read.document } : { ...own, exitCode: 255, stdout: '', stderr: read.refused };
  } catch {
    return { ...own, exitCode: 255, stdout: '', stderr: 'an answer that is no XML-RPC' };
  }
}

/** What one process was answered to many requests. */
interface Many {
  /** Each as the command line would have given it; undefined where it did not come. */
  readonly answers: readonly (Evidence | undefined)[];
  /** No more of each than is judged, a third of a document; any other text is whole, and tells itself what it is. */
  readonly judged: readonly (Evidence | undefined)[];
  /** All of them in one, no more of each than is judged. */
  readonly evidence: Evidence;
  /** Why the rest did not come. */
  readonly stopped: string;
}

/** Reads them off its output; `commands` are those of the command line. */
export function answersOf(many: Evidence, commands: readonly string[]): Many {
  const chunks = many.stdout.split(MARK).slice(0, -1);
  // Of a request that did not come through curl says so itself.
  const answers = commands.map((command, at) => (chunks[at]?.trim() ? unwrapped(many, command, chunks[at]) : undefined));
  const shown = answers.map((answer) => answer && keptOf(answer));
  const judged = answers.map((answer, at) => (shown[at]?.stdout.includes('<ID>') ? shown[at] : answer));
  const evidence = { ...many, stdout: shown.flatMap((answer) => answer?.stdout ?? []).join('\n') };
  return { answers, judged, evidence, stopped: many.stderr.split('\n')[0] ?? '' };
}

/** Objects of a kind: the request for one, how the command line shows it, and what it is called there. */
export interface Kind {
  readonly method: 'vm.info' | 'backupjob.info';
  readonly argv: readonly [string, ...string[]];
  readonly called: string;
}

/** More than so many are asked for by one process. */
export const MANY = 30;
/** So many at a time: what a process prints is in memory as a whole. */
const AT_ONCE = 250;
/** Seconds that each of them may take. */
const EACH = 0.05;

/** Many objects, in the order of their ids, with one piece of evidence for all. What did not come in time, or behind one that did not come, has a fault. */
export async function lookAtMany<T>(
  shell: Shell,
  { method, argv, called }: Kind,
  ids: readonly string[],
  parse: (xml: string, id: string) => T,
  deadline: number,
): Promise<readonly Looked<T>[]> {
  const command = argv.join(' ');
  const typed = `for ${called} in ${ids.join(' ')}; do ${command} $${called}; done`;
  const read: Read<T>[] = [];
  const told: Evidence[] = [];
  let fault: string | undefined;
  for (let first = 0; first < ids.length && fault === undefined; first += AT_ONCE) {
    const batch = ids.slice(first, first + AT_ONCE);
    const argv = asking(
      batch.map((id) => [method, Number(id)]),
      deadline,
    );
    const { failure, ...answer } = await shell.run({ argv, deadline: Math.ceil(deadline + batch.length * EACH), cap: 64 * MiB, typed });
    const { judged, evidence, stopped } = answersOf(
      answer,
      batch.map((id) => `${command} ${id}`),
    );
    told.push(evidence);
    for (const [at, each] of judged.entries()) {
      // What comes behind one that does not would take its place.
      if (fault !== undefined) break;
      if (each) read.push(readAnswer(each, (xml) => parse(xml, batch[at] as string)));
      else fault = failure?.message ?? (stopped || `${command}: no answer (exit ${answer.exitCode})`);
    }
  }
  const evidence = [asOne(told)];
  return ids.map((_, at) => ({ ...(read[at] ?? { fault: fault ?? '' }), evidence }));
}

/** Several answers as the one that the command line would give. */
export const asOne = (answers: readonly Evidence[]): Evidence => ({
  ...(answers.at(-1) as Evidence),
  stdout: answers.map(({ stdout }) => stdout).join('\n'),
  startedAt: (answers[0] as Evidence).startedAt,
  seconds: answers.reduce((sum, { seconds }) => sum + seconds, 0),
});

/**
 * Looks at a VM, for who does so again and again: the command line would take half a second of the processor each time. It is
 * asked where that way is closed.
 */
export const peek = <T>(shell: Shell, vm: string, parse: (xml: string) => T, deadline: number): Promise<Look<T>> =>
  quickly(shell, ['vm.info', Number(vm)], ['onevm', 'show', '-x', vm], parse, deadline);

/** The user as whom OpenNebula is asked, which is number -1 for it. Source: OpenNebula 7.4.0, src/oca/ruby/opennebula/user.rb, SELF. */
export const whoAsks = (shell: Shell, deadline: number): Promise<Look<User>> =>
  quickly(shell, ['user.info', -1], ['oneuser', 'show', '-x'], parseUser, deadline);

async function quickly<T>(
  shell: Shell,
  request: Request,
  argv: readonly [string, ...string[]],
  parse: (xml: string) => T,
  deadline: number,
): Promise<Look<T>> {
  const command = argv.join(' ');
  const { failure, ...answer } = await shell.run({ argv: asking([request], deadline), deadline, typed: command });
  const { answers, evidence } = answersOf(answer, [command]);
  return answers[0] && !failure ? { ...readAnswer(answers[0], parse), evidence: [evidence] } : look(shell, argv, parse, deadline);
}
