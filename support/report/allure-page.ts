import { count } from '../outcome/figures.ts';
import { OUTCOMES } from '../outcome/outcome.ts';
import type { Site } from '../site/schema.ts';
import { suiteVersion } from '../suite.ts';
import type { MergedVerdict } from '../verdict/merged.ts';
import type { VerdictFile } from '../verdict/schema.ts';
import { keptProofLine } from './proofs.ts';
import { scopeLines } from './scope.ts';
import { inWords } from './words.ts';

/** How many runs the trend reaches back. */
export const TREND = 30;

/** What stands above the results, the variables in this order. */
export interface Heading {
  readonly title: string;
  readonly variables: Readonly<Record<string, string>>;
}

const isoDate = (time: string) => time.replace('T', ' ').replace(/\..*/, ' UTC');

/** What a run's page is called, and what it was about. */
export function heading(file: VerdictFile, { name: datastore, rsync_host: server }: Site['datastore']): Heading {
  const { verdict, requirements, cloud, profile, onlyRequirements, onlySubject, waiverNotes = [] } = file;
  const waived = requirements.filter(({ outcome }) => outcome === 'waived').length;
  const part = [onlyRequirements?.join(', '), onlySubject].filter((each) => each !== undefined).join(' on ');
  const proofs = keptProofLine(file);
  // A set-up is no verdict on the cloud.
  const scope = profile === 'setup' ? 'SET-UP' : part;
  return {
    title: `${scope === '' ? '' : `${scope} ONLY, `}${inWords(verdict).toUpperCase()}: ${cloud.name}`,
    variables: {
      Verdict: `${inWords(verdict)}${waived > 0 ? `, ${waived} waived` : ''}`,
      ...(file.scope && {
        Production: scopeLines(file.scope)
          .join(' ')
          .replace(/^Production: /, ''),
      }),
      ...(proofs !== undefined && { 'Hypervisor hosts': proofs }),
      ...(waiverNotes.length > 0 && { Waivers: waiverNotes.join(' ') }),
      Date: isoDate(file.startedAt),
      Cloud: cloud.name,
      OpenNebula: cloud.openNebula ?? 'unknown',
      Profile: profile,
      'Front-end': cloud.frontend,
      'Backup server': server,
      Datastore: datastore,
      Suite: file.suite,
      Run: file.run,
    },
  };
}

/** As heading, of many clouds. */
export function mergedHeading({ verdict, clouds }: MergedVerdict, mergedAt: string): Heading {
  return {
    title: `${inWords(verdict).toUpperCase()}: ${count(clouds.length, 'cloud')}`,
    variables: {
      Verdict: inWords(verdict),
      Merged: isoDate(mergedAt),
      Suite: suiteVersion,
      ...Object.fromEntries(
        clouds.map((cloud) => [
          `Cloud ${cloud.name}`,
          `${inWords(cloud.verdict)}, ${cloud.profile} ${cloud.run}, front-end ${cloud.frontend}`,
        ]),
      ),
    },
  };
}

/** What is not met comes apart by why; what Allure would call product errors and test errors says nothing to an auditor. */
const categories = OUTCOMES.filter((outcome) => outcome !== 'met').map((outcome) => {
  const name = inWords(outcome).replace(/^./, (first) => first.toUpperCase());
  return { name, matchers: { labels: { outcome } }, groupByMessage: false };
});

/** What Allure is told of a page whose results are grouped by these labels. */
export function pageConfig({ title, variables }: Heading, groupBy: readonly string[]) {
  return {
    name: title,
    variables,
    hideLabels: ['language', 'framework', 'package', 'thread', 'host', 'testId', /^ALLURE/],
    categories,
    plugins: {
      awesome: {
        options: {
          ...{ reportName: title, singleFile: true, reportLanguage: 'en', theme: 'light', groupBy, sections: ['charts'] },
          // Allure's others speak to developers.
          charts: [
            { type: 'currentStatus', title: 'This run' },
            { type: 'statusDynamics', title: 'The runs before', limit: TREND },
          ],
        },
      },
    },
  };
}

/** Nothing may be asked of the network, whatever the report is told to show. */
const policy =
  "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob: data:; style-src 'unsafe-inline' data:; img-src data: blob:; font-src data:; media-src data: blob:; connect-src data: blob:; worker-src blob: data:; frame-src data: blob:; base-uri 'none'; form-action 'none'";

const ANALYTICS =
  /<script[^>]*\bsrc="https?:[^>]*><\/script>|<script>(?:(?!<\/script>)[\s\S])*?\bgtag\((?:(?!<\/script>)[\s\S])*?<\/script>/g;

/** What a page may not hold: it would be fetched when the page is shown. */
const FETCHED = /googletagmanager|<(script|link|img|iframe)[^>]*\s(src|href)="https?:/;

/**
 * The report without the analytics that Allure builds in (allure3 #476), under a policy that would stop any.
 * In pieces: each is a part of `html` in memory, while every change of the whole would be one more as large as that.
 * @throws Error when it would ask something of the network.
 */
export function offline(html: string): string[] {
  const head = html.indexOf('<head>');
  const edits = [
    { from: head + '<head>'.length, to: head + '<head>'.length, text: `\n<meta http-equiv="Content-Security-Policy" content="${policy}">` },
    ...Array.from(html.matchAll(ANALYTICS), ({ index, 0: { length } }) => ({ from: index, to: index + length, text: '' })),
  ].toSorted((a, b) => a.from - b.from);
  let at = 0;
  const pieces = edits.flatMap(({ from, to, text }) => {
    const before = html.slice(at, from);
    at = to;
    return [before, text];
  });
  pieces.push(html.slice(at));
  if (head < 0 || FETCHED.test(pieces.join(''))) throw new Error('the report would ask something of the network, so it was not written');
  return pieces;
}
