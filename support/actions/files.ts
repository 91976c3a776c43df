import { posix } from 'node:path';
import type { Machines } from '../facts/cloud.ts';
import type { BackupFiles, Description, DiskFile } from '../facts/gate.ts';
import { spoken } from '../machines/openssh.ts';
import { quote } from '../machines/quote.ts';
import { MiB } from '../machines/shell.ts';
import { type Probe, type Survey, survey } from '../machines/survey.ts';
import { isLate, isSilent } from '../machines/timeout.ts';
import { shortened } from '../machines/words.ts';
import type { Image } from '../opennebula/images.ts';
import { parseShape, parseVirtualMachine } from '../opennebula/pools.ts';
import type { Evidence } from '../outcome/evidence.ts';
import type { Target } from './journal.ts';

/** The links of a backup, oldest first: one of a full backup, each with its number and directory. */
export function linksOf({ increments, source }: Image): readonly { readonly id: string; readonly source: string }[] {
  return increments.length > 0 ? increments : [{ id: '0', source }];
}

/** Where the files of a backup are to be. */
export interface Places {
  readonly disks: readonly Pick<DiskFile, 'disk' | 'path' | 'whole'>[];
  readonly vmXml: string;
}

/** The files of a backup on the server, link by link. Source: OpenNebula 7.4.0, src/datastore_mad/remotes/rsync/backup. */
export function placesOf(image: Image, { own, vm }: Target): Places {
  const links = linksOf(image).map(({ id, source }) => ({ id, folder: posix.join(own, vm, source) }));
  return {
    disks: links.flatMap(({ id, folder }, place) =>
      image.disks.map((disk) => ({ disk, path: posix.join(folder, `disk.${disk}.${id}`), whole: place === 0 })),
    ),
    vmXml: posix.join(links.at(-1)?.folder ?? own, 'vm.xml'),
  };
}

/** Asks the backup server for the files of a backup: their sizes, whether they are sound, and whose they are. Reads only. */
export async function inspectFiles({ onBackupServer, site }: Machines, target: Target, image: Image): Promise<BackupFiles> {
  const { backup: deadline, command } = site.deadlines;
  const places = placesOf(image, target);
  const { disks, vmXml } = places;
  const paths = [...disks.map(({ path }) => path), vmXml];
  const list = 'for file; do [ ! -f "$file" ] || stat -c "%s %n" -- "$file" || exit; done';
  const probes: Probe[] = [
    { name: 'sizes', argv: ['bash', '-c', list, 'bash', ...paths], deadline: command, typed: `stat -c '%s %n' ${quote(paths)}` },
    ...disks.map((disk, index): Probe => ({ name: `disk-${index}`, deadline, ...checking(disk) })),
    ...disks.flatMap(({ path }, index): Probe[] =>
      isNewest(disks, index) ? [{ name: `holds-${index}`, argv: [...INFO, path], deadline: command }] : [],
    ),
    // Decoded over there, so that secrets in it can be told from the rest, and do not come into the evidence.
    { name: 'vm.xml', argv: ['base64', '-d', '--', vmXml], deadline: command },
  ];
  return readFiles(await survey(onBackupServer, probes, { deadline: deadline + 3 * command, cap: 4 * MiB }), places);
}

/** Reads what the server answered about the files of a backup. */
export function readFiles({ answers, asked, failure }: Survey, { disks, vmXml }: Places): BackupFiles {
  const sizes = answers.get('sizes');
  const known = sizesIn(sizes?.stdout ?? '');
  const silence = failure?.message ?? (shortened(spoken(sizes?.stderr || asked.stderr)) || 'none to the question for their sizes');
  const { shown, ...content } = readDescription(answers.get('vm.xml'), vmXml, asked.machine);
  const sizeOf = (path: string) => {
    const bytes = known.get(path);
    return bytes === undefined ? {} : { bytes };
  };
  return {
    disks: disks.map((disk, index) => ({
      ...{ ...disk, ...sizeOf(disk.path), content: readDisk(answers.get(`disk-${index}`), disk) },
      ...(isNewest(disks, index) && { holds: readHeld(answers.get(`holds-${index}`), disk.path) }),
    })),
    description: { path: vmXml, ...sizeOf(vmXml), content },
    ...((failure || sizes?.exitCode !== 0) && { fault: `no answer: ${silence}`, fix: look(asked.machine) }),
    evidence:
      answers.size === 0 ? [asked] : [...answers].map(([name, answer]) => (name === 'vm.xml' ? { ...answer, stdout: shown } : answer)),
  };
}

/** Whether no other link is on that one: it has the size that the disk had when it was backed up; those below may be of before it grew. */
const isNewest = (disks: Places['disks'], at: number): boolean => disks.findLastIndex(({ disk }) => disk === disks[at]?.disk) === at;

/** The sizes of the files that are there, in bytes, by path. */
function sizesIn(stdout: string): ReadonlyMap<string, number> {
  const lines = stdout.split('\n').map((line) => /^(\d+) (\/.*)$/.exec(line));
  return new Map(lines.flatMap((line) => (line ? [[line[2] ?? '', Number(line[1])] as const] : [])));
}

/** Has qemu-img check a file, and keeps the end of what it says of single clusters: a line each, of a broken disk some million. */
const CHECK = '{ qemu-img check -f qcow2 "$1" 2>&1 >&3 3>&- | tail -c 4096 >&2; exit "${PIPESTATUS[0]}"; } 3>&1';
/** An increment is checked without its backing file, which is gone by design. */
const checking = ({ path, whole }: Pick<DiskFile, 'path' | 'whole'>) => {
  const image = whole ? path : `json:${JSON.stringify({ driver: 'qcow2', backing: null, file: { driver: 'file', filename: path } })}`;
  return { argv: ['bash', '-c', CHECK, 'bash', image] as const, typed: `qemu-img check -f qcow2 ${quote([image])}` };
};

/** The exit code for clusters that no table names. Source: qemu-img(1), check. */
const LEAKED = 3;
/** The exit code of a format that cannot be checked. Source: qemu-img(1), check. */
const UNCHECKED = 63;
/** What qemu-img check says of an image whose data is sound. Source: qemu-img.c, dump_human_image_check. */
const SOUND = /^No errors were found on the image\.$/;
const ERRORS = /^\d+ errors were found on the image\.$/m;
const LEAKS = /^(\d+) leaked clusters were found on the image\.$/m;
/** Where none is allocated it says nothing. */
const ALLOCATES = /^(\d+)\/\d+ = [\d.]+% allocated/m;

const late = (path: string) => ({
  fault: `no answer about ${path} in time`,
  fix: 'Look at the disk it lies on, then run the gate again.',
});
const look = (machine: string) => `Log in and look: ssh ${machine}`;

/** What qemu-img says of a disk's file. */
function readDisk(answer: Evidence | undefined, { path }: Pick<DiskFile, 'path'>): DiskFile['content'] {
  if (!answer || isLate(answer)) return late(path);
  const { exitCode, stdout, stderr } = answer;
  const fix = 'See BDS-302.';
  if (isSilent(answer) || exitCode === UNCHECKED)
    return { fault: `that qemu-img could not say whether ${path} is: “${shortened(stderr) || `exit ${exitCode}`}”`, fix };
  const errors = ERRORS.exec(stdout)?.[0];
  // A line each: one of them, and how many there are.
  const told = errors === undefined ? stderr || stdout : [stderr.trim().split('\n').at(-1), errors].filter(Boolean).join('; ');
  const said = shortened(told) || `exit ${exitCode}`;
  if (exitCode !== 0 && exitCode !== LEAKED) return { value: { state: 'broken', said } };
  const leaks = LEAKS.exec(stdout)?.[1];
  const allocated = Number(ALLOCATES.exec(stdout)?.[1] ?? 0);
  if (exitCode === LEAKED && leaks !== undefined) return { value: { state: 'leaked', said, leaked: Number(leaks), allocated } };
  if (exitCode === 0 && stdout.split('\n').some((line) => SOUND.test(line))) return { value: { state: 'sound', said, allocated } };
  return { fault: `that qemu-img check did not say that ${path} is: “${shortened(stdout) || 'no word'}”`, fix };
}

/** Tells of a disk's file, and not of the backing file that it names. */
const INFO = ['qemu-img', 'info', '-f', 'qcow2', '--output=json'] as const;

/** How large a disk a file holds. */
function readHeld(answer: Evidence | undefined, path: string): NonNullable<DiskFile['holds']> {
  if (!answer || isLate(answer)) return late(path);
  const value = heldIn(answer.exitCode === 0 ? answer.stdout : '');
  if (value !== undefined) return { value };
  const said = shortened(answer.stderr || answer.stdout) || `exit ${answer.exitCode}`;
  return { fault: `that qemu-img could not say how large the disk in ${path} is: “${said}”`, fix: 'See BDS-302.' };
}

/** What it says of the image itself: newer ones tell of the file below it, too, in the same words. */
function heldIn(stdout: string): number | undefined {
  try {
    const { 'virtual-size': bytes } = JSON.parse(stdout) as { 'virtual-size'?: unknown };
    return Number.isSafeInteger(bytes) && Number(bytes) >= 0 ? Number(bytes) : undefined;
  } catch {
    return undefined;
  }
}

/** Whose description it is; and of the answer what may be shown. */
function readDescription(answer: Evidence | undefined, path: string, machine: string): Description['content'] & { shown: string } {
  if (!answer || isLate(answer)) return { ...late(path), shown: '' };
  const said = shortened(answer.stderr) || `exit ${answer.exitCode}`;
  if (isSilent(answer)) return { fault: `that ${path} could not be decoded there: “${said}”`, fix: look(machine), shown: '' };
  if (answer.exitCode !== 0) return { value: { vm: '', broken: said }, shown: '' };
  try {
    const { id, name, made, disks } = parseVirtualMachine(answer.stdout);
    const sizes = disks.filter((disk) => /^\d+$/.test(disk.id) && disk.sizeMb > 0).map((disk) => ({ id: disk.id, sizeMb: disk.sizeMb }));
    const told = sizes.map((disk) => `<DISK><DISK_ID>${disk.id}</DISK_ID><SIZE>${disk.sizeMb}</SIZE></DISK>`).join('');
    const shown = `<VM><ID>${id}</ID><NAME>${name}</NAME><STIME>${made}</STIME>${told && `<TEMPLATE>${told}</TEMPLATE>`}</VM>`;
    return { value: { vm: id, made, shape: parseShape(answer.stdout, 'VM'), sizes }, shown };
  } catch {
    return { value: { vm: '' }, shown: '' };
  }
}
