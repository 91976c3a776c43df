import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { UsageError, whyNot } from '../outcome/errors.ts';
import { isId } from '../outcome/outcome.ts';
import { isNamed } from '../outcome/subject.ts';
import { hostName, noControl } from './schema.ts';
import { parseYaml } from './yaml.ts';

/** A requirement that need not be met for a while, because somebody answers for it. */
export interface Waiver {
  readonly requirement: string;
  /** The only subject it covers: a host by its full or short name, or `vm files01`, `vm 7`, `job nightly`; every subject when undefined. */
  readonly subject?: string | undefined;
  readonly owner: string;
  readonly reason: string;
  readonly ticket?: string | undefined;
  /** The last day it holds, to its end in UTC: 2026-12-31. */
  readonly expires: string;
}

const LONGEST = 365;

/**
 * The waivers in the folder of the site file, in waivers.yaml; none where there is no such file. `today` is a day, 2026-11-24.
 * @throws UsageError when the file cannot be read, or naming file:line:column, what is wrong there and what is allowed.
 */
export function loadWaivers(siteFile: string, today: string): readonly Waiver[] {
  const file = join(dirname(siteFile), 'waivers.yaml');
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new UsageError(`${file}: the waivers cannot be read: ${whyNot(error)}\nLet this account read it, or remove it.`);
  }
  return parseWaivers(source, file, today);
}

/** As loadWaivers, of text that is already here; `file` is what messages name. */
export function parseWaivers(source: string, file: string, today: string): readonly Waiver[] {
  return parseYaml({ schema: waiversSchema(today), name: 'the waivers', empty: [] }, source, file);
}

function waiversSchema(today: string) {
  const last = new Date(Date.parse(today) + LONGEST * 86_400_000).toISOString().slice(0, 10);
  const words = (what: string) =>
    z.string(what).regex(/\S/, what).max(500, 'at most 500 characters').regex(noControl, `${what}, without control characters`);
  const day = 'a day in the form 2026-12-31';
  const waiver = z.strictObject({
    requirement: z.string().refine(isId, 'the id of a requirement, such as BDS-102'),
    subject: z
      .union(
        [hostName, z.string().regex(/^(vm|image|job|datastore) \S[^\p{Cc}]*$/u)],
        'the name of a host, or “vm files01”, “vm 7”, “job nightly”',
      )
      .optional(),
    owner: words('who answers for it, as text'),
    reason: words('why it is waived, as text'),
    ticket: words('a ticket as text, in quotes if it is a number').optional(),
    expires: z.iso.date(day).refine((expires) => expires <= last, `a day at most ${LONGEST} days ahead, ${last} or before`),
  });
  return z.array(waiver, 'a list of waivers, each with requirement, owner, reason and expires').superRefine((waivers, context) => {
    for (const [at, waiver] of waivers.entries()) {
      const first = waivers.findIndex((other) => isSameScope(other, waiver));
      if (first < at)
        context.addIssue({ code: 'custom', path: [at], message: `one waiver for ${scopeOf(waiver)}; entry ${first + 1} is one already` });
    }
  });
}

function isSameScope(one: Waiver, other: Waiver): boolean {
  if (one.requirement !== other.requirement) return false;
  if (one.subject === undefined || other.subject === undefined) return one.subject === other.subject;
  return isNamed(one.subject, other.subject) || isNamed(other.subject, one.subject);
}

/** What a waiver covers: BDS-102 on kvm02. */
export function scopeOf({ requirement, subject }: Pick<Waiver, 'requirement' | 'subject'>): string {
  return subject === undefined ? requirement : `${requirement} on ${subject}`;
}

/** The day of a moment, in UTC. */
export function dayOf(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}
