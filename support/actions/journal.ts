import { z } from 'zod';
import { fileNameOf } from '../archive/folders.ts';
import { quote } from '../machines/quote.ts';
import { type Command, type CommandResult, type Held, type HoldingShell, inLocale, MiB } from '../machines/shell.ts';
import type { Read } from '../outcome/evidence.ts';

/** What a restore test has to do with. */
const target = z.object({
  /** Its id is empty where OpenNebula lists none of the name. */
  datastore: z.object({ id: z.string(), name: z.string() }),
  /** The VM's id. */
  vm: z.string(),
  /** The datastore's directory on the backup server. */
  own: z.string(),
});
const opening = target.extend({ opened: z.literal(1) });
const texts = z.array(z.string()).readonly();
/** Ids of all images, ids of the VM's scheduled backups, and directories by their path from the datastore's own: "0", "0/5de970". */
const before = z.object({ images: texts, actions: texts, directories: texts });
const change = z.discriminatedUnion('change', [
  z.object({ change: z.literal('probe'), path: z.string() }),
  z.object({ change: z.literal('begin'), before }),
  z.object({ change: z.literal('schedule'), at: z.number(), logSize: z.number() }),
  z.object({ change: z.literal('withdraw'), id: z.string(), from: z.number() }),
  z.object({ change: z.literal('withdrawn'), id: z.string(), until: z.number() }),
  z.object({ change: z.literal('restore'), name: z.string(), image: z.string() }),
  z.object({ change: z.literal('sample'), name: z.string(), image: z.string(), vm: z.string() }),
  z.object({ change: z.literal('boot'), name: z.string(), image: z.string() }),
  z.object({ change: z.literal('start'), name: z.string(), template: z.string() }),
  z.object({
    ...{ change: z.literal('canary'), name: z.string(), host: z.string() },
    ...{ vm: z.string().regex(/^\d+$/).exactOptional(), directories: texts.exactOptional() },
  }),
  z.object({ change: z.literal('temporary'), path: z.string() }),
]);

export type Target = Readonly<z.infer<typeof target>>;
/** What a run is about. */
export type Opening = Readonly<z.infer<typeof opening>>;
/** How it was before the first backup, so that what was there is told from what was made. */
export type Before = Readonly<z.infer<typeof before>>;
/**
 * A change about to be made; `image` is the id of the backup that was made before, of a sample that of production's VM `vm`. Between `withdraw` and `withdrawn` a scheduled backup is taken
 * back, and may be begun all the same. `boot` restores it to be started, and `start` makes a VM of that. `canary` makes one on the host of that id, and restores it under the same
 * name; all that is of the VM `vm` is the run's own, but for `directories`, which were there before its first backup. Times are seconds since the epoch, by the front-end's clock.
 */
export type Change = Readonly<z.infer<typeof change>>;

/**
 * What a restore test is about to change, written down on the front-end before it is changed, so that whoever comes after a dead run can
 * undo it. One file a run, one JSON value a line: the opening, then the changes.
 */
export interface Journal {
  readonly run: string;
  /** Undefined where it was cut short before its first change: nothing was changed then. Or where it cannot be understood. */
  readonly opening: Opening | undefined;
  readonly changes: readonly Change[];
  /** Its file, where it says something that is not understood. */
  readonly garbled?: string;
}

/** The names a run gives to what it makes, all of which hold the run's own. */
export const namesOf = (run: string) => ({
  probe: `.backup-compliance-${run}`,
  restored: `backup-compliance-${run}`,
  booted: `backup-compliance-${run}-boot`,
  temporary: `backup-compliance-${run}`,
});

/** The names of what it makes of the backup of a VM of production. */
export function sampleNamesOf(run: string, vm: string): Pick<ReturnType<typeof namesOf>, 'restored' | 'temporary'> {
  const { restored, temporary } = namesOf(run);
  return { restored: `${restored}-vm${vm}`, temporary: `${temporary}-vm${vm}` };
}

/** The names of the canary on a host, by the host's id: of the VM, and of what is made of its backup. */
export function canaryNamesOf(run: string, host: string): Pick<ReturnType<typeof namesOf>, 'restored' | 'temporary'> {
  const { restored, temporary } = namesOf(run);
  return { restored: `${restored}-host${host}`, temporary: `${temporary}-host${host}` };
}

/** The folder of a datastore's journals, below the home of the account on the front-end. Its name is readable, and no two share it. */
export function journalFolder(datastore: string): string {
  return `.backup-compliance/${fileNameOf(datastore)}`;
}

/**
 * Holds the folder open and locked until its standard input ends, and removes it then, unless a journal is left in it. A folder that
 * was removed between opening and locking is made anew. What keeps it from that is its answer.
 */
const LOCK = `
exec 2>&1
umask 077
cd || exit
while :; do
  mkdir -p -- "$1" && exec 9<"$1" || exit
  flock -n 9 || { echo "busy $(ls -- "$1" | tr '\\n' ' ')"; exit; }
  [ "$1" -ef /proc/self/fd/9 ] && break
done
echo held
cat > /dev/null 9<&-
rmdir -- "$1" .backup-compliance 2> /dev/null
`;

const suffix = '.jsonl';

/** The journals of one datastore, while nobody else has them. */
export class JournalBook {
  readonly #shell: HoldingShell;
  readonly #folder: string;
  readonly #deadline: number;
  #held: Held | undefined;

  /** `deadline` is that of one command, in seconds. */
  constructor(shell: HoldingShell, datastore: string, deadline: number) {
    this.#shell = shell;
    this.#folder = journalFolder(datastore);
    this.#deadline = deadline;
  }

  /** Takes the book, or says why it cannot. One run at a time has it. */
  async take(): Promise<Read<undefined>> {
    const held = await this.#shell.hold({ argv: ['bash', '-c', LOCK, 'bash', this.#folder], deadline: this.#deadline });
    if (held.said === 'held') {
      this.#held = held;
      return { value: undefined };
    }
    await held.release();
    if (!held.said.startsWith('busy')) return { fault: `~/${this.#folder} could not be locked: ${held.failure?.message ?? held.said}` };
    const runs = held.said.slice('busy'.length).replaceAll(suffix, '').trim();
    return {
      fault: `another gate or clean-up of this datastore is under way${runs && ` (${runs})`}`,
      fix: 'Wait until it has ended, then run this again.',
    };
  }

  /** Lets others take it, and leaves no folder behind that is empty. */
  async release(): Promise<void> {
    await this.#held?.release();
    this.#held = undefined;
  }

  /** What runs that are no more have left; or why it could not be read. */
  async leftBehind(): Promise<Read<readonly Journal[]>> {
    // What a run that is dead was just writing down is waited for, see WRITE.
    const script = `cd && cd -- "$1" || exit
for file in *${suffix}; do
  [ ! -e "$file" ] || { flock -w "$2" -- "$file" true; echo "$file"; cat -- "$file" || exit; echo; }
done`;
    const argv = ['bash', '-c', script, 'bash', this.#folder, String(this.#deadline / 2)] as const;
    const { failure, stdout, stderr, exitCode, truncated } = await this.#run({ argv, cap: 64 * MiB });
    if (failure || exitCode !== 0 || truncated)
      return {
        fault: `the journals in ~/${this.#folder} could not be read: ${failure?.message ?? (stderr.trim() || 'they are too large')}`,
      };
    const named = ({ garbled, ...journal }: Journal): Journal =>
      garbled === undefined ? journal : { ...journal, garbled: `~/${this.#folder}/${garbled}` };
    return { value: readJournals(stdout).map(named) };
  }

  /** Opens the journal of a run, or goes on with that of one that is no more. Nothing is written before its first change. */
  open(run: string, opening: Opening, changes: readonly Change[] = []): RunJournal {
    return new RunJournal((lines, command) => this.#record(run, lines, command), { run, opening, changes });
  }

  async #record(run: string, lines: readonly object[], command?: Command): Promise<CommandResult> {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    const argv = command?.argv ?? (['true'] as const);
    const result = await this.#run({
      ...command,
      argv: ['bash', '-c', WRITE, 'bash', `${this.#folder}/${run}${suffix}`, text, ...inLocale(argv)],
      typed: command?.typed ?? quote(argv),
    });
    if (!result.stderr.includes(UNWRITTEN)) return result;
    const message = `the journal ~/${this.#folder}/${run}${suffix} could not be written: ${result.stderr.replace(UNWRITTEN, '').trim()}`;
    return { ...result, failure: { kind: 'not-started', message } };
  }

  /** Waits for the last command of a run that is no more; why it cannot, where it goes on and on. */
  async settle(run: string): Promise<string | undefined> {
    const script = 'cd && [ ! -e "$1" ] || flock -w "$2" -- "$1" true';
    const wait = String(this.#deadline);
    const argv = ['bash', '-c', script, 'bash', `${this.#folder}/${run}${suffix}`, wait] as const;
    const { failure, exitCode } = await this.#run({ argv, deadline: this.#deadline + 5 });
    if (failure) return failure.message;
    return exitCode === 0 ? undefined : `a command that run ${run} began has not ended within ${wait} s`;
  }

  /** Strikes a run off: all it did is undone. */
  async strike(run: string): Promise<void> {
    await this.#run({ argv: ['bash', '-c', 'cd && rm -f -- "$1"', 'bash', `${this.#folder}/${run}${suffix}`] });
  }

  #run(command: Omit<Command, 'deadline'> & { deadline?: number }): Promise<CommandResult> {
    return this.#shell.run({ deadline: this.#deadline, ...command });
  }
}

type Record = (lines: readonly object[], command?: Command) => Promise<CommandResult>;

/** The journal of a run under way, on the front-end and here. */
export class RunJournal implements Journal {
  readonly run: string;
  readonly opening: Opening;
  readonly changes: Change[];
  readonly #record: Record;
  #isOpen: boolean;

  constructor(record: Record, { run, opening, changes }: { run: string; opening: Opening; changes: readonly Change[] }) {
    this.#record = record;
    this.run = run;
    this.opening = opening;
    this.changes = [...changes];
    this.#isOpen = changes.length > 0;
  }

  /**
   * Writes the changes down, sees them on the disk, and only then runs the command, all in one call. The result is the command's; where
   * they could not be written, nothing was run, and the failure says so.
   */
  async record(changes: readonly Change[], command?: Command): Promise<CommandResult> {
    const lines = this.#isOpen ? changes : [this.opening, ...changes];
    this.changes.push(...changes);
    const result = await this.#record(lines, command);
    // Where it is not known whether it was written, it is written once more.
    this.#isOpen ||= !result.failure;
    return result;
  }
}

const UNWRITTEN = 'the journal could not be written\n';
/**
 * The command inherits a lock on the journal: a run may be dead while its last command still works on, and what that makes is seen
 * only once it has ended. What was cut short before stays a line of its own.
 */
const WRITE = `write() { cd && exec 9>> "$1" && flock -s 9 && printf '\\n%s' "$2" >&9 && sync -- "$1" && [ "$1" -ef /proc/self/fd/9 ]; }
old=$PWD mask=$(umask)
umask 077
write "$@" || { echo '${UNWRITTEN.trim()}' >&2; exit 1; }
umask "$mask"
cd "$old"
shift 2
exec "$@"`;

/**
 * Reads journals as leftBehind prints them: a file's name, then its lines. What a line that was cut short announces was never done. A
 * journal that says more than that and names nothing to undo is told of as garbled.
 */
export function readJournals(text: string): Journal[] {
  const journals: { run: string; lines: unknown[] }[] = [];
  for (const line of text.split('\n')) {
    if (line.endsWith(suffix) && !line.startsWith('{')) journals.push({ run: line.slice(0, -suffix.length), lines: [] });
    else if (line !== '') journals.at(-1)?.lines.push(parsed(line));
  }
  return journals.map(({ run, lines }) => {
    const said = lines.filter((line) => line !== CUT_SHORT);
    const opening = said.find(isOpening);
    const changes = said.filter(isChange);
    const understood = changes.length + said.filter(isOpening).length === said.length && (opening !== undefined || lines.length < 2);
    const journal = opening ? { run, opening, changes } : { run, opening, changes: [] };
    return understood ? journal : { ...journal, garbled: `${run}${suffix}` };
  });
}

const CUT_SHORT = Symbol('a line that is no JSON value');

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return CUT_SHORT;
  }
}

const isOpening = (value: unknown): value is Opening => opening.safeParse(value).success;
const isChange = (value: unknown): value is Change => change.safeParse(value).success;
