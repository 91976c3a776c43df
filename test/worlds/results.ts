/** What worlds came to, kept from one run of `npm run verdicts` to the next: a whole run takes an hour. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execaSync } from 'execa';
import type { Judgement } from './judge.ts';
import type { World } from './world.ts';

const KEPT = fileURLToPath(new URL('../../node_modules/.cache/verdicts.jsonl', import.meta.url));

/** As a verdict says it, without what single machines came to. */
export interface Seen {
  readonly exitCode: number;
  readonly requirements: readonly Omit<Judgement, 'machines'>[];
}

/** What a world came to; `verdict` is missing where it came to nothing. */
export interface Result {
  readonly world: World;
  readonly verdict?: Seen;
  readonly whole: Seen;
  readonly faults: readonly string[];
  /** The commit that was tried; with a + where something was changed since. */
  readonly tree: string;
}

const idOf = ({ group, name, outcome }: Pick<World, 'group' | 'name' | 'outcome'>) => `${group}/${name}.${outcome}`;

/** What is tried. */
export function tree(): string {
  const git = (...args: string[]) => execaSync('git', args, { cwd: dirname(fileURLToPath(import.meta.url)) }).stdout;
  return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '+'}`;
}

export const forget = (): void => rmSync(KEPT, { force: true });

export function keep({ world, ...result }: Result): void {
  mkdirSync(dirname(KEPT), { recursive: true });
  appendFileSync(KEPT, `${JSON.stringify({ world: idOf(world), ...result })}\n`);
}

/** The last results of these worlds, in their order, as far as they were as expected. */
export function right(worlds: readonly World[]): Result[] {
  const lines = existsSync(KEPT) ? readFileSync(KEPT, 'utf8').split('\n') : [];
  const results = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Omit<Result, 'world'> & { world: string });
  const last = new Map(results.map((result) => [result.world, result]));
  return worlds.flatMap((world) => {
    const result = last.get(idOf(world));
    return result?.faults.length === 0 ? { ...result, world } : [];
  });
}
