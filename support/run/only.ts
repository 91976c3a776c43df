import { UsageError } from '../outcome/errors.ts';
import { statementNamed, statementsOf } from '../verdict/requirements.ts';

/** What a run looks at alone: a requirement, perhaps of one subject. */
export interface Only {
  readonly id: string;
  readonly subject?: string;
}

/**
 * The requirements, and perhaps their subjects, that a run is to look at alone: BDS-102, BDS-102@kvm01, BDS-701@vm files01, several of them
 * apart by commas. Names may hold commas, too: only one before an id parts.
 * @throws UsageError when something is no requirement of the profile, or no name of a subject.
 */
export function parseOnly(given: readonly string[], profile: string): readonly Only[] {
  return given.flatMap((text) => text.split(/,\s*(?=[A-Z]+-\d{3})/i)).map((text) => parseOne(text.trim(), profile));
}

function parseOne(only: string, profile: string): Only {
  const [, name = '', at, subject = ''] = /^([^@]*)(@?)(.*)$/su.exec(only) ?? [];
  const { id, profile: own } = statementNamed(name);
  if (at && !/^([\w.:-]+|(vm|image|job|datastore) \S[^\p{Cc}]*)$/u.test(subject))
    throw new UsageError(
      `--only ${only}: expected the name of a subject behind the @: a host, as in ${id}@kvm01, or “vm NAME”, “image NAME”, “job NAME”, “datastore NAME”`,
    );
  if (!statementsOf(profile).some((candidate) => candidate.id === id))
    throw new UsageError(`--only ${only}: ${id} is checked by another command: backup-compliance ${own}`);
  return { id, ...(at && { subject }) };
}

/** The subjects that alone are judged of a requirement; undefined: all. */
export function subjectsOf(id: string, only: readonly Only[]): readonly string[] | undefined {
  const subjects = only.filter((each) => each.id === id).map(({ subject }) => subject);
  return subjects.length === 0 || subjects.includes(undefined) ? undefined : subjects.filter((subject) => subject !== undefined);
}
