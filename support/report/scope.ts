import type { Scope } from '../facts/scope.ts';
import { count } from '../outcome/figures.ts';
import { withoutStop } from '../outcome/judgement.ts';
import type { VerdictFile } from '../verdict/schema.ts';

type Shown = NonNullable<VerdictFile['scope']>;

/** So many VMs of each kind are named. */
const FEW = 5;

/** The first of so many VMs, in words; nothing where a run of before has named none. */
const few = (names: readonly string[], all: number): string =>
  names.length === 0 ? '' : `: ${names.join(', ')}${all > names.length ? `, and ${all - names.length} more` : ''}`;

/** Production as it stands in a verdict; `scope` is undefined where its VMs could not be listed. */
export function toScope(isDeclared: boolean, scope: Scope | undefined): Shown {
  if (!isDeclared || !scope || scope.unclear) return { declared: isDeclared };
  const { vms, exceptions, out, undeclared, own, unused } = scope;
  const classes = [...Map.groupBy(vms, ({ terms }) => terms.of ?? '')].map(([of, members]) => ({ of, vms: members.length }));
  return {
    declared: true,
    vms: vms.length,
    classes: classes.filter(({ of }) => of !== ''),
    exceptions: exceptions.map((exception) => ({ ...exception })),
    ...{ out: out.length, outNames: out.slice(0, FEW), undeclared: undeclared.length, undeclaredNames: undeclared.slice(0, FEW) },
    own: [...own],
    unused: [...unused],
  };
}

/** Production in one or few lines: how many VMs, what was declared out of scope, by whom and why. */
export function scopeLines(scope: Shown): string[] {
  const { declared, vms, classes = [], exceptions = [], out = 0, outNames = [], own = [], unused = [] } = scope;
  const { undeclared = 0, undeclaredNames = [] } = scope;
  if (!declared) return ['Production: nobody has declared what it is owed (“protect” in the site file).'];
  if (vms === undefined) return ['Production: which VMs are in scope is unknown.'];
  const grouped = classes.length === 0 ? '' : ` (${classes.map(({ of, vms: members }) => `${of}: ${members}`).join('; ')})`;
  const inForce = exceptions.filter(({ expired }) => !expired);
  const left = inForce.map((each) => `${each.of}: ${each.vms}, ${each.owner}: ${withoutStop(each.reason)}, until ${each.expires}`);
  return [
    [
      `Production: ${count(vms, 'VM')}${grouped}.`,
      ...(inForce.length > 0 ? [`Out of scope as declared: ${out} (${left.join('; ')})${few(outNames, out)}.`] : []),
      ...(undeclared > 0 ? [`Not declared: ${count(undeclared, 'VM')}${few(undeclaredNames, undeclared)}.`] : []),
      ...(own.length > 0 ? [`Never in scope: ${own.join(', ')}.`] : []),
    ].join(' '),
    ...exceptions
      .filter(({ expired }) => expired)
      .map(
        ({ of, owner, expires }) =>
          `The exception ${of} of protect.except is expired since the end of ${expires}, UTC: what it named is in scope. Its owner: ${owner}.`,
      ),
    ...unused.map((what) => `Unused selector: ${withoutStop(what)}.`),
  ];
}
