/** What many clouds come to: their order, the headline, and summary.md. */

import { count } from '../outcome/figures.ts';
import { isoInUtc } from '../outcome/period.ts';
import { cleaned } from '../outcome/secrets.ts';
import { type CloudVerdict, type MergedVerdict, WORST_FIRST } from '../verdict/merged.ts';
import type { OverallVerdict } from '../verdict/schema.ts';
import { headlineOf, numberOf } from './headline.ts';
import { inMarkdown, limited, MOST } from './markdown.ts';
import { printable } from './terminal.ts';
import { inWords } from './words.ts';

const rank = (verdict: OverallVerdict): number => WORST_FIRST.findIndex(([each]) => each === verdict);

/** The cloud of the worst verdict first, of several the one with the most findings. */
export const worstFirst = (clouds: readonly CloudVerdict[]): CloudVerdict[] =>
  clouds.toSorted((a, b) => rank(a.verdict) - rank(b.verdict) || numberOf(b.requirements, 'not-met') - numberOf(a.requirements, 'not-met'));

/** The verdict on many clouds in the words that people quote: NOT COMPLIANT: 2 of 5 clouds. */
export function mergedHeadline({ verdict, clouds, faults }: Pick<MergedVerdict, 'verdict' | 'clouds' | 'faults'>): string {
  const such = clouds.filter((cloud) => cloud.verdict === verdict).length;
  const word = inWords(verdict).toUpperCase();
  if (verdict === 'undetermined' && faults.length > 0)
    return `${word}: ${count(such, 'cloud')} of ${clouds.length}, ${count(faults.length, 'fault')} of the merge`;
  return `${word}: ${such} of ${count(clouds.length, 'cloud')}`;
}

/** Lines of one section. */
const ROWS = 20;

/** summary.md of a merge: the verdict, a row a cloud, what is wrong with the merge itself, and the findings of each cloud by their titles. */
export function toMergedSummary(told: MergedVerdict, mergedAt: string): string {
  const merged = cleaned(told, printable);
  const clouds = worstFirst(merged.clouds);
  const rows = clouds.map(
    (cloud) =>
      `| ${[cloud.name, headlineOf(cloud), cloud.profile, isoInUtc(cloud.finishedAt)].map(inMarkdown).join(' | ')} | ${[
        numberOf(cloud.requirements, 'not-met'),
        numberOf(cloud.requirements, 'undetermined', 'blocked'),
        numberOf(cloud.requirements, 'waived'),
      ].join(' | ')} |`,
  );
  const head = [
    `# ${inMarkdown(mergedHeadline(merged))}`,
    '',
    `Merged ${isoInUtc(mergedAt)}, exit code ${merged.exitCode}.`,
    '',
    '| cloud | verdict | profile | ended | not met | not checked | waived |',
    '|---|---|---|---|---|---|---|',
    ...limited(rows, ROWS, (more) => `| … and ${count(more, 'more cloud')} | | | | | | |`),
  ];
  const ofMerge = merged.faults.map((fault) => `- ${inMarkdown(fault)}`);
  const faults = ofMerge.length === 0 ? [] : ['', '## The merge itself', '', ...limited(ofMerge, 8, (more) => `- … and ${more} more`)];
  const found = clouds.flatMap(({ name, requirements, below = [] }) =>
    requirements
      .filter(({ outcome }) => outcome === 'not-met' || outcome === 'undetermined')
      .map(({ id, title, outcome, severity }) => {
        const aside = below.includes(id) ? ', does not count' : '';
        return `- ${inMarkdown(`${name}: ${id} ${inWords(outcome)} (${severity}${aside}): ${title}`)}`;
      }),
  );
  const room = MOST - head.length - faults.length - 3;
  const findings =
    found.length === 0 ? [] : ['', '## Findings', '', ...limited(found, room, (more) => `- … and ${more} more: see index.html`)];
  return `${[...head, ...faults, ...findings].join('\n')}\n`;
}
