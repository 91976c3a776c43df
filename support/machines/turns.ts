/** Machines that take turns at one step: each begins with the rest at once, waits there, and goes on when it is told to. */
import pLimit from 'p-limit';

/** A step that a command takes only when it is its turn: it is run once up to the step, and once more from there on. */
export interface Turn {
  /** What it prints when it comes to the step, and when it is through. */
  readonly asks: string;
  readonly ends: string;
  /** What it reads then, when it is run again. */
  readonly rest: string;
  /** Resolves, when it is its turn, to what gives the turn back. Without it there is nobody to wait for. */
  readonly take?: () => Promise<() => void>;
}

/** Turns, so many at a time, in the order in which they are asked for. */
export class Turns {
  readonly #limit: ReturnType<typeof pLimit>;

  constructor(atOnce: number) {
    this.#limit = pLimit(atOnce);
  }

  /** Does something that is one turn as a whole. */
  whole<T>(work: () => Promise<T>): Promise<T> {
    return this.#limit(work);
  }

  take = (): Promise<() => void> =>
    new Promise((given) => {
      void this.#limit(() => new Promise<void>((back) => given(back)));
    });
}

/** A deadline that stands still while another machine has its turn. */
export class Deadline {
  #left: number;
  readonly #late: () => void;
  #since = 0;
  #clock: NodeJS.Timeout | undefined;

  constructor(seconds: number, late: () => void) {
    this.#left = seconds * 1000;
    this.#late = late;
    this.start();
  }

  start(): void {
    this.#since = Date.now();
    this.#clock = setTimeout(this.#late, Math.max(this.#left, 0));
  }

  stop(): void {
    clearTimeout(this.#clock);
    this.#left -= Date.now() - this.#since;
  }
}

/** A command line, as any shell has it, that is run up to the step, waits outside of its deadline, and is run again; unless who asked has gone. */
export const inTurn = (run: string): string => `${run} && sh -c 'IFS= read -r turn' && ${run}`;
/** Begins what is read then. */
const GO = '\n';

/** Seconds beyond its deadline after which the ssh of a front-end that is not this machine ends by itself, should nobody end it. */
export const PATIENCE = 3600;

/**
 * Listens to a command that takes a turn, and lets it go on when it is given one. The turn is given back when the command is through with the step,
 * and when it has ended, however it did.
 */
export function listen(
  { asks, ends, rest, take = () => Promise.resolve(() => undefined) }: Turn,
  { goOn, deadline }: { goOn: (text: string) => void; deadline: Deadline },
): { readonly hear: (chunk: Buffer) => void; readonly ended: () => void } {
  let heard = '';
  let hasAsked = false;
  let hasEnded = false;
  let giveBack: (() => void) | undefined;
  const wait = async () => {
    deadline.stop();
    giveBack = await take();
    if (hasEnded) return giveBack();
    deadline.start();
    goOn(GO + rest);
  };
  return {
    hear(chunk) {
      heard += chunk.toString('latin1');
      if (!hasAsked && heard.includes(asks)) {
        hasAsked = true;
        void wait();
      }
      if (heard.includes(ends)) giveBack?.();
      // What is looked for may come in two pieces.
      heard = heard.slice(-Math.max(asks.length, ends.length));
    },
    ended() {
      hasEnded = true;
      giveBack?.();
    },
  };
}
