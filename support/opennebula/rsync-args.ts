/** RSYNC_ARGS of a datastore, which the driver writes as it is into the line of bash that starts rsync: what of it an audit may run. */

/** What the driver gives rsync where nothing is saved. Source: OpenNebula 7.4.0, src/datastore_mad/remotes/rsync/backup. */
export const STOCK_ARGS = '-aS';

export interface RsyncArgs {
  /** Those that shape a transfer, and with -n write nothing on either side. */
  readonly run: readonly string[];
  /** Its own way to log in, as it stands there: -e, --rsh. */
  readonly shell?: string;
  /** What --rsync-path names: the program to be started on the other side, which may have arguments. */
  readonly program?: string;
  /** Those with which rsync copies nothing, whatever else is there: -n, --list-only, --version. */
  readonly idle: readonly string[];
  /** All others. They are not run: some write files or start programs, whether or not rsync is told to change nothing. */
  readonly others: readonly string[];
}

/** Whether rsync copies nothing with what is saved, by the words alone: saved empty, or with options that idle. Undefined is the stock. */
export const copiesNothing = (saved: string | undefined): boolean =>
  saved !== undefined && (saved.trim() === '' || readRsyncArgs(saved).idle.length > 0);

const LETTERS = 'aAcdDEghHiIJkKlLmNoOpPqrsStuUvWxXyz46';
const FLAGS = [
  ...['archive', 'recursive', 'inc-recursive', 'links', 'copy-links', 'copy-unsafe-links', 'safe-links', 'munge-links', 'copy-dirlinks'],
  ...[
    'keep-dirlinks',
    'hard-links',
    'perms',
    'executability',
    'acls',
    'xattrs',
    'owner',
    'group',
    'devices',
    'specials',
    'times',
    'atimes',
  ],
  ...['crtimes', 'omit-dir-times', 'omit-link-times', 'fake-super', 'sparse', 'preallocate', 'inplace', 'append', 'append-verify'],
  ...[
    'whole-file',
    'checksum',
    'one-file-system',
    'partial',
    'delay-updates',
    'numeric-ids',
    'update',
    'ignore-times',
    'size-only',
    'fuzzy',
    'compress',
    'old-compress',
    'new-compress',
    'mkpath',
  ],
  ...['fsync', 'dirs', 'old-dirs', 'human-readable', 'progress', 'stats', 'verbose', 'itemize-changes', 'open-noatime'],
  ...['blocking-io', 'protect-args', 'secluded-args', 'old-args', 'trust-sender', 'ipv4', 'ipv6', '8-bit-output'],
];
// None by which some files of a backup stay behind, or cannot be read afterwards: --max-size, --existing, --chmod. Nor --info, which may hide what would be copied.
const WITH_VALUE = [
  ...['bwlimit', 'timeout', 'contimeout', 'block-size', 'compress-level', 'zl', 'compress-choice', 'zc', 'compress-threads', 'zt'],
  ...['checksum-choice', 'cc', 'checksum-seed', 'skip-compress', 'protocol', 'modify-window', 'outbuf'],
];
const VALUED = [...WITH_VALUE, 'rsh', 'rsync-path'];
/** They shape no transfer, and keep rsync from saying what it would copy: left out of what an audit runs. */
const HUSHED = /^--(quiet|no-v|no-verbose|msgs2stderr)$/;
const IDLE = ['dry-run', 'list-only', 'version', 'help'];

/** Single letters that may be run, up to an -e and what stands behind it: empty where that is the next word. */
const CLUSTER = new RegExp(`^-([${LETTERS}]*)(?:e(.*))?$`, 's');
const VALUE = /^[\w.,:%+=-]+$/;
const PROGRAM = /^[\w./@%+:,=-]+( [\w./@%+:,=-]+)*$/;

/** Reads it as bash would; what bash would do more with than split it is run by nobody but the driver. */
export function readRsyncArgs(saved: string): RsyncArgs {
  const words = split(saved);
  if (!words) return { run: [], idle: [], others: [saved.trim()] };
  const run: string[] = [];
  const idle: string[] = [];
  const others: string[] = [];
  const found: { shell?: string; program?: string } = {};
  const given = [...words];
  for (let word = given.shift(); word !== undefined; word = given.shift()) {
    const [, name = '', own] = /^--([\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
    const [, cluster = '', shell] = CLUSTER.exec(word) ?? [];
    const letters = cluster.replaceAll('q', '');
    const takesNext = own === undefined && (VALUED.includes(name) || shell === '');
    const next = takesNext ? given.shift() : undefined;
    const whole = next === undefined ? word : `${word} ${next}`;
    const value = own ?? next ?? '';
    if (name === 'rsh' || shell !== undefined) found.shell = whole;
    else if (name === 'rsync-path' && PROGRAM.test(value)) found.program = value;
    else if ((own === undefined && IDLE.includes(name)) || /^-[A-Za-z]*[nV]/.test(word)) idle.push(word);
    else if (HUSHED.test(word)) continue;
    else if (WITH_VALUE.includes(name) && VALUE.test(value)) run.push(`--${name}=${value}`);
    else if (own === undefined && (FLAGS.includes(name) || /^no-[\w-]+$/.test(name))) run.push(word);
    else if (cluster === '') others.push(whole);
    if (letters !== '') run.push(`-${letters}`);
  }
  return { run, idle, others, ...found };
}

/** The words of a line as bash splits it; undefined where it would expand, redirect or run something. */
function split(line: string): string[] | undefined {
  const part = /'[^']*'|"[^"$`\\!]*"|[\w.,:=@%+/-]+/y;
  const words: string[] = [];
  let isWithin = false;
  for (let at = 0; at < line.length; ) {
    const [space = ''] = /^[ \t\n]+/.exec(line.slice(at)) ?? [];
    if (space !== '') isWithin = false;
    at += space.length;
    if (at === line.length) break;
    part.lastIndex = at;
    const [piece] = part.exec(line) ?? [];
    if (piece === undefined) return undefined;
    const text = /^['"]/.test(piece) ? piece.slice(1, -1) : piece;
    if (isWithin) words[words.length - 1] += text;
    else words.push(text);
    isWithin = true;
    at += piece.length;
  }
  return words;
}
