import { z } from 'zod';
import { OUTCOMES, SEVERITIES } from '../outcome/outcome.ts';
import { KINDS } from '../outcome/subject.ts';

/** How a run and its folder are named, so that the newest sorts last. */
export const runName = /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}Z-[0-9a-f]{4}$/;

/** The schema that is written and read; of others nothing is read. */
export const SCHEMA = 2;

const outcome = z.enum(OUTCOMES);
const text = z.string();

const waiver = z
  .object({
    owner: text.min(1),
    reason: text,
    ticket: text.exactOptional(),
    expires: text.describe('the last day it holds, to its end in UTC: 2026-12-31'),
    expired: z.boolean().describe('it holds no more: what it was for counts as not met again'),
  })
  .describe('who answers for what is not met, why, and until when; of the waivers of several subjects the one that expires first');

/** What is said alike of a requirement and of a subject. */
const told = {
  outcome,
  reason: text.describe('found and expected; empty when met'),
  fix: text.describe('what to do about it').exactOptional(),
  recheck: text.describe('the command that looks again at this alone').exactOptional(),
  measured: text.describe('what was measured, also when met').exactOptional(),
  note: text.exactOptional(),
  waiver: waiver.exactOptional(),
  trueOutcome: z.literal('not-met').describe('of what is waived: what it would be without the waiver').exactOptional(),
  evidence: z.array(text).describe("the files it rests on, relative to the run's folder").exactOptional(),
};

type Told = { outcome: string; trueOutcome?: string; waiver?: z.infer<typeof waiver> };
/** Waived is what is not met and has a waiver in force; what is not met may have one that is expired. */
const isConsistent = ({ outcome: is, trueOutcome, waiver: by }: Told): boolean =>
  is === 'waived' ? trueOutcome !== undefined && by?.expired === false : trueOutcome === undefined && by?.expired !== false;

const subject = z
  .object({
    kind: z.enum(KINDS),
    name: text.describe('as OpenNebula lists it'),
    id: text.describe("OpenNebula's").exactOptional(),
    ...told,
    tried: z.iso
      .datetime()
      .describe('of what is proven by trying it now and then: when this run tried it; absent where it did not')
      .exactOptional(),
    proven: z.iso.datetime().describe('when it was proven last, in this run or an earlier one; absent where it never was').exactOptional(),
  })
  .refine(isConsistent);

const requirement = z
  .object({
    id: text.describe("BDS-101 and so on are the suite's; others are the user's own"),
    title: text,
    severity: z.enum(SEVERITIES),
    feature: text.describe("file:line of where it is stated; the suite's own below features/"),
    ...told,
    seconds: z.number().describe('how long its scenario took; absent where it did not end').exactOptional(),
    since: z.iso.datetime().describe('when the unbroken series of this outcome began, if known').exactOptional(),
    subjects: z
      .array(subject)
      .describe(
        "where things are judged one by one: all that are not met, undetermined, blocked or waived, and every host; of a gate's own requirements all",
      )
      .exactOptional(),
    subjectsMet: z.int().describe('how many VMs, images or jobs are met, none of which is listed').exactOptional(),
    subjectsNotApplicable: z.int().describe('to how many of them it does not apply, none of which is listed').exactOptional(),
  })
  .refine(isConsistent);

/** Production, as it was declared and found. */
const scope = z.object({
  declared: z.boolean().describe('somebody has declared what production is owed: the site file has `protect`'),
  vms: z.int().describe('how many VMs are in scope; absent where that could not be told').exactOptional(),
  classes: z.array(z.object({ of: text.describe('the selector of the class'), vms: z.int() })).exactOptional(),
  exceptions: z
    .array(
      z.object({
        of: text.describe('the selector'),
        owner: text,
        reason: text,
        expires: text.describe('the last day it holds, to its end in UTC'),
        expired: z.boolean().describe('it holds no more: what it names is in scope'),
        vms: z.int().describe('how many VMs it takes out'),
      }),
    )
    .describe('what was declared out of scope')
    .exactOptional(),
  out: z.int().describe('how many VMs all exceptions take out together').exactOptional(),
  outNames: z.array(text).describe('the first five of them').exactOptional(),
  undeclared: z.int().describe('how many VMs neither protect.vms nor an exception names').exactOptional(),
  undeclaredNames: z.array(text).describe('the first five of them').exactOptional(),
  own: z.array(text).describe("VMs of the suite's own doing, which are never in scope").exactOptional(),
  unused: z.array(text).describe('selectors that match no VM, or none that is left, a sentence each').exactOptional(),
});

const VERDICTS = ['compliant', 'not-compliant', 'undetermined', 'nothing-evaluated'] as const;

/** verdict.json. Types, docs/verdict.schema.json and what is read of earlier runs are derived from this. */
export const verdictFile = z.object({
  schema: z.literal(SCHEMA),
  suite: text.describe('version of the suite'),
  profile: text.describe('audit, setup, gate, or demo, which is all of them in one'),
  run: text.regex(runName).describe('name of the run and of its folder'),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  validUntil: z.iso.datetime().describe('when it is older than valid_for of the site file lets it count').exactOptional(),
  cloud: z.object({
    name: text,
    frontend: text.describe("the front-end's own full name; the setting where it could not be asked"),
    openNebula: text.nullable().describe('its release; null where it could not be learned'),
    datastore: z
      .object({
        id: text.describe("OpenNebula's"),
        hostKey: text.describe('the host key that its backup server showed the front-end: SHA256:…'),
      })
      .describe(
        'where backups go, by which a proof is told from one of another datastore or backup server; absent where it could not be learned',
      )
      .exactOptional(),
  }),
  only: z.array(text).describe('what the run was asked for alone, as --only takes it: BDS-102@kvm01').exactOptional(),
  onlySubject: text.describe('the run judged this subject alone; of several, all of them, apart by commas').exactOptional(),
  onlyRequirements: z
    .array(text)
    .describe('the run was asked for these requirements alone, so it says nothing of the cloud as a whole')
    .exactOptional(),
  scope: scope.describe('which VMs are production; absent where nothing is judged of it').exactOptional(),
  verdict: z.enum(VERDICTS),
  exitCode: z.int().describe('0, 1, 2, 4 or 130'),
  failOn: z
    .enum(SEVERITIES)
    .describe('the run was asked to count this severity and those above it alone (--fail-on); absent where all count')
    .exactOptional(),
  below: z
    .array(text)
    .describe('the requirements of a lower severity than failOn: they count neither for verdict nor exitCode')
    .exactOptional(),
  requirements: z.array(requirement),
  runFaults: z.array(text).describe('what went wrong with the run itself, outside any requirement').exactOptional(),
  actions: z
    .array(z.object({ what: text, state: z.enum(['changed', 'undone', 'left']) }))
    .describe('what a run that may change something changed on the machines, undid and left')
    .exactOptional(),
  waiverNotes: z.array(text).describe('the waivers that cover nothing, a sentence each').exactOptional(),
});

/** As it is written and printed: no character in it steers a terminal. */
export const toJson = (file: VerdictFile): string =>
  `${JSON.stringify(file, null, 2).replace(/[^\P{Cc}\n]|\p{Bidi_Control}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;

export type VerdictFile = z.infer<typeof verdictFile>;
export type Requirement = z.infer<typeof requirement>;
export type JudgedSubject = z.infer<typeof subject>;
export type AppliedWaiver = z.infer<typeof waiver>;
export type OverallVerdict = (typeof VERDICTS)[number];

/** What a run came to, before it is named and dated. */
export type Verdict = Pick<VerdictFile, 'verdict' | 'exitCode' | 'failOn' | 'below'> & {
  readonly requirements: readonly Requirement[];
  readonly runFaults: readonly string[];
};
