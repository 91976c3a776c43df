import type { Requirement, Verdict } from './verdict.ts';

/** The verdict as JUnit XML: one suite for each feature, one case for each requirement. */
export function toJUnit({ requirements, runFaults }: Verdict, name: string): string {
  const features = Map.groupBy(requirements, ({ feature }) => feature.replace(/:\d+$/, ''));
  const suites = [...features].map(
    ([feature, cases]) => `  <testsuite name="${xml(feature)}" ${counts(cases)}>\n${cases.map(testCase).join('\n')}\n  </testsuite>`,
  );
  if (runFaults.length > 0) {
    suites.push(
      `  <testsuite name="the run" tests="1" failures="1" errors="0" skipped="0">\n    <testcase classname="run" name="The run itself"><failure type="undetermined" message="${xml(runFaults.join('; '))}"/></testcase>\n  </testsuite>`,
    );
  }
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${xml(name)}">\n${suites.join('\n')}\n</testsuites>\n`;
}

function counts(cases: readonly Requirement[]): string {
  const failures = cases.filter(({ outcome }) => outcome === 'not-met' || outcome === 'undetermined').length;
  const skipped = cases.filter(({ outcome }) => outcome === 'blocked' || outcome === 'not-applicable' || outcome === 'waived').length;
  return `tests="${cases.length}" failures="${failures}" errors="0" skipped="${skipped}"`;
}

function testCase({ id, title, feature, outcome, reason }: Requirement): string {
  const open = `    <testcase classname="${xml(id)}" name="${xml(`${id} ${title}`)}" file="${xml(feature)}"`;
  if (outcome === 'met') return `${open}/>`;
  const text = `message="${xml(reason)}"`;
  const result =
    outcome === 'not-met' || outcome === 'undetermined'
      ? `<failure type="${outcome}" ${text}/>`
      : `<skipped message="${xml(`${outcome}: ${reason}`)}"/>`;
  return `${open}>${result}</testcase>`;
}

/** Characters that XML 1.0 does not allow at all, tab and line ends aside. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' };

function xml(text: string): string {
  return text.replace(forbidden, '\ufffd').replace(/[&<>"\n]/g, (character) => entities[character] ?? character);
}
