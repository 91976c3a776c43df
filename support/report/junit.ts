import { isToDo } from '../outcome/outcome.ts';
import type { MergedVerdict } from '../verdict/merged.ts';
import type { Requirement, VerdictFile } from '../verdict/schema.ts';
import { said } from './words.ts';

/** The verdict as JUnit XML: one suite for each feature, one case for each requirement. */
export function toJUnit({ cloud, profile, requirements, runFaults = [] }: VerdictFile): string {
  return document(`${cloud.name} ${profile}`, [...suitesOf(requirements), ...suiteOfFaults('run', runFaults)]);
}

/** As toJUnit, of many clouds: one suite for each cloud and feature, and each case bears its cloud's name. */
export function toMergedJUnit({ clouds, faults }: MergedVerdict): string {
  const suites = clouds.flatMap(({ name, requirements, runFaults }) => [
    ...suitesOf(requirements, name),
    ...suiteOfFaults('run', runFaults, name),
  ]);
  return document('merged', [...suites, ...suiteOfFaults('merge', faults)]);
}

function document(name: string, suites: readonly string[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${xml(name)}">\n${suites.join('\n')}\n</testsuites>\n`;
}

function suitesOf(requirements: readonly Requirement[], cloud?: string): string[] {
  const features = Map.groupBy(requirements, ({ feature }) => feature.replace(/:\d+$/, ''));
  return [...features].map(([feature, cases]) => {
    const name = cloud === undefined ? feature : `${cloud}: ${feature}`;
    return `  <testsuite name="${xml(name)}" ${counts(cases)}>\n${cases.map((each) => testCase(each, cloud)).join('\n')}\n  </testsuite>`;
  });
}

function suiteOfFaults(what: 'run' | 'merge', faults: readonly string[], cloud?: string): string[] {
  if (faults.length === 0) return [];
  const of = (name: string) => xml(cloud === undefined ? name : `${cloud} ${name}`);
  return [
    `  <testsuite name="${of(`the ${what}`)}" tests="1" failures="1" errors="0" skipped="0">\n    <testcase classname="${of(what)}" name="The ${what} itself"><failure type="undetermined" message="${xml(faults.join('; '))}"/></testcase>\n  </testsuite>`,
  ];
}

function counts(cases: readonly Requirement[]): string {
  const failures = cases.filter(({ outcome }) => isToDo(outcome)).length;
  const passed = cases.filter(({ outcome }) => outcome === 'met').length;
  return `tests="${cases.length}" failures="${failures}" errors="0" skipped="${cases.length - failures - passed}"`;
}

function testCase(requirement: Requirement, cloud?: string): string {
  const { id, title, feature, outcome } = requirement;
  const open = `    <testcase classname="${xml(cloud === undefined ? id : `${cloud} ${id}`)}" name="${xml(`${id} ${title}`)}" file="${xml(feature)}"`;
  if (outcome === 'met') return `${open}/>`;
  const text = xml(said(requirement));
  const result = isToDo(outcome) ? `<failure type="${outcome}" message="${text}"/>` : `<skipped message="${outcome}: ${text}"/>`;
  return `${open}>${result}</testcase>`;
}

/** Characters that XML 1.0 does not allow at all, tab and line ends aside. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' };

function xml(text: string): string {
  return text.replace(forbidden, '\ufffd').replace(/[&<>"\n]/g, (character) => entities[character] ?? character);
}
