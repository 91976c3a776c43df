/** Cases of a check as a table: what differs from a whole cloud, the outcome, and what is said of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Check } from '../../support/checks/check.ts';
import type { Asked, Audited } from '../../support/facts/audited.ts';
import type { BackupServerFacts } from '../../support/facts/backup-server.ts';
import type { FrontendFacts } from '../../support/facts/frontend.ts';
import type { HostFacts } from '../../support/facts/host.ts';
import type { StorageFacts } from '../../support/facts/storage.ts';
import type { Judgement } from '../../support/outcome/judgement.ts';
import type { Outcome } from '../../support/outcome/outcome.ts';
import type { Site } from '../../support/site/schema.ts';
import { asksOf } from '../../support/verdict/blocking.ts';
import { looked, wholeCloud } from '../made.ts';

export type Change = (cloud: Audited) => Audited;
export const both =
  (...changes: readonly Change[]): Change =>
  (cloud) =>
    changes.reduce((so, change) => change(so), cloud);

export const frontend =
  (changes: Partial<FrontendFacts>): Change =>
  (cloud) => ({ ...cloud, frontend: { ...cloud.frontend, ...changes } });
export const server =
  (changes: Partial<BackupServerFacts>): Change =>
  (cloud) => ({ ...cloud, server: { ...cloud.server, ...changes } });
export const storage =
  (changes: Partial<StorageFacts>): Change =>
  (cloud) =>
    server({ storage: { ...cloud.server.storage, ...changes } })(cloud);
export const site =
  (changes: Partial<Site>): Change =>
  (cloud) => ({ ...cloud, site: { ...cloud.site, ...changes } });
export const declared =
  (changes: Partial<Site['datastore']>): Change =>
  (cloud) =>
    site({ datastore: { ...cloud.site.datastore, ...changes } })(cloud);
/** What differs on the first so many hosts; undefined takes a fact away. */
export const onHosts =
  (count: number, changes: { [K in keyof HostFacts]?: HostFacts[K] | undefined }): Change =>
  (cloud) => ({ ...cloud, hosts: cloud.hosts.map((each, at) => (at < count ? ({ ...each, ...changes } as HostFacts) : each)) });
export const onKvm01 = (changes: Parameters<typeof onHosts>[1]): Change => onHosts(1, changes);

/** What is said: all of it, or what stands in it; and, as a list, the questions whose answers are the evidence. */
type Said = string | RegExp | readonly string[];
export type Case = readonly [what: string, change: Change, outcome: Outcome, ...said: readonly Said[]];

/** By what a fact is asked for, where that is not its own name. */
const askedBy: Partial<Record<keyof Audited, readonly Asked[]>> = {
  server: ['server', 'stored'],
  hosts: ['hosts', 'hosts by another name'],
  bridges: ['hosts', 'hosts by another name'],
};

/** A cloud of which no more was learned than a check, and what it rests on, asks for. */
function asFarAsAsked(check: Check, cloud: Audited): Audited {
  const asked = asksOf(check);
  const known = (fact: string) => (askedBy[fact as keyof Audited] ?? [fact as Asked]).some((each) => asked.includes(each));
  const unknown = Object.keys(cloud).filter((fact) => !['site', 'frontend', 'gate'].includes(fact) && !known(fact));
  const nobody = (fact: string) => ({ get: (): never => assert.fail(`${check.id} looks at ${fact}, and asks nobody for it`) });
  return Object.create(cloud, Object.fromEntries(unknown.map((fact) => [fact, nobody(fact)]))) as Audited;
}

export const judge = (check: Check, change: Change = (cloud) => cloud): readonly Judgement[] =>
  [check.judge(asFarAsAsked(check, change(wholeCloud())))].flat();
export const questions = ({ evidence }: Judgement): string[] => evidence.map(({ command }) => command);

/**
 * Tries them; `of` names the subject that they are about, where there are several: all others must be met. What is said is reason and
 * fix, or of what is met the note; `sentences` has what is too long for the table.
 */
export function cases(
  check: Check,
  of: string | undefined,
  table: readonly Case[],
  sentences: Readonly<Record<string, string>> = {},
): void {
  const whats = table.map(([what]) => what);
  assert.deepEqual(
    Object.keys(sentences).filter((what) => !whats.includes(what)),
    [],
  );
  for (const [what, change, outcome, ...said] of table)
    test(`${check.id}, ${what}${of === undefined ? '' : ` (${of})`}: ${outcome}`, () => {
      const judgements = judge(check, change);
      const [judgement, ...same] = judgements.filter(({ subject }) => subject?.name === of);
      assert.ok(judgement);
      assert.deepEqual(same, []);
      const { reason, fix, note } = judgement;
      assert.equal(judgement.outcome, outcome, reason);
      assert.equal(reason === '', outcome === 'met', 'only what is met needs no reason');
      const text = outcome === 'met' ? note : [reason, fix].filter(Boolean).join(' ');
      assert.doesNotMatch(text ?? '', /undefined|NaN|null|\[object|\n| {2}found|“”,|found \.|found “”\.|\.\./, 'a person is to read it');
      const all = [...(sentences[what] === undefined ? [] : [sentences[what]]), ...said];
      for (const each of all) {
        if (typeof each === 'string') assert.equal(text, each);
        else if (each instanceof RegExp) assert.match(text ?? '', each);
        else assert.deepEqual(questions(judgement), each);
      }
      if (outcome === 'met' && all.every((each) => Array.isArray(each))) assert.equal(note, undefined);
      if (outcome === 'not-met' || outcome === 'undetermined') {
        assert.notEqual(fix ?? '', '', 'it says what to do');
        assert.ok(judgement.evidence.length > 0, 'it rests on evidence');
      }
      for (const other of judgements)
        if (other !== judgement) assert.equal(other.outcome, 'met', `${other.subject?.name}: ${other.reason}`);
    });
}

/**
 * A check's id and what it asks besides the front-end. In a whole cloud all is met, with a note and what was measured as given (of each
 * subject, where that differs), by the answers to these questions.
 */
export function met(
  check: Check,
  is: string,
  rests: readonly string[],
  more: { note?: string; measured?: string | readonly string[] } = {},
): void {
  test(`${is} is met in a whole cloud, shown by ${rests.join(', ')}`, () => {
    assert.equal([check.id, ...check.asks].join(' '), is);
    for (const [at, judgement] of judge(check).entries()) {
      const { outcome, reason, fix, note, measured } = judgement;
      const figures = typeof more.measured === 'object' ? { measured: more.measured[at] } : {};
      const none = { note: undefined, fix: undefined, measured: undefined };
      assert.deepEqual({ outcome, reason, fix, note, measured }, { outcome: 'met', reason: '', ...none, ...more, ...figures });
      assert.deepEqual(questions(judgement), rests);
    }
  });
}

/** A pool of OpenNebula's that holds these. */
export const pool = <T>(question: string, ...members: readonly T[]) => looked<readonly T[]>(members, question);
