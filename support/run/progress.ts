import type { Cloud } from '../facts/cloud.ts';
import { print, showProgress } from '../report/terminal.ts';
import type { Requirement } from '../verdict/schema.ts';

/** Milliseconds after which the line is drawn anew. */
const TICK = 500;

/** Where a run is: one line of a terminal, gone when it ends; elsewhere a line for each requirement, where they are asked for. */
export class Progress {
  readonly #cloud: Pick<Cloud, 'answered'>;
  readonly #began = Date.now();
  readonly #isVerbose: boolean;
  #at = 'front-end';
  #clock: NodeJS.Timeout | undefined;

  constructor(cloud: Pick<Cloud, 'answered'>, detail: string) {
    this.#cloud = cloud;
    this.#isVerbose = detail === 'verbose' && !process.stderr.isTTY;
    if (detail === 'quiet' || !process.stderr.isTTY) return;
    this.#clock = setInterval(() => this.#draw(), TICK).unref();
    this.#draw();
  }

  /** It comes to a requirement. */
  reach({ id, title }: Pick<Requirement, 'id' | 'title'>, { done, total }: { done: number; total: number }): void {
    this.#at = id;
    if (this.#isVerbose) print(`${done + 1} of ${total}: ${id}, ${title}\n`, process.stderr);
    if (this.#clock) this.#draw();
  }

  #draw(): void {
    showProgress(progressLine(this.#at, this.#cloud.answered, Date.now() - this.#began));
  }

  end(): void {
    if (!this.#clock) return;
    clearInterval(this.#clock);
    this.#clock = undefined;
    showProgress();
  }
}

/** BDS-102 · 37 of 500 hosts · 12 s. */
export function progressLine(at: string, { done, of }: { readonly done: number; readonly of: number }, milliseconds: number): string {
  const hosts = done < of ? [`${done} of ${of} hosts`] : [];
  return [at, ...hosts, `${Math.floor(milliseconds / 1000)} s`].join(' · ');
}
