/** The answer to one command, ready to be shown: who was asked, what, and what came back. */
export interface Evidence {
  readonly machine: string;
  readonly account: string;
  /** The command as a person would type it to get the same answer. */
  readonly command: string;
  /** Where it is typed, when that is another machine: the one that the command logs in from. */
  readonly typedOn?: { readonly machine: string; readonly account: string };
  /** Null when there is none: ended by a signal, or never started. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly seconds: number;
  /** True when output was cut at the cap. */
  readonly truncated: boolean;
  /** A PNG in base64, where the answer is a picture. */
  readonly picture?: string;
}

/** A value, or the sentence that says why there is none. `fix`: what a person does about that. */
export type Read<T> = { readonly value: T } | { readonly fault: string; readonly fix?: string };

/** The same with the answers it was read off. */
export type Looked<T> = Read<T> & { readonly evidence: readonly Evidence[] };
