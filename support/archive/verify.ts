import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, normalize, resolve } from 'node:path';
import { messageOf, UsageError } from '../outcome/errors.ts';
import { EXIT, type Said } from '../outcome/exit-codes.ts';
import { count } from '../outcome/figures.ts';
import { contentsOf, type Found, MANIFEST, SIGNATURE } from './seal.ts';
import { fingerprintIn, sshKeygen } from './ssh-keygen.ts';

/**
 * Holds a run's folder against its manifest, and the manifest against its signature. `allowedSigners` is a file in ssh-keygen's form.
 * @throws UsageError when that file cannot be read.
 */
export async function verifyEvidence(folder: string, allowedSigners?: string): Promise<Said> {
  if (allowedSigners !== undefined) requireFile(allowedSigners);
  try {
    return await verify(folder, allowedSigners);
  } catch (error) {
    return { lines: [`Could not verify: ${shown(messageOf(error))}`], exitCode: EXIT.undetermined };
  }
}

function requireFile(path: string): void {
  try {
    readFileSync(path);
  } catch (error) {
    throw new UsageError(`--allowed-signers ${path}: expected a file in the form of ssh-keygen's ALLOWED SIGNERS: ${messageOf(error)}`);
  }
}

async function verify(folder: string, allowedSigners: string | undefined): Promise<Said> {
  if (!existsSync(join(folder, MANIFEST)))
    throw new Error(
      `expected the manifest of a run in ${join(folder, MANIFEST)}, found none. Name a run's folder, such as reports/latest.`,
    );
  const found = new Map(await contentsOf(folder));
  const [manifest, signature] = [found.get(MANIFEST), found.get(SIGNATURE)];
  found.delete(MANIFEST);
  found.delete(SIGNATURE);
  if (manifest && 'is' in manifest)
    return { lines: [`changed  ${MANIFEST}: expected a file, found ${manifest.is}`], exitCode: EXIT.notCompliant };
  const text = await readFile(join(folder, MANIFEST));
  const { sums, faults } = parseManifest(text.toString());
  const differences = [...faults.map((fault) => `changed  ${fault}`), ...compare(sums, found)];
  const unread = [...found].flatMap(([name, each]) => ('unreadable' in each ? [`Could not read ${shown(name)}: ${each.unreadable}`] : []));
  const signed = await judgeSignature(folder, text, signature, allowedSigners);
  const differs = differences.length > 0 || !signed.sound;
  return {
    lines: [
      ...differences,
      ...unread,
      differences.length > 0
        ? `FAILED: ${count(differences.length, 'file')} ${differences.length === 1 ? 'differs' : 'differ'}`
        : `OK: ${count(sums.size - unread.length, 'file')} match`,
      signed.says,
    ],
    exitCode: differs ? EXIT.notCompliant : unread.length > 0 ? EXIT.undetermined : EXIT.compliant,
  };
}

const unescapes: Readonly<Record<string, string>> = { '\\\\': '\\', '\\n': '\n', '\\r': '\r' };

/** Reads a manifest as the suite writes it: the sums by name, and whatever else stands there, by line. */
export function parseManifest(text: string): { readonly sums: ReadonlyMap<string, string>; readonly faults: readonly string[] } {
  const lines = text.split('\n');
  const faults: string[] = [];
  const lineOf = new Map<string, number>();
  const sums = new Map<string, string>();
  if (lines.pop() !== '') faults.push(`${MANIFEST}: expected an end to its last line, found none; it was cut short`);
  if (text.includes('\r')) faults.push(`${MANIFEST}: expected plain line ends, found those of Windows (CRLF)`);
  if (text === '') faults.push(`${MANIFEST}: expected the files of a run, found none`);
  for (const [at, line] of lines.entries()) {
    const place = `${MANIFEST}:${at + 1}`;
    const [, escaped, sum, written = ''] = /^(\\?)([0-9a-f]{64}) {2}(.+)$/s.exec(line.replace(/\r$/, '')) ?? [];
    const name = escaped ? written.replace(/\\[\\nr]/g, (pair) => unescapes[pair] ?? pair) : written;
    if (sum === undefined) faults.push(`${place}: expected a SHA-256 sum, two blanks and a name, found “${shown(line)}”`);
    else if (!isOwn(name)) faults.push(`${place}: expected the name of a file of this run, found “${shown(name)}”`);
    else if (sums.has(name)) faults.push(`${place}: expected each file once, found ${shown(name)} again, as in line ${lineOf.get(name)}`);
    else {
      sums.set(name, sum);
      lineOf.set(name, at + 1);
    }
  }
  return { sums, faults };
}

/** Leads nowhere else, is written in one way only, and is not what no manifest names. */
function isOwn(name: string): boolean {
  return normalize(name) === name && !/^(\/|\.\.?(\/|$))|\/$/.test(name) && name !== MANIFEST && name !== SIGNATURE;
}

/** A line for each file that differs from the manifest. */
function compare(sums: ReadonlyMap<string, string>, found: ReadonlyMap<string, Found>): string[] {
  const names = [...new Set([...sums.keys(), ...found.keys()])].toSorted();
  return names.flatMap((name) => {
    const [sum, now] = [sums.get(name), found.get(name)];
    if (sum === undefined)
      return now && 'is' in now && now.is === 'a folder' ? [] : [`added    ${shown(name)}: expected nothing, found ${say(now)}`];
    if (now === undefined) return [`missing  ${shown(name)}: expected ${sum}, found nothing`];
    if ('unreadable' in now || ('sum' in now && now.sum === sum)) return [];
    return [`changed  ${shown(name)}: expected ${sum}, found ${say(now)}`];
  });
}

function say(found: Found | undefined): string {
  if (!found) return 'nothing';
  if ('sum' in found) return found.sum;
  return 'is' in found ? found.is : `a file that could not be read: ${found.unreadable}`;
}

/**
 * The fingerprint of the key that a run's manifest is signed with; undefined where it is not signed, or the signature is of another manifest.
 * @throws Error when the files cannot be read, or ssh-keygen cannot be run.
 */
export async function signerOf(folder: string): Promise<string | undefined> {
  const file = resolve(folder, SIGNATURE);
  if (!existsSync(file)) return undefined;
  const { exitCode, stdout } = await sshKeygen('check-novalidate', ['-s', file], await readFile(join(folder, MANIFEST)));
  return exitCode === 0 ? fingerprintIn(stdout) : undefined;
}

const WHOLE = /^-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/]+={0,2}\n)+-----END SSH SIGNATURE-----\n$/;

/** Whether the signature is what it should be, and a sentence about it. */
async function judgeSignature(
  folder: string,
  manifest: Buffer,
  found: Found | undefined,
  allowedSigners: string | undefined,
): Promise<{ sound: boolean; says: string }> {
  const wrong = (says: string) => ({ sound: false, says: `${SIGNATURE}: ${says}` });
  if (!found && allowedSigners === undefined)
    return { sound: true, says: `Not signed: anyone who can edit the files can also edit ${MANIFEST}.` };
  if (!found) return wrong(`expected a signature by one of those in ${allowedSigners}, found none.`);
  if ('is' in found) return wrong(`expected a file, found ${found.is}.`);
  const file = resolve(folder, SIGNATURE);
  if (!WHOLE.test(await readFile(file, 'utf8'))) return wrong('expected a whole SSH signature and nothing else, found something else.');
  const sound = await sshKeygen('check-novalidate', ['-s', file], manifest);
  if (sound.exitCode !== 0)
    return wrong(`expected a signature of this ${MANIFEST}, found “${shown(sound.said)}”. One of the two was changed.`);
  const key = shown(/with (.*)/.exec(sound.stdout)?.[1] ?? 'an unknown key');
  if (allowedSigners === undefined)
    return {
      sound: true,
      says: `The signature is sound: it is of this ${MANIFEST}, by the ${key}. It does not say whose key that is: name those you trust with --allowed-signers.`,
    };
  const trusted = ['-s', file, '-f', resolve(allowedSigners)];
  const principals = await sshKeygen('find-principals', trusted, manifest);
  for (const principal of principals.stdout.split('\n').filter(Boolean)) {
    const verified = await sshKeygen('verify', [...trusted, '-I', principal], manifest);
    if (verified.exitCode === 0) return { sound: true, says: `Signed by ${shown(principal)}, as ${allowedSigners} says, with the ${key}.` };
  }
  return wrong(`expected a signature by one of those in ${allowedSigners}, found one by the ${key} (${shown(principals.said)}).`);
}

/** Whoever names a file must not steer the terminal that its name is shown on, nor write lines of ours. */
function shown(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
