import { count } from '../outcome/figures.ts';
import { firstFew } from '../outcome/judgement.ts';
import { OUTCOMES } from '../outcome/outcome.ts';
import { isoInUtc } from '../outcome/period.ts';
import { cleaned } from '../outcome/secrets.ts';
import type { VerdictFile } from '../verdict/schema.ts';
import { overview, type ToDo, type Told } from './findings.ts';
import { asideOf, headlineOf, waiversIn } from './headline.ts';
import { inMarkdown, limited, MOST } from './markdown.ts';
import { scopeLines } from './scope.ts';
import { printable } from './terminal.ts';
import { inWords } from './words.ts';

/** Groups of one requirement. */
const TOLD = 3;

/** summary.md: verdict, counts, findings with fix and recheck, waivers. What there is no room for is a number. */
export function toSummary(told: VerdictFile): string {
  const file = cleaned(told, printable);
  const { cloud, profile, run, finishedAt, validUntil, exitCode, requirements, runFaults = [], waiverNotes = [] } = file;
  const { toDo, barred, cut } = overview(file);
  const aside = asideOf(file);
  const head = [
    `# ${inMarkdown(headlineOf(file))}`,
    '',
    `${profile} of ${inMarkdown(cloud.name)}, front-end ${inMarkdown(cloud.frontend)}, OpenNebula ${inMarkdown(cloud.openNebula ?? 'unknown')}. ` +
      `Ended ${isoInUtc(finishedAt)}${validUntil === undefined ? '' : `, valid until ${isoInUtc(validUntil)}`}. Run ${run}, exit code ${exitCode}.`,
    ...(aside === undefined ? [] : ['', `${aside.replace(/^./, (first) => first.toUpperCase())}.`]),
    '',
    `| ${OUTCOMES.map(inWords).join(' | ')} |`,
    `|${'---|'.repeat(OUTCOMES.length)}`,
    `| ${OUTCOMES.map((outcome) => requirements.filter((each) => each.outcome === outcome).length).join(' | ')} |`,
  ];
  const notChecked = [
    ...barred.map(({ cause, blocked }) => `- ${count(blocked.length, 'requirement')} because of ${inMarkdown(cause)}`),
    ...(cut.length > 0 ? [`- ${count(cut.length, 'requirement')}, since the run was interrupted`] : []),
  ];
  const waivers = waiversIn(requirements).map(({ requirement: { id, title }, waiver: { owner, expires }, subjects }) => {
    const on = subjects.length === 0 ? '' : ` on ${firstFew(subjects, ', ')}`;
    return `- ${inMarkdown(`${id}${on} until ${expires}, owner ${owner}: ${title}`)}`;
  });
  const rest = [
    ...section(
      'Production',
      (file.scope ? scopeLines(file.scope) : []).map((line) => `- ${inMarkdown(line.replace(/^Production: /, ''))}`),
    ),
    ...section(
      'The run itself',
      runFaults.map((fault) => `- ${inMarkdown(fault)}`),
    ),
    ...section('Not checked', notChecked),
    ...section('Waivers in force', few(waivers)),
    ...section('Unused waivers', few(waiverNotes.map((note) => `- ${inMarkdown(note)}`))),
  ];
  const room = MOST - head.length - rest.length - 4;
  return `${[...head, ...findings(toDo, file, room), ...rest].join('\n')}\n`;
}

const section = (title: string, lines: readonly string[]): string[] => (lines.length === 0 ? [] : ['', `## ${title}`, '', ...few(lines)]);

/** Sections beside the findings have so many lines. */
const FEW = 4;
const few = (lines: readonly string[]): readonly string[] => limited(lines, FEW, (more) => `- … and ${more} more`);

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
    `### ${inMarkdown(id)} ${inWords(outcome)} (${severity}${aside}): ${inMarkdown(title)}`,
    '',
    ...(because === undefined ? [] : [`- Because of ${inMarkdown(because)}`]),
    ...groups.slice(0, TOLD).flatMap((group) => parts(group, isOne)),
    ...(groups.length > TOLD ? [`- … and ${groups.length - TOLD} more`] : []),
    ...(isOne || !requirement.recheck ? [] : [`- Recheck: ${code(requirement.recheck)}`]),
    ...(barred.length > 0 ? [`- Not checked because of it: ${count(barred.length, 'requirement')}`] : []),
  ];
}

function parts({ where, found, expected, fix, recheck }: Told, isOne: boolean): string[] {
  const seen = `${where && `${where}. `}${found}`;
  if (!isOne)
    return [`- Found: ${inMarkdown([seen, expected && `Expected: ${expected}`, fix && `Fix: ${fix}`].filter(Boolean).join(' '))}`];
  return [
    `- Found: ${inMarkdown(seen)}`,
    ...(expected === undefined ? [] : [`- Expected: ${inMarkdown(expected)}`]),
    ...(fix === undefined ? [] : [`- Fix: ${inMarkdown(fix)}`]),
    ...(recheck === undefined ? [] : [`- Recheck: ${code(recheck)}`]),
  ];
}

function code(command: string): string {
  const fence = '`'.repeat(Math.max(0, ...(command.match(/`+/g) ?? []).map((run) => run.length)) + 1);
  return `${fence}${fence.length > 1 ? ` ${command} ` : command}${fence}`;
}
