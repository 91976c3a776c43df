import type { Evidence } from './evidence.ts';

/** 2 clouds. */
export const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

/** How long the last of some answers took: 0.3 s. */
export const inSeconds = (answers: readonly Evidence[]): string => `${Math.max(answers.at(-1)?.seconds ?? 0, 0).toFixed(1)} s`;
