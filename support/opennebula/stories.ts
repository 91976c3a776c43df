/** What a log tells of one backup. Times in seconds since the epoch. */
export interface Story {
  readonly begun: number;
  /** Undefined where it does not tell how it ended, or when. */
  readonly end?: 'created' | 'failed';
  readonly ended?: number;
  readonly text: string;
}

/**
 * The backups that a log tells of, oldest first; one that had begun before the log did, long ago. Its times are local, and whole seconds:
 * `utcOffset` seconds ahead of UTC.
 */
export function storiesIn(log: string, utcOffset: number): Story[] {
  const stories = [{ begun: Number.NEGATIVE_INFINITY, lines: [] as string[], last: '', isOver: false }];
  for (const line of log.split('\n')) {
    const story = stories.at(-1);
    if (/New LCM state is BACKUP(_POWEROFF)?$/.test(line)) {
      const time = timeOf(line);
      if (time !== undefined) stories.push({ begun: time - utcOffset, lines: [line], last: '', isOver: false });
    } else if (story && !story.isOver) {
      story.isOver = /\[VM\]\[I\]: New (LCM )?state is /.test(line);
      if (story.isOver) story.last = line;
      else story.lines.push(line);
    }
  }
  const [early] = stories;
  if (!early?.lines.some((line) => /VM backup successfully created\.|driver operation: (backup|prebackup\w*)\.$/.test(line)))
    stories.shift();
  return stories.map(({ begun, lines, last, isOver }) => {
    const text = lines.join('\n');
    const created = lines.find((line) => /VM backup successfully created\./.test(line));
    const end = created !== undefined ? 'created' : isOver ? 'failed' : undefined;
    const time = timeOf(created ?? last);
    return { begun, text, ...(end && { end }), ...(time !== undefined && { ended: time - utcOffset }) };
  });
}

/** Seconds that OpenNebula may take from its books to the log. */
const LAG = 5;

/**
 * The backup that was handed to the driver at `begun`; undefined where the log does not tell of it, or of two: one that failed at once a second
 * before, or was in the log before it was in the books, and one after.
 */
export function storyOf(stories: readonly Story[], begun: number): Story | undefined {
  const [first, second] = stories.filter((story) => story.begun >= begun - 1 && story.begun <= begun + LAG);
  return first && first.begun < begun && second ? undefined : first;
}

/**
 * The VM is past help: its increments are kept in SNAPSHOT mode, and a second full backup was asked for. OpenNebula puts its folder
 * before the path of a link that is absolute by then. Seen on 6.10.5 and 7.4.0; test/recordings/7.4.0/third/a-snapshot-mode.
 */
export const isStuck = (text: string): boolean => /\/datastores\/\S+\/datastores\/\S+\/disk\.\d+\.snap\/\d+: Could not create/.test(text);

/** The time at the beginning of a line as if it were UTC, seconds since the epoch: `Mon Nov 23 05:08:50 2026 [Z0]…`. */
function timeOf(line: string): number | undefined {
  const [, month = '', day = '', clock = '', year = ''] = /^\w{3} (\w{3}) +(\d+) (\d\d:\d\d:\d\d) (\d{4}) /.exec(line) ?? [];
  const time = Date.parse(`${day} ${month} ${year} ${clock} GMT`) / 1000;
  return Number.isNaN(time) ? undefined : time;
}
