/**
 * `oneimage restore`: a backup becomes a template and images again, as the rsync driver does it. The call answers when
 * the objects are there; each disk is downloaded after that, and its image is READY or in ERROR then.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { posix } from 'node:path';
import { type Call, type Cloud, log, mayUse } from './cloud.ts';
import { monitorDatastore } from './datastores.ts';
import { backupServer, passedOn, pathOf, remote, rubyError, run, STRICT, stepsOf } from './drivers.ts';
import { allocateImage, failImage, IMAGE, setImageState } from './images.ts';
import { release } from './releases.ts';
import { parseVm, restoredTemplate } from './restored-template.ts';
import { allocateTemplate } from './templates.ts';
import { find, ids, int, OneError, type Tree, text, trees } from './tree.ts';

/** What `oneimage restore` was asked for; ids as typed. */
export interface RestoreOptions {
  name?: string;
  increment?: string;
  diskId?: string;
  noIp?: boolean;
  noNic?: boolean;
}

/** The backup of one disk: where its file is, and the files it is made of, oldest first. */
interface BackupDisk {
  id: string;
  /** As OpenNebula writes it down: `rsync://100//0:5de970/var/lib/one/datastores/100/0/5de970/disk.0.0`. */
  url: string;
  chain: string[];
}

/**
 * Restores a backup image into an image datastore: the ids of the template, -1 for none, and of the images, with blanks
 * in between. Nothing for an image that is not there or not the user's, where the release takes that for done (ImageAPI::restore).
 */
export async function restoreImage(call: Call, id: number, target: number, options: RestoreOptions): Promise<string> {
  const { cloud, user } = call;
  const image = cloud.state.images.find((candidate) => int(candidate, 'ID') === id);
  if (!image || !mayUse(user, 'images', image)) {
    if (release().refusesUnknownImage) throw new OneError(`Error getting image [${id}].`);
    return '';
  }
  const destination = cloud.get('datastores', target);
  if (text(image, 'TYPE') !== '6') throw new OneError('Can only restore images of type BACKUP');
  const backups = cloud.state.datastores.find((candidate) => text(candidate, 'ID') === text(image, 'DATASTORE_ID'));
  if (!backups) throw new OneError('Datastore does not exist');
  if (text(destination, 'TYPE') !== '0') throw new OneError('Destination can be only an image datastore');

  const steps = stepsOf(image);
  const increment = options.increment === undefined ? undefined : Number(options.increment);
  const wanted = steps.filter((candidate) => increment === undefined || candidate.id <= increment);
  // Without an increment the disk is the newest, and the description that of the full backup, unless it was flattened away.
  const step = steps.find((candidate) => candidate.id === (increment ?? 0)) ?? steps.at(-1);
  const top = wanted.at(-1);
  if (!step || !top) throw new OneError('Backup does not contain any disks or missing vm.xml');
  const found = await backupFiles(backups, pathOf(backups, image, top), pathOf(backups, image, step));
  const base = `rsync://${text(backups, 'ID')}//${wanted.map(({ id: number, directory }) => `${number}:${directory}`).join(',')}`;
  const disks = found.files.flatMap((file): BackupDisk[] => {
    const disk = /^disk\.(\d+)/.exec(posix.basename(file))?.[1];
    if (disk === undefined || (options.diskId !== undefined && options.diskId !== disk)) return [];
    const chain = wanted.map((candidate) => `${pathOf(backups, image, candidate)}/disk.${disk}.${candidate.id}`);
    return [{ id: disk, url: base + file, chain: chain.length > 1 ? chain : [file] }];
  });

  const name = options.name ?? `${ids(image, 'VMS')[0]}-${step.directory}`;
  const images = new Map<string, string>();
  for (const disk of disks) {
    try {
      images.set(disk.id, text(await restoreDisk(call, { backups, destination, disk, name }), 'ID'));
    } catch (error) {
      throw restoreError(error, 'Error restoring disk image: [one.image.allocate]', images);
    }
  }
  if (options.diskId !== undefined) return ['-1', ...images.values()].join(' ');
  try {
    const contents = restoredTemplate(parseVm(found.vm) ?? {}, images, options);
    return [allocateTemplate(call, name, contents), ...images.values()].join(' ');
  } catch (error) {
    throw restoreError(error, 'Error creating VM template: [one.template.allocate]', images);
  }
}

function restoreError(error: unknown, what: string, images: Map<string, string>): unknown {
  if (!(error instanceof OneError)) return error;
  const restored = images.size > 0 ? ` The following images were restored: ${[...images.values()].join(' ')}` : '';
  return new OneError(`${what} ${error.message}${restored}`);
}

/** The files of the disks in a step's directory, and the vm.xml of one as it is: base64. */
async function backupFiles(backups: Tree, directory: string, described: string): Promise<{ files: string[]; vm: string }> {
  const server = backupServer(backups);
  const directories = [...new Set([directory, described])].map((one) => `'${one}'`);
  const list = `${STRICT}\nfind ${directories.join(' ')} -type f -name 'disk.*' -or -name 'vm.xml'`;
  const listed = await remote(server, list, { forward: true });
  if (listed.code !== 0) {
    const error = rubyError('rsync/restore:102', `Unable to list backup files: ${listed.stderr}`);
    throw new OneError(passedOn(`Command failed:\n${listed.script}${error}`));
  }
  const lines = listed.stdout.split('\n').map((line) => line.trim());
  const files = lines.filter((line) => line.startsWith(`${directory}/disk.`));
  const description = lines.find((line) => line === `${described}/vm.xml`);
  if (files.length === 0 || description === undefined) {
    throw new OneError(passedOn(rubyError('rsync/restore:114', 'Backup does not contain any disks or missing vm.xml')));
  }
  const show = `cat '${description}'`;
  const shown = await remote(server, show);
  if (shown.code !== 0) {
    const error = rubyError('rsync/restore:134', `Unable to read vm.xml: ${shown.stderr}`);
    throw new OneError(passedOn(`Command failed:\n${shown.script}${error}`));
  }
  return { files, vm: shown.stdout };
}

/** Creates the image of one disk; its download goes on in the background. */
async function restoreDisk(
  call: Call,
  { backups, destination, disk, name }: { backups: Tree; destination: Tree; disk: BackupDisk; name: string },
): Promise<Tree> {
  const image = allocateImage(call, destination, {
    name: `${name}-disk-${disk.id}`,
    type: disk.id === '0' ? 'OS' : 'DATABLOCK',
    path: disk.url,
    size: await diskSize(backups, disk),
    template: { DEV_PREFIX: 'sd', FROM_BACKUP_DS: text(backups, 'ID') },
  });
  void download(call.cloud, image, { backups, destination, disk });
  return image;
}

/** The size of a disk in MB. OpenNebula asks the backup for it (rsync/stat), as the file is smaller. */
async function diskSize(backups: Tree, disk: BackupDisk): Promise<number> {
  const directory = posix.dirname(disk.chain.at(-1) ?? '');
  const { code, stdout, stderr } = await remote(backupServer(backups), `cat ${directory}/vm.xml`, { forward: true });
  const complaint = (reason: string) => new OneError(`Cannot determine Image SIZE. ${passedOn(reason)}`);
  if (code !== 0) throw complaint(stderr);
  const described = trees(parseVm(stdout) ?? {}, 'TEMPLATE/DISK').find((candidate) => text(candidate, 'DISK_ID') === disk.id);
  if (!described) throw complaint(`Cannot find disk ${disk.id} in VM backup info`);
  const size = find(described, 'SIZE');
  if (size === undefined) throw complaint(`Cannot find size for disk  ${disk.id} in VM backup info`);
  return Number(size);
}

/** Fills an image with its disk; it is READY after that, or in ERROR. */
async function download(
  cloud: Cloud,
  image: Tree,
  { backups, destination, disk }: { backups: Tree; destination: Tree; disk: BackupDisk },
): Promise<void> {
  const source = `${text(destination, 'BASE_PATH')}/${randomBytes(16).toString('hex')}`;
  log('ImM', 'I', `Copying ${disk.url} to repository for image ${text(image, 'ID')}`);
  const failure = await copy(backups, disk, source);
  const format = failure === undefined ? await formatOf(source) : undefined;
  if (!cloud.state.images.includes(image)) {
    log('ImM', 'E', `CP operation succeeded but image no longer exists. Source image: ${source}, may be left in datastore`);
    return;
  }
  if (failure !== undefined) {
    failImage(image, `Error copying image in the datastore: ${passedOn(`${failure}\nError copying ${disk.url} to ${source}`)}`);
  } else if (format === undefined) {
    failImage(image, 'CP operation succeeded but image FORMAT was not returned.');
  } else {
    Object.assign(image, { SOURCE: source, FORMAT: format });
    setImageState(image, IMAGE.READY);
    log('ImM', 'I', `Image (${text(image, 'ID')}) copied and ready to use.`);
  }
  cloud.save();
  await monitorDatastore(cloud, destination);
}

/** Reads the disk from the server into a file here; what went wrong, if anything. */
async function copy(backups: Tree, disk: BackupDisk, source: string): Promise<string | undefined> {
  const last = disk.chain.at(-1) ?? '';
  if (disk.chain.length === 1) return fetch(backups, last, source);
  const saved = find(backups, 'TEMPLATE/RSYNC_TMP_DIR') ?? '/var/tmp';
  // To Ruby an element without a text is a hash.
  const directory = `${saved === '' ? '{}' : saved}/${randomUUID()}`;
  const merged = `${directory}/${posix.basename(last)}`;
  const { code, script, stderr } = await remote(backupServer(backups), mergeScript(disk.chain, directory, merged), { forward: true });
  if (code !== 0) return script + rubyError('rsync_downloader.rb:150', `Unable to prepare image: ${stderr}`);
  const failure = await fetch(backups, merged, source);
  await run('ssh', [...QUIETLY, backupServer(backups), `rm -rf '${directory}/'`]);
  return failure;
}

/** A hypervisor leaves increments on top of nothing: they are put on top of each other, for good, and made into one disk. */
function mergeScript(chain: string[], directory: string, merged: string): string {
  const rebase = chain.slice(1).map((file, index) => `qemu-img rebase -u -F qcow2 -b '${chain[index]}' '${file}'`);
  return [STRICT, ...rebase, `mkdir -p '${directory}/'`, `qemu-img convert -O qcow2 '${chain.at(-1)}' '${merged}'`].join('\n');
}

/** How the downloader logs in. */
const QUIETLY = ['-q', '-o', 'ControlMaster=no', '-o', 'ControlPath=none', '-o', 'ForwardAgent=yes'];

// The first look finds out whether the file is compressed.
const FETCH = 'mkdir -p "$(dirname "$1")"; "${@:2}" | head -c 1024 > /dev/null; "${@:2}" > "$1"';

async function fetch(backups: Tree, file: string, source: string): Promise<string | undefined> {
  const ssh = ['ssh', ...QUIETLY, backupServer(backups), `cat '${file}'`];
  const { code, stderr } = await run('bash', ['-c', FETCH, 'bash', source, ...ssh]);
  return code === 0 ? undefined : stderr;
}

async function formatOf(file: string): Promise<string | undefined> {
  const { stdout } = await run('qemu-img', ['info', file]);
  return /^file format: (\w+)/m.exec(stdout)?.[1];
}
