/** Large pools, page by page, by XML-RPC: of 40,000 images the command line takes 10 s and 1.1 GB of memory, a page takes a tenth of a second. */
import { type CommandResult, MiB, type Shell } from '../machines/shell.ts';
import type { Evidence, Looked, Read } from '../outcome/evidence.ts';
import { type Look, look, readAnswer } from './ask.ts';
import { type Image, parseImages } from './images.ts';
import { type Datastore, type Host, type ListedVirtualMachine, parseDatastores, parseHosts, parseVirtualMachines } from './pools.ts';
import { answersOf, asking, asOne, type Request } from './xmlrpc.ts';

/** A pool that can be had in pages: how the command line lists it, how many are on a page, and the request for one. */
interface Pool {
  readonly argv: readonly [string, ...string[]];
  readonly size: number;
  readonly page: (first: number, size: number) => Request;
  /** No more is read of it than is kept as evidence. */
  readonly isJudged: boolean;
}

/** Of all users' objects (-2) a page is told by how many come before it, and by its size as a negative number. Source: the recordings of third/h. */
const IMAGES: Pool = {
  argv: ['oneimage', 'list', '-x'],
  size: 1000,
  isJudged: true,
  page: (first, size) => ['imagepool.info', -2, first, -size],
};
const VIRTUAL_MACHINES: Pool = {
  argv: ['onevm', 'list', '-x', '--extended'],
  size: 500,
  // Whether a disk has a LUKS secret is read, and not kept.
  isJudged: false,
  // Of all but those that are DONE (-1).
  page: (first, size) => ['vmpool.infoextended', -2, first, -size, -1],
};

/** Seconds in which the list of so many is there, by whatever way. */
export const SLOW = 60;

/** A pool of more objects than that is asked for in pages. */
const LARGE = 1000;

/** What lists objects of a pool besides it: datastores their images, hosts the VMs that are on them. */
interface Owners<O> {
  readonly argv: readonly [string, ...string[]];
  readonly parse: (xml: string) => readonly O[];
  readonly owned: (owner: O) => readonly string[];
}
const DATASTORES: Owners<Datastore> = { argv: ['onedatastore', 'list', '-x'], parse: parseDatastores, owned: ({ images }) => images };
const HOSTS: Owners<Host> = { argv: ['onehost', 'list', '-x'], parse: parseHosts, owned: ({ vms }) => vms };

const listedBy = <O>(looked: Looked<readonly O[]>, { owned }: Owners<O>): readonly string[] =>
  'value' in looked ? looked.value.flatMap(owned) : [];

/** Whether there are so many images, as their datastores tell. */
export const hasManyImages = (datastores: Looked<readonly Datastore[]>): boolean => listedBy(datastores, DATASTORES).length > LARGE;

/** Whether there are so many VMs on hosts. */
export const hasManyMachines = (hosts: Looked<readonly Host[]>): boolean => listedBy(hosts, HOSTS).length > LARGE;

/** All images, of which the datastores list how many there are; `deadline` in seconds. */
export const lookAtImages = async (
  shell: Shell,
  datastores: Looked<readonly Datastore[]>,
  deadline: number,
): Promise<Looked<readonly Image[]>> =>
  hasManyImages(datastores)
    ? whole(shell, { of: IMAGES, parse: parseImages, known: datastores, by: DATASTORES }, deadline)
    : look(shell, IMAGES.argv, parseImages, deadline);

/** Looks at all images once, whose number nobody knows. */
export async function lookOnceAtImages<T>(shell: Shell, choose: (images: readonly Image[]) => T, deadline: number): Promise<Look<T>> {
  const read = await look(shell, IMAGES.argv, (xml) => choose(parseImages(xml)), deadline);
  return read.large ? peekAtImages(shell, choose, Math.max(deadline, SLOW)) : read;
}

/** Looks at all images, for who does so again and again, as `peek` does at a VM. */
export async function peekAtImages<T>(shell: Shell, choose: (images: readonly Image[]) => T, deadline: number): Promise<Look<T>> {
  const read = await lookAtPages(shell, IMAGES, parseImages, deadline);
  if ('value' in read) return { ...read, value: choose(read.value) };
  return look(shell, IMAGES.argv, (xml) => choose(parseImages(xml)), deadline);
}

/** All VMs that are not DONE, in pages. */
export const lookAtManyMachines = (
  shell: Shell,
  hosts: Looked<readonly Host[]>,
  deadline: number,
): Promise<Looked<readonly ListedVirtualMachine[]>> =>
  whole(shell, { of: VIRTUAL_MACHINES, parse: parseVirtualMachines, known: hosts, by: HOSTS }, deadline);

/**
 * A pool in pages, if it is whole: what was listed elsewhere before, and still is, must be on one of the pages. What is not listed there any more
 * was deleted meanwhile.
 */
async function whole<T extends { readonly id: string }, O>(
  shell: Shell,
  {
    of,
    parse,
    known,
    by,
  }: {
    readonly of: Pool;
    readonly parse: (xml: string) => readonly T[];
    readonly known: Looked<readonly O[]>;
    readonly by: Owners<O>;
  },
  deadline: number,
): Promise<Looked<readonly T[]>> {
  const pages = await lookAtPages(shell, of, parse, deadline, listedBy(known, by).length);
  if ('fault' in pages) return pages;
  const found = new Set(pages.value.map(({ id }) => id));
  const lacking = listedBy(known, by).filter((id) => !found.has(id));
  if (lacking.length === 0) return pages;
  const again = await look(shell, by.argv, by.parse, deadline);
  if ('fault' in again) return { ...again, evidence: [...pages.evidence, ...again.evidence] };
  const still = new Set(listedBy(again, by));
  if (!lacking.some((id) => still.has(id))) return pages;
  // The command line takes long, and lists all at once: what is not there either does not exist, whoever names it.
  return look(shell, of.argv, parse, deadline);
}

/** So many of a page are of the page before: what was deleted meanwhile moves the others up. */
const OVERLAP = 20;

/**
 * Reads a large pool page by page, which may take `deadline` seconds. Of so many as are expected OpenNebula makes the next page while one is read: it
 * is thrown away where another one turns out to be wanted.
 */
async function lookAtPages<T extends { readonly id: string }>(
  shell: Shell,
  { argv, size, page, isJudged }: Pool,
  parse: (xml: string) => readonly T[],
  deadline: number,
  expected = 0,
): Promise<Looked<readonly T[]>> {
  const command = argv.join(' ');
  const end = Date.now() + deadline * 1000;
  const pages: Evidence[] = [];
  const ask = (first: number) => shell.run({ argv: asking([page(first, size)], deadline), deadline, cap: 64 * MiB, typed: command });
  const readPage = ({ failure, ...answer }: CommandResult): Read<readonly T[]> => {
    const { answers, judged, evidence, stopped } = answersOf(answer, [command]);
    pages.push(evidence);
    if (failure) return { fault: failure.message };
    if (Date.now() > end) return { fault: `${command} was not all told within ${deadline} s` };
    const [told] = isJudged ? judged : answers;
    return told ? readAnswer(told, parse) : { fault: stopped || `${command}: no answer (exit ${answer.exitCode})` };
  };
  const found = new Map<string, T>();
  let asked = ask(0);
  for (let first = 0; ; ) {
    const answer = await asked;
    const next = first + size - OVERLAP;
    const ahead = next < expected ? ask(next) : undefined;
    const read = readPage(answer);
    if ('fault' in read) {
      await ahead;
      return { ...read, evidence: [asOne(pages)] };
    }
    const [top] = read.value;
    // Where it begins with none of the page before, or there is nothing, others were between the two, or went.
    const isNext = first === 0 || (top !== undefined && found.has(top.id));
    const before = found.size;
    if (isNext) for (const object of read.value) found.set(object.id, object);
    if (isNext && found.size === before) {
      await ahead;
      return { value: [...found.values()], evidence: [asOne(pages)] };
    }
    first = Math.max(0, first + (isNext ? Math.max(1, read.value.length - OVERLAP) : -size / 2));
    asked = first === next && ahead ? ahead : ask(first);
  }
}
