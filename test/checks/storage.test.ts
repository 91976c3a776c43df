import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  hostsHaveSpace,
  incrementsCanBePutTogether,
  serverHasSpace,
  storageBelongsToUser,
  storageIsMounted,
} from '../../support/checks/storage.ts';
import type { Obstacle } from '../../support/facts/staging.ts';
import type { Directory, Wanted } from '../../support/facts/storage.ts';
import { backup01, datastore, directory, looked, mount, path, space, unread, virtualMachine } from '../made.ts';
import { kvm01 } from '../worlds/world.ts';
import { both, cases, declared, frontend, judge, met, onKvm01, pool, questions, server, site, storage } from './cases.ts';

const wanted = `${backup01}: expected ${path} to be a directory of oneadmin, found`;
const whole = `${backup01}: expected ${path} to be a directory of oneadmin, its group oneadmin, not writable for others, found that`;
const is = (changes: Partial<Directory>) => storage({ directory: looked(directory(path, changes), 'directory') });
const own = (...found: readonly Directory[]) => storage({ own: looked(found, 'own-directories') });
const ofRoot = (count: number) =>
  Array.from({ length: count }, (_, at) => directory(`${path}/100/${at + 1}`, { owner: 'root', group: 'root' }));
const unasked = unread('no answer (exit 1)', 'own-directories', 'Log in and look.');
met(storageBelongsToUser, 'BDS-201 server', ['directory', 'own-directories', 'links', 'inherited'], {
  measured: 'oneadmin:oneadmin, mode 0755',
});
cases(
  storageBelongsToUser,
  undefined,
  [
    ['it is missing', storage({ directory: looked('absent', 'directory') }), 'not-met', ['directory', 'own-directories', 'links']],
    ['it cannot be reached', storage({ directory: looked({ denied: "find: '/var': Permission denied" }, 'directory') }), 'not-met'],
    ['it is a file', is({ type: 'f' }), 'not-met'],
    ['it is a link to nothing', is({ type: 'l', usable: false, mode: 0o777 }), 'not-met'],
    ['it belongs to root', is({ usable: false, owner: 'root', group: 'root' }), 'not-met', ['directory', 'own-directories', 'links']],
    ['it has another group', is({ group: 'users' }), 'not-met', /belongs to oneadmin:users/],
    [
      'the account has two names, and the directory shows the first',
      both(server({ user: looked('one', 'user') }), is({ owner: 'one' })),
      'met',
    ],
    [
      'it belongs to an account of another name',
      both(server({ user: unread('no answer', 'user') }), is({ owner: 'one' })),
      'not-met',
      /belongs to one:oneadmin/,
    ],
    ['everybody may write', is({ mode: 0o777 }), 'not-met'],
    ['its owner may not write', is({ mode: 0o555, usable: false }), 'not-met'],
    ['its file system is read-only', is({ usable: false }), 'not-met'],
    // OUTCOMES: "owner rwx, others no write". The primary group may.
    ['its group may write', is({ mode: 0o775 }), 'met'],
    ['the mode is the declared one', both(declared({ mode: '2775' }), is({ mode: 0o2775 })), 'met'],
    ['the mode is not the declared one', declared({ mode: '0750' }), 'not-met'],
    ['the directory of a VM belongs to root', own(...ofRoot(1)), 'not-met', /datastores\/100\/1 belongs to root:root\. On/],
    [
      'five directories are amiss, all are named',
      own(...ofRoot(5)),
      'not-met',
      /100\/1 belongs to root:root; .*100\/5 belongs to root:root\. On backup01/,
    ],
    [
      'seven directories are amiss, five are named',
      own(...ofRoot(7)),
      'not-met',
      /100\/5 belongs to root:root; and 2 more\. On backup01\.example\.net: chown oneadmin:oneadmin \/var\/lib\/one\/datastores\/100\/1$/,
    ],
    ['it has none of its own yet', storage({ own: { value: [], evidence: [] } }), 'met', ['directory', 'links', 'inherited']],
    ['what lies below is not told', storage({ own: unasked }), 'undetermined', ['own-directories']],
    [
      'what lies below is not all told',
      storage({ own: { ...unasked, seen: [directory(`${path}/100`)] } }),
      'undetermined',
      /no answer \(exit 1\)/,
    ],
    ['it belongs to root, and what lies below is not told', both(is({ owner: 'root' }), storage({ own: unasked })), 'undetermined'],
    ['of what lies below enough is told', storage({ own: { ...unasked, seen: ofRoot(1) } }), 'not-met', /100\/1 belongs to root/],
    ['it does not answer', storage({ directory: unread('no answer (late)', 'directory', 'Look.') }), 'undetermined'],
    [
      'the primary group is not told',
      server({ group: unread('no answer (group)', 'group', 'Look.') }),
      'undetermined',
      /\(group\)/,
      ['group'],
    ],
    [
      'OpenNebula keeps the datastore at another place than the declared one',
      frontend({ datastores: pool('datastores', datastore({ basePath: '/srv//one/100' })) }),
      'not-met',
      ['datastores'],
    ],
    ['the site file writes the path with a slash at its end', declared({ path: `${path}/` }), 'met'],
    [
      'both write it in other ways',
      both(declared({ path: '/srv//one/./' }), frontend({ datastores: pool('datastores', datastore({ basePath: '/srv/one//100/' })) })),
      'met',
    ],
    [
      'BASE_PATH is below the declared path, and not of this datastore',
      frontend({ datastores: pool('datastores', datastore({ basePath: `${path}/101` })) }),
      'not-met',
      /found \/var\/lib\/one\/datastores\/101, where/,
    ],
    ['the datastore is not registered', both(declared({ path: '/srv/one' }), frontend({ datastores: pool('datastores') })), 'met'],
    ['OpenNebula does not say where it keeps it', frontend({ datastores: pool('datastores', datastore({ basePath: '' })) }), 'met'],
    ['OpenNebula does not list its datastores', frontend({ datastores: unread('no', 'datastores') }), 'met'],
    ['it is a symbolic link', storage({ links: looked(`${path} -> /srv/backup`, 'links') }), 'met'],
    [
      'its path has a blank',
      storage({ path: '/srv/my backups' }),
      'undetermined',
      /found a blank or another character .*is not known\. Name a directory .* instead of path '\/srv\/my backups'\. Or let a gate try it\.$/,
      ['directory', 'own-directories', 'links'],
    ],
    ['links were not looked for', storage({ links: unread('no answer', 'links') }), 'met'],
  ],
  {
    'it is missing': `${wanted} none. Mount the storage there, then: install -d -o oneadmin -g oneadmin -m 0775 ${path}`,
    'it cannot be reached': `${wanted} “find: '/var': Permission denied”. Let oneadmin enter the directories above it.`,
    'it is a file': `${whole} ${path} is not a directory. On ${backup01}: ls -ld ${path}, then put a directory in its place`,
    'it is a link to nothing': `${whole} ${path} is a symbolic link to nothing. On ${backup01}: ls -l ${path}, then put a directory in its place`,
    'it belongs to root': `${whole} ${path} belongs to root:root. On ${backup01}: chown oneadmin:oneadmin ${path}`,
    'everybody may write': `${whole} ${path} has mode 0777, writable for others. On ${backup01}: chmod o-w ${path}`,
    'its owner may not write': `${whole} ${path} has mode 0555, not all rights for its owner. On ${backup01}: chmod u+rwx ${path}`,
    'its file system is read-only': `${whole} ${path} cannot be written and entered by oneadmin, whatever its mode says. On ${backup01}: findmnt -T ${path}; getfacl ${path}`,
    'the mode is not the declared one': `${whole} ${path} has mode 0755, not 0750. On ${backup01}: chmod 0750 ${path}`,
    'what lies below is not told': `${wanted} no answer (exit 1). Log in and look.`,
    'it does not answer': `${wanted} no answer (late). Look.`,
    'OpenNebula keeps the datastore at another place than the declared one': `datastore 100: expected its BASE_PATH below datastore.path of the site file, ${path}, found /srv/one/100, where backups go. Correct datastore.path in the site file: /srv/one`,
    'it is a symbolic link': `Reached through a symbolic link: ${path} -> /srv/backup.`,
  },
);

const devices = (root: string, ...below: readonly (readonly [device: string, path: string])[]) =>
  storage({ devices: looked({ root, below: below.map(([device, at]) => ({ device, path: at })) }, 'devices') });
const mounts = (...found: readonly ReturnType<typeof mount>[]) => storage({ mounts: looked(found, 'mount') });
const mounted = `${backup01}: expected storage mounted at ${path}, found`;
met(storageIsMounted, 'BDS-203 server', ['devices', 'mount'], { measured: `/dev/sdb1 at ${path} (ext4)` });
cases(
  storageIsMounted,
  undefined,
  [
    ['it lies on /, and OpenNebula has not made its directory yet', devices('1', ['1', path]), 'not-met', ['devices', 'mount']],
    [
      'only its own directory lies on /',
      devices('1', ['2', path], ['1', `${path}/100`]),
      'not-met',
      /found \/var\/lib\/one\/datastores\/100 on the root file system/,
    ],
    ['only its own directory is a mount', devices('1', ['1', path], ['2', `${path}/100`]), 'met'],
    ['it need not be mounted', both(declared({ mounted: false }), devices('1', ['1', path])), 'not-applicable'],
    ['it lies on /var', mounts(mount('/', '/dev/sda2'), mount('/var', '/dev/sdb1')), 'met'],
    ['df tells of / alone', mounts(mount('/', '/dev/sda2', 'btrfs')), 'met'],
    ['df tells of nothing', mounts(), 'met'],
    [
      'it is a subvolume of the root file system',
      mounts(mount('/', 'sda2', 'btrfs'), mount(path, 'sda2', 'btrfs')),
      'not-met',
      /100 on the root file system/,
    ],
    ['it is a btrfs of its own', mounts(mount('/', 'sda2', 'btrfs'), mount(path, 'sdb1', 'btrfs')), 'met'],
    // df names file systems that lie on no device by their type.
    ['both it and / are tmpfs', mounts(mount('/', 'tmpfs', 'tmpfs'), mount(path, 'tmpfs', 'tmpfs')), 'met', /held in memory \(tmpfs\)/],
    ['it is a tmpfs', mounts(mount('/', '/dev/sda2'), mount(path, 'backups', 'tmpfs')), 'met'],
    [
      'it is a ramfs, mounted above',
      mounts(mount('/', '/dev/sda2'), mount('/var/lib', 'none', 'ramfs')),
      'met',
      /mounted at \/var\/lib, .* other data\. Storage is held in memory \(ramfs\)/,
    ],
    [
      'it is a dataset of the pool of /',
      mounts(mount('/', 'rpool/ROOT/debian', 'zfs'), mount(path, 'rpool/backups', 'zfs')),
      'not-met',
      /100 on the root file system/,
    ],
    ['it is the pool of / itself', mounts(mount('/', 'rpool/ROOT/debian', 'zfs'), mount(path, 'rpool', 'zfs')), 'not-met'],
    ['it is a dataset of another pool', mounts(mount('/', 'rpool/ROOT/debian', 'zfs'), mount(path, 'rpool2/backups', 'zfs')), 'met'],
    ['it is a ZFS, and / is none', mounts(mount('/', 'rpool/x', 'ext4'), mount(path, 'rpool/backups', 'zfs')), 'met'],
    ['it is not there', devices('1'), 'blocked', `Not checked: BDS-201 does not find ${path} on ${backup01}.`],
    ['stat does not answer', storage({ devices: unread('no answer (stat)', 'devices', 'Look.') }), 'undetermined', ['devices']],
    [
      'df was not asked: it could be a subvolume',
      storage({ mounts: unread('no answer (df)', 'mount', 'Look.') }),
      'undetermined',
      /\(df\)/,
      ['mount'],
    ],
  ],
  {
    'it lies on /, and OpenNebula has not made its directory yet': `${mounted} it on the root file system: a backup that fills it stops the machine. Mount the storage there (findmnt -T ${path}), or declare “mounted: false” if that is meant.`,
    'it need not be mounted': 'The site file says that storage need not be a file system of its own (mounted: false).',
    'it is a tmpfs': `Storage is held in memory (tmpfs): the next restart of ${backup01} loses all backups.`,
    'it lies on /var': 'Storage lies on the file system mounted at /var, which it shares with other data.',
    'stat does not answer': `${mounted} no answer (stat). Look.`,
  },
);

const rooms = (inStorage: object, inTmp: object = {}) =>
  server({ space: looked({ storage: space('/s', inStorage), tmp: space('/var/tmp', inTmp) }, 'space') });
met(serverHasSpace, 'BDS-204 server', ['space'], {
  measured: `${path}/100 33.1 % free (limit 10 %), inodes 50.0 % (limit 5 %), /var/tmp 33.1 % free (limit 5 %)`,
});
cases(
  serverHasSpace,
  undefined,
  [
    ['10 % free', rooms({ freePercent: 10 }), 'met'],
    [
      '9.9 % free',
      rooms({ freePercent: 9.9 }),
      'not-met',
      /room for backups, found that \/s has 9\.9 % free, expected at least 10 %\. Make room/,
      ['space'],
    ],
    ['5 % of inodes free', rooms({ freeInodesPercent: 5 }), 'met'],
    ['a file system without inodes (btrfs)', rooms({ freeInodesPercent: undefined }), 'met'],
    ['5 % free in RSYNC_TMP_DIR', rooms({}, { freePercent: 5 }), 'met'],
    ['few inodes in RSYNC_TMP_DIR', rooms({}, { freeInodesPercent: 1 }), 'met'],
    ['all three are short', rooms({ freePercent: 9, freeInodesPercent: 4 }, { freePercent: 4 }), 'not-met'],
    [
      'more is declared',
      site({ free_percent: { storage: 50, storage_inodes: 60, rsync_tmp_dir: 70, staging: 0 } }),
      'not-met',
      /50 %; .*60 %; .*70 %\./,
    ],
    ['it was not answered', server({ space: unread('no answer (x)', 'space', 'Look.') }), 'undetermined'],
  ],
  {
    'all three are short': `${backup01}: expected room for backups, found that /s has 9.0 % free, expected at least 10 %; /s has 4.0 % of its inodes free, expected at least 5 %; /var/tmp has 4.0 % free, expected at least 5 %. Make room, or enlarge the file system: df -h /s /var/tmp; inodes: df -i /s`,
    'it was not answered': `${backup01}: expected room for backups, found no answer (x). Look.`,
  },
);

test('BDS-204: of a file system without inodes it is told what is free', () => {
  const [{ measured } = assert.fail()] = judge(serverHasSpace, rooms({ freeInodesPercent: undefined }));
  assert.equal(measured, '/s 33.1 % free (limit 10 %), /var/tmp 33.1 % free (limit 5 %)');
});

const unlisted = frontend({ virtualMachines: unread('no', 'virtual-machines', 'Look.') });
const folders = (obstacles: readonly Obstacle[], ...volumes: readonly ReturnType<typeof space>[]) =>
  onKvm01({ folders: looked({ obstacles, volumes }, 'folders') });
const staging = (...found: readonly ReturnType<typeof space>[]) => onKvm01({ staging: looked(found, 'staging') });
met(hostsHaveSpace, 'BDS-205 hosts', ['staging', 'folders', 'inherited'], { measured: `${path}/0 33.1 % free (limit 10 %)` });
cases(
  hostsHaveSpace,
  kvm01,
  [
    ['10 % free', staging(space('/d', { freePercent: 10 })), 'met'],
    ['it has two places, both of which are full', staging(space('/d', { freePercent: 9 }), space('/e', { freePercent: 2 })), 'not-met'],
    ['few inodes are free', staging(space('/d', { freeInodesPercent: 1 })), 'met'],
    ['no inode is free', staging(space('/d', { freeInodesPercent: 0 })), 'not-met'],
    ['the folder of a VM is a full volume', folders([], space('/d/0', { freePercent: 2 })), 'not-met'],
    ['the folder of a VM is a volume with room', folders([], space('/d/0')), 'met'],
    ['a folder cannot be written', folders([{ kind: 'denied', at: '/d', folder: '/d/0' }]), 'not-met', ['folders']],
    ['a folder is a file', folders([{ kind: 'no directory', at: '/d/0', folder: '/d/0' }]), 'not-met', ['folders']],
    ['a backup has left what stays', folders([{ kind: 'stays', at: '/d/0/backup', folder: '/d/0' }]), 'not-met', ['folders']],
    ['something is in the way', folders([{ kind: 'in the way', at: '/d/0/tmp', folder: '/d/0' }]), 'not-met', ['folders']],
    ['the folders were not checked', onKvm01({ folders: unread('no answer (y)', 'folders', 'Look.') }), 'undetermined', ['folders']],
    [
      'the folders were not checked, and it is full',
      both(onKvm01({ folders: unread('no answer (y)', 'folders', 'Look.') }), staging(space('/d', { freePercent: 9 }))),
      'not-met',
    ],
    ['it was not answered', onKvm01({ staging: unread('no answer (x)', 'staging', 'Look.') }), 'undetermined'],
    ['OpenNebula does not list VMs, and it is full', both(unlisted, staging(space('/d', { freePercent: 9 }))), 'not-met'],
    [
      'OpenNebula does not list VMs, and says where backups are staged',
      both(unlisted, frontend({ settings: looked({ staging: '/d' }, 'settings') })),
      'met',
    ],
  ],
  {
    'it has two places, both of which are full': `${kvm01}: expected room to stage a backup, found that /d has 9.0 % free, expected at least 10 %; /e has 2.0 % free, expected at least 10 %. The driver copies the disks there before it sends them. Make room: df -h /d /e; inodes: df -i /d /e`,
    'a folder cannot be written': `${kvm01}: expected room to stage a backup, found that oneadmin cannot write and enter /d, and /d/0 is not there. On ${kvm01}: ls -ld /d; findmnt -T /d. The driver makes backup/ and tmp/ there.`,
    'a folder is a file': `${kvm01}: expected room to stage a backup, found that /d/0 is no directory. On ${kvm01}: ls -ld /d/0, then put a directory in its place, or nothing`,
    'a backup has left what stays': `${kvm01}: expected room to stage a backup, found that oneadmin cannot delete /d/0/backup, which an earlier backup left. On ${kvm01}: rm -r /d/0/backup, as root, while no backup of that VM runs`,
    'something is in the way': `${kvm01}: expected room to stage a backup, found that /d/0/tmp is no directory, and the driver makes one there. On ${kvm01}: ls -ld /d/0/tmp, then put a directory in its place, or nothing`,
    'no inode is free': `${kvm01}: expected room to stage a backup, found that /d has no inode free. The driver copies the disks there before it sends them. Make room: df -h /d; inodes: df -i /d`,
    'it was not answered': `${kvm01}: expected room to stage a backup, found no answer (x). Look.`,
  },
);
test('BDS-205: where OpenNebula does not list VMs, not all is looked at, which is said', () => {
  const [{ outcome, note } = assert.fail()] = judge(hostsHaveSpace, unlisted);
  assert.deepEqual(
    [outcome, note],
    ['met', `${kvm01}: only the system datastores of its cluster were checked; where its VMs lie OpenNebula did not tell.`],
  );
});

const tmp = (changes: Partial<Wanted>) =>
  server({ tmp: looked({ path: '/var/tmp', there: '/var/tmp', is: 'directory', usable: true, ...changes }, 'tmp') });
const kept = frontend({
  virtualMachines: pool('virtual-machines', virtualMachine(), virtualMachine({ id: '7', name: 'files', keepsIncrements: true })),
});
const vault = { path: '/srv/vault/tmp', there: '/srv' };
const together = `${backup01}: expected oneadmin to be able to make a directory where increments are merged,`;
met(incrementsCanBePutTogether, 'BDS-206 server', ['tmp', 'space'], { measured: '/var/tmp: 78224 MiB free' });
test('BDS-206 is met without a figure where the free space is not told', () => {
  const [judged = assert.fail()] = judge(incrementsCanBePutTogether, server({ space: unread('no', 'space') }));
  assert.deepEqual([judged.outcome, 'measured' in judged, questions(judged)], ['met', false, ['tmp']]);
});
cases(
  incrementsCanBePutTogether,
  undefined,
  [
    ['it may not be written, and files keeps increments', both(kept, tmp({ usable: false })), 'not-met', ['tmp']],
    ['it may not be written, and nobody keeps increments', tmp({ usable: false }), 'met'],
    [
      'it may not be written, and who keeps increments is not known',
      both(unlisted, tmp({ usable: false })),
      'undetermined',
      ['virtual-machines'],
    ],
    ['all is well, and who keeps increments is not known', unlisted, 'met'],
    ['it is not there, and can be made', both(kept, tmp(vault)), 'met', '/srv/vault/tmp is not there yet; the driver makes it.'],
    ['it is not there, and cannot be made', both(kept, tmp({ ...vault, usable: false })), 'not-met'],
    [
      'it is a file',
      both(kept, tmp({ is: 'no directory', usable: true })),
      'not-met',
      /found that \/var\/tmp is no directory\. Put a directory/,
    ],
    [
      'it lies below a file',
      both(kept, tmp({ ...vault, is: 'no directory' })),
      'not-met',
      /\/srv is no directory, and \/srv\/vault\/tmp is not there\./,
    ],
    ['it is a link to nothing', both(kept, tmp({ is: 'link to nothing' })), 'not-met', /a symbolic link to nothing/],
    [
      'it has no inode free',
      both(kept, rooms({}, { freeInodesPercent: 0 })),
      'not-met',
      ['tmp', 'space'],
      /that \/var\/tmp has no inode free\. Remove files: df -i \/var\/tmp Increments/,
    ],
    ['it has few inodes free', both(kept, rooms({}, { freeInodesPercent: 0.1 })), 'met'],
    ['its file system counts no inodes', both(kept, rooms({}, { freeInodesPercent: undefined })), 'met'],
    ['space is not told', both(kept, server({ space: unread('no answer', 'space', 'Look.') })), 'met'],
    [
      'it is in the home, where RSYNC_TMP_DIR is empty',
      both(kept, tmp({ path: './{}', there: '.' })),
      'met',
      './{} is not there yet; the driver makes it.',
    ],
    [
      'its path has a blank',
      both(kept, tmp({ path: '/srv/my tmp', there: '/srv/my tmp' })),
      'undetermined',
      /found a blank .* instead of RSYNC_TMP_DIR '\/srv\/my tmp'\..* Increments are kept by files \(7\)\.$/,
      ['tmp'],
    ],
    [
      'its path has a blank, and nobody keeps increments',
      tmp({ path: '/srv/my tmp', there: '/srv/my tmp' }),
      'met',
      /could not be restored/,
    ],
    ['it was not answered', server({ tmp: unread('no answer (x)', 'tmp', 'Look.') }), 'undetermined', ['tmp']],
  ],
  {
    'it may not be written, and files keeps increments': `${together} /var/tmp, found that oneadmin cannot write and enter /var/tmp. Look at its mode, and whether it is mounted read-only: ls -ld /var/tmp; findmnt -T /var/tmp. Increments are kept by files (7).`,
    'it may not be written, and nobody keeps increments': `${backup01}: increments could not be restored (that oneadmin cannot write and enter /var/tmp), but none are kept.`,
    'it is not there, and cannot be made': `${together} /srv/vault/tmp, found that oneadmin cannot write and enter /srv, and /srv/vault/tmp is not there. Make it: install -d -o oneadmin /srv/vault/tmp, or correct RSYNC_TMP_DIR of the datastore. Increments are kept by files (7).`,
  },
);
