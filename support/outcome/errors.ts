/** The settings or the command line are wrong: nothing was changed, exit 3. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** We could not look. Anything thrown that is not an AssertionError ends as undetermined; this one says so on purpose. */
export class Undetermined extends Error {
  override name = 'Undetermined';
}

/** Why an error arose, in one line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Why a file could not be read or written, without the path that Node.js puts behind it: the sentence around it names it. */
export function whyNot(error: unknown): string {
  return messageOf(error).replace(/, \w+(?: '.*')?$/s, '');
}
