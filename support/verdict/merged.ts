import { z } from 'zod';
import { EXIT } from '../outcome/exit-codes.ts';
import { SCHEMA, verdictFile } from './schema.ts';

/** Verdicts of clouds, the worst first, with the exit code of each. */
export const WORST_FIRST = [
  ['not-compliant', EXIT.notCompliant],
  ['undetermined', EXIT.undetermined],
  ['nothing-evaluated', EXIT.nothingEvaluated],
  ['compliant', EXIT.compliant],
] as const;

const { cloud, profile, run, startedAt, finishedAt, verdict, exitCode, failOn, below, requirements } = verdictFile.shape;
const sentences = z.array(z.string());

/** merged/verdict.json. Its type and docs/merged.schema.json are derived from this. */
export const mergedFile = z.object({
  schema: z.literal(SCHEMA),
  suite: z.string().describe('version of the suite that merged'),
  mergedAt: startedAt,
  verdict: verdict.describe(
    'the worst of all clouds: not-compliant, undetermined, nothing-evaluated, compliant; undetermined at best where there are faults',
  ),
  exitCode,
  faults: sentences.describe('what was asked for and cannot be spoken for'),
  notes: sentences.describe('what deserves to be known'),
  clouds: z
    .array(
      z.object({
        ...cloud.shape,
        folder: z.string().describe('where the run was found'),
        ...{ profile, run, startedAt, finishedAt, verdict, exitCode, failOn, below, runFaults: sentences, requirements },
      }),
    )
    .describe('one run each; no two have the same name'),
});

/** One cloud of a merged verdict: what its run came to. */
export type CloudVerdict = MergedFile['clouds'][number];
export type MergedFile = z.infer<typeof mergedFile>;
/** What many runs come to together, before it is dated. */
export type MergedVerdict = Omit<MergedFile, 'schema' | 'suite' | 'mergedAt'>;
