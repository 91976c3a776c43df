/** Documents and trials side by side. */
import assert from 'node:assert/strict';
import type { Said } from './documents.ts';
import { blocks, inText, type Trial } from './trials.ts';

/** Fails for what is said and has no trial, and for trials of what is not said. */
export function everyTrialIsSaid(documents: readonly Said[]): void {
  const lines = documents.flatMap((said) => (said.inText ? [] : said.lines));
  const firsts = documents.flatMap((said) => (said.inText ? [] : said.lines.slice(0, 1)));
  const commands = new Set(documents.flatMap((said) => (said.inText ? said.lines : [])));
  const untried = documents.flatMap(({ place, inText: isInText, lines: [line = ''] }) => {
    const isTried = isInText ? line in inText || lines.some((each) => each.includes(line)) : trialOf(line) !== undefined;
    return isTried ? [] : [`${place}: ${line}`];
  });
  assert.deepEqual(untried, [], 'no trial is stated in test/docs/trials.ts');
  const idle = [
    ...blocks
      .flatMap(({ block, lines: own = [] }) => [block, ...own.map(({ line }) => line)])
      .filter((begin) => !lines.some((line) => line.startsWith(begin))),
    ...blocks.filter((trial) => !firsts.some((first) => trialOf(first) === trial)).map(({ block }) => block),
    ...Object.keys(inText).filter((command) => !commands.has(command)),
  ];
  assert.deepEqual(idle, [], 'trials in test/docs/trials.ts of what no document says');
}

/** The trial of the block that begins so. */
export function trialOf(first: string): Trial | undefined {
  return blocks.filter(({ block }) => first.startsWith(block)).sort((one, other) => other.block.length - one.block.length)[0];
}
