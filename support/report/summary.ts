import { firstFew } from '../outcome/judgement.ts';
import { OUTCOMES } from '../outcome/outcome.ts';
import { cleaned } from '../outcome/secrets.ts';
import type { VerdictFile } from '../verdict/schema.ts';
import { overview, type ToDo, type Told } from './findings.ts';
import { asideOf, headlineOf, waiversIn } from './headline.ts';
import { printable } from './terminal.ts';
import { count, inWords } from './words.ts';

/** Lines of the whole: what a mail, a ticket or a CI job shows without scrolling. */
const MOST = 60;
/** Characters of a text. */
const LONG = 400;
/** Groups of one requirement. */
const TOLD = 3;

/** summary.md: verdict, counts, findings with fix and recheck, waivers. What there is no room for is a number. */
export function toSummary(told: VerdictFile): string {
  const file = cleaned(told, printable);
  const { cloud, profile, run, finishedAt, validUntil, exitCode, requirements, runFaults = [], waiverNotes = [] } = file;
  const { toDo, barred, cut } = overview(file);
  const aside = asideOf(file);
  const when = (time: string) => `${time.slice(0, 16).replace('T', ' ')} UTC`;
  const head = [
    `# ${text(headlineOf(file))}`,
    '',
    `${profile} of ${text(cloud.name)}, front-end ${text(cloud.frontend)}, OpenNebula ${text(cloud.openNebula ?? 'unknown')}. ` +
      `Ended ${when(finishedAt)}${validUntil === undefined ? '' : `, valid until ${when(validUntil)}`}. Run ${run}, exit code ${exitCode}.`,
    ...(aside === undefined ? [] : ['', `${aside.replace(/^./, (first) => first.toUpperCase())}.`]),
    '',
    `| ${OUTCOMES.map(inWords).join(' | ')} |`,
    `|${'---|'.repeat(OUTCOMES.length)}`,
    `| ${OUTCOMES.map((outcome) => requirements.filter((each) => each.outcome === outcome).length).join(' | ')} |`,
  ];
  const notChecked = [
    ...barred.map(({ cause, blocked }) => `- ${count(blocked.length, 'requirement')} because of ${text(cause)}`),
    ...(cut.length > 0 ? [`- ${count(cut.length, 'requirement')}, since the run was interrupted`] : []),
  ];
  const waivers = waiversIn(requirements).map(({ requirement: { id, title }, waiver: { owner, expires }, subjects }) => {
    const on = subjects.length === 0 ? '' : ` on ${firstFew(subjects, ', ')}`;
    return `- ${text(`${id}${on} until ${expires}, owner ${owner}: ${title}`)}`;
  });
  const rest = [
    ...section(
      'The run itself',
      runFaults.map((fault) => `- ${text(fault)}`),
    ),
    ...section('Not checked', notChecked),
    ...section('Waivers in force', few(waivers)),
    ...section('Unused waivers', few(waiverNotes.map((note) => `- ${text(note)}`))),
  ];
  const room = MOST - head.length - rest.length - 4;
  return `${[...head, ...findings(toDo, file, room), ...rest].join('\n')}\n`;
}

const section = (title: string, lines: readonly string[]): string[] => (lines.length === 0 ? [] : ['', `## ${title}`, '', ...few(lines)]);

/** Sections beside the findings have so many lines. */
const FEW = 4;
const few = (lines: readonly string[]): readonly string[] =>
  lines.length > FEW ? [...lines.slice(0, FEW - 1), `- … and ${lines.length - FEW + 1} more`] : lines;

/** As many findings as there is room for. */
function findings(toDo: readonly ToDo[], file: VerdictFile, room: number): string[] {
  if (toDo.length === 0) return [];
  const lines = ['', '## Findings'];
  for (const [at, each] of toDo.entries()) {
    const own = finding(each, file);
    if (lines.length + own.length > room) return [...lines, '', `… and ${count(toDo.length - at, 'finding')} more: see index.html.`];
    lines.push(...own);
  }
  return lines;
}

function finding({ requirement, findings: groups, because, barred }: ToDo, { below = [] }: VerdictFile): string[] {
  const { id, title, outcome, severity } = requirement;
  const aside = below.includes(id) ? ', does not count' : '';
  const isOne = groups.length === 1;
  return [
    '',
    `### ${text(id)} ${inWords(outcome)} (${severity}${aside}): ${text(title)}`,
    '',
    ...(because === undefined ? [] : [`- Because of ${text(because)}`]),
    ...groups.slice(0, TOLD).flatMap((group) => parts(group, isOne)),
    ...(groups.length > TOLD ? [`- … and ${groups.length - TOLD} more`] : []),
    ...(isOne || !requirement.recheck ? [] : [`- Recheck: ${code(requirement.recheck)}`]),
    ...(barred.length > 0 ? [`- Not checked because of it: ${count(barred.length, 'requirement')}`] : []),
  ];
}

function parts({ where, found, expected, fix, recheck }: Told, isOne: boolean): string[] {
  const seen = `${where && `${where}. `}${found}`;
  if (!isOne) return [`- Found: ${text([seen, expected && `Expected: ${expected}`, fix && `Fix: ${fix}`].filter(Boolean).join(' '))}`];
  return [
    `- Found: ${text(seen)}`,
    ...(expected === undefined ? [] : [`- Expected: ${text(expected)}`]),
    ...(fix === undefined ? [] : [`- Fix: ${text(fix)}`]),
    ...(recheck === undefined ? [] : [`- Recheck: ${code(recheck)}`]),
  ];
}

/** A text in one line that Markdown shows as it is, whatever a machine printed. */
function text(said: string): string {
  const short = said.length > LONG ? `${said.slice(0, LONG)}…` : said;
  return short.replace(/[\\`*_[\]<>|~#&!]/g, String.raw`\$&`);
}

function code(command: string): string {
  const fence = '`'.repeat(Math.max(0, ...(command.match(/`+/g) ?? []).map((run) => run.length)) + 1);
  return `${fence}${fence.length > 1 ? ` ${command} ` : command}${fence}`;
}
