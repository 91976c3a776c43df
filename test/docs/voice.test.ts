/** How the product speaks: phrases that read like a translation, and words for which there is another one, stand nowhere that a person reads. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { statements } from '../../support/verdict/requirements.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** docs/verdicts.md and docs/mutation.md are written by long runs; recordings are OpenNebula's words. */
const places = [
  'README.md',
  'docs',
  'features',
  'steps',
  'support',
  'bin',
  'lab',
  'examples',
  'site.example.yaml',
  'waivers.example.yaml',
  'reports/README.md',
];
const generated = ['docs/verdicts.md', 'docs/mutation.md', 'docs/sample-report.html'];

const unwanted = [
  /\blet in\b|\blets? (us|it|him|them|nobody|every host) in\b/i,
  /\bwe look as\b/i,
  /\bget(s|ting)? in at\b/i,
  /says? nothing of a machine/i,
  /covers nothing/i,
  /as (they were|it was) sealed/i,
  /who could change the files/i,
  /removed again/i,
  /\ba name that there is not\b/i,
  /one that is there is never overwritten/i,
  /take away what/i,
  /\bmended\b/i,
  /by name and until a day/i,
  /makes? it pointless/i,
  /asks nothing of the network/i,
  /\bborne\b/i,
  /\bis told with\b|without a run is told/i,
  /monitored capacity/i,
  /what is it to do\?|whole again|no world '/i,
  /\bbe it\b|\bof late\b|\bit is nothing that\b/i,
  /\bdrills?\b/i,
];

/** Comments are not read by users. */
const isComment = (name: string, line: string): boolean => name.endsWith('.ts') && /^\s*(\/\/|\/?\*)/.test(line);

function textsIn(place: string): [name: string, text: string][] {
  const path = join(root, place);
  if (statSync(path).isFile()) return generated.includes(place) || /\.(png|svg)$/.test(place) ? [] : [[place, readFileSync(path, 'utf8')]];
  return readdirSync(path).flatMap((name) => textsIn(join(place, name)));
}

test('no phrase that a reader would stumble over stands in product, features or documents', () => {
  const texts = places.flatMap(textsIn);
  assert.ok(texts.length > 200);
  const found = texts.flatMap(([name, text]) =>
    text
      .split('\n')
      .flatMap((line, at) =>
        (isComment(name, line) ? [] : unwanted)
          .filter((phrase) => phrase.test(line))
          .map((phrase) => `${name}:${at + 1}: ${phrase}: ${line.trim()}`),
      ),
  );
  assert.deepEqual(found, []);
});

test('titles stand alone: no word points at a sentence before them', () => {
  for (const { id, title } of statements())
    assert.doesNotMatch(title, /^(It|Its|That|This|They|The same)\b|\belse\b|\bother\b|\bit\b/, `${id}: ${title}`);
});

test('the rationale of each requirement is in sentences of 25 words at most', () => {
  const long = statements().flatMap(({ id, why }) =>
    why
      .replaceAll('\n', ' ')
      .split(/(?<=[.:;])\s+/)
      .filter((sentence) => sentence.split(/\s+/).length > 25)
      .map((sentence) => `${id}: ${sentence}`),
  );
  assert.deepEqual(long, []);
});
