/** What the exit codes mean, of a run and of the commands that are none. */
export const EXIT = {
  compliant: 0,
  /** Something is not met; of a command: something differs, or is left. */
  notCompliant: 1,
  /** Something could not be checked, or nothing was said because the run broke. */
  undetermined: 2,
  /** The settings or the command line are wrong; nothing was changed. */
  usage: 3,
  nothingEvaluated: 4,
  /** `status`: the newest verdict is older than it counts. */
  outdated: 5,
  interrupted: 130,
} as const;

/** What a command that is no run has to say, and the exit code that says the same. */
export interface Said {
  readonly lines: readonly string[];
  readonly exitCode: number;
}
