import { UsageError } from '../outcome/errors.ts';
import { statementNamed, statementsOf } from '../verdict/requirements.ts';

/**
 * The requirement, and perhaps the subject, that a run is to look at alone: BDS-102, BDS-102@kvm01, BDS-701@vm files01.
 * @throws UsageError when that is no requirement of the profile, or no name of a subject.
 */
export function parseOnly(only: string, profile: string): { readonly id: string; readonly subject?: string } {
  const [, name = '', at, subject = ''] = /^([^@]*)(@?)(.*)$/su.exec(only) ?? [];
  const { id, profile: own } = statementNamed(name);
  if (at && !/^([\w.:-]+|(vm|image|job|datastore) \S[^\p{Cc}]*)$/u.test(subject))
    throw new UsageError(
      `--only ${only}: expected the name of a subject behind the @: a host, as in ${id}@kvm01, or “vm NAME”, “image NAME”, “job NAME”, “datastore NAME”`,
    );
  if (!statementsOf(profile).some((candidate) => candidate.id === id))
    throw new UsageError(`--only ${only}: ${id} is looked at by another command: backup-compliance ${own}`);
  return { id, ...(at && { subject }) };
}
