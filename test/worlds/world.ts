/** What every file of a world says, and the words such files share. */
import type { Lab } from '../../lab/machines/lab.ts';
import type { Outcome } from '../../support/outcome/outcome.ts';

/**
 * A world is a small file, `REQUIREMENT/NAME.OUTCOME.ts`: a cloud in which that requirement comes to that outcome; or `benign/NAME.met.ts`, one
 * that is unusual, and in which nothing flips. What is not named here stays as it is in a whole cloud.
 */
export type World = (
  | {
      /** A world that the lab's own command can break, by name. */
      readonly lab: string;
    }
  | {
      /** One plain line: what is broken, or unusual. */
      readonly what: string;
      /** Breaks it in a running lab; a text it returns is given to `repair`. */
      readonly break: (lab: Lab) => Promise<unknown>;
      readonly repair: (lab: Lab, memo: string) => Promise<unknown>;
      /** Looks the way a person would, without the suite's checks. */
      readonly isBroken: (lab: Lab) => Promise<boolean>;
    }
) & {
  /** What runs; an audit unless it says otherwise. */
  readonly profile?: 'audit' | 'gate' | 'setup';
  /** Settings that the site file has in this world, besides the lab's own; blocks are merged. */
  readonly site?: Readonly<Record<string, unknown>>;
  /** What flips, and to what, blocked ones included. */
  readonly flips: Readonly<Record<string, Outcome>>;
  /** Outcomes of single machines, where the world is about one. */
  readonly machines?: Readonly<Record<string, Readonly<Record<string, Outcome>>>>;
  /** Words that the reason of each flipped requirement must hold: the right outcome for another reason is a wrong answer. */
  readonly reasons: Readonly<Record<string, readonly RegExp[]>>;
  /** Kept in the report of a met requirement. */
  readonly notes?: Readonly<Record<string, RegExp>>;
};

const all =
  (outcome: Outcome) =>
  (...ids: string[]): Record<string, Outcome> =>
    Object.fromEntries(ids.map((id) => [`BDS-${id}`, outcome]));

export const blocked = all('blocked');
export const notMet = all('not-met');
export const undetermined = all('undetermined');
export const notApplicable = all('not-applicable');

/** What lies behind the backup server's door (OUTCOMES, "Blocked by"). */
export const behind101 = blocked('104', '201', '203', '204', '301', '302', '304', '405');
export const behind402 = blocked('403', '404', '405', '406');
/** The command line is needed by 102 first, and by all that follow but those that ask the backup server alone. */
export const withoutCommandLine = { ...undetermined('102'), ...blocked('105', '205', '303', '304', '402', '403', '404', '405', '406') };

export const kvm01 = 'kvm01.example.net';
export const kvm02 = 'kvm02.example.net';
export const server = /backup01\.example\.net/;

/** Outcomes of a requirement where kvm01 alone is concerned. */
export const onlyKvm01 = (id: string, outcome: Outcome = 'not-met') => ({
  [`BDS-${id}`]: { [kvm01]: outcome, [kvm02]: 'met' as const },
});
