import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostsHaveSpace, serverHasSpace, storageBelongsToUser, storageIsMounted } from '../../support/checks/storage.ts';
import type { Directory } from '../../support/facts/storage.ts';
import { backup01, datastore, directory, looked, mount, path, space, unread } from '../made.ts';
import { kvm01 } from '../worlds/world.ts';
import { both, cases, declared, frontend, judge, met, onKvm01, pool, server, site, storage } from './cases.ts';

const wanted = `${backup01}: expected ${path} to be a directory of oneadmin, found`;
const whole = `${backup01}: expected ${path} to be a directory of oneadmin, its group oneadmin, not writable for others, found that`;
const is = (changes: Partial<Directory>) => storage({ directory: looked(directory(path, changes), 'directory') });
const own = (...found: readonly Directory[]) => storage({ own: looked(found, 'own-directories') });
const ofRoot = (count: number) =>
  Array.from({ length: count }, (_, at) => directory(`${path}/100/${at + 1}`, { owner: 'root', group: 'root' }));
const unasked = unread('no answer (exit 1)', 'own-directories', 'Log in and look.');
met(storageBelongsToUser, 'BDS-201 server', ['directory', 'own-directories', 'links']);
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
    ['the directory of a virtual machine belongs to root', own(...ofRoot(1)), 'not-met', /datastores\/100\/1 belongs to root:root\. On/],
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
    ['it has none of its own yet', storage({ own: { value: [], evidence: [] } }), 'met', ['directory', 'links']],
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
      'OpenNebula keeps the datastore at another place than the one looked at',
      frontend({ datastores: pool('datastores', datastore({ basePath: '/srv//one/100' })) }),
      'met',
    ],
    ['OpenNebula does not say where it keeps it', frontend({ datastores: pool('datastores', datastore({ basePath: '' })) }), 'met'],
    ['OpenNebula does not list its datastores', frontend({ datastores: unread('no', 'datastores') }), 'met'],
    ['it is a symbolic link', storage({ links: looked(`${path} -> /srv/backup`, 'links') }), 'met'],
    [
      'it is a symbolic link, and OpenNebula keeps the datastore elsewhere',
      both(storage({ links: looked('a -> b', 'links') }), frontend({ datastores: pool('datastores', datastore({ basePath: '/srv' })) })),
      'met',
      /link: a -> b\. OpenNebula keeps/,
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
    'OpenNebula keeps the datastore at another place than the one looked at': `OpenNebula keeps datastore 100 at /srv/one/100, and the site file says ${path}: unless both lead to one directory, another one was looked at than backups go to. Correct datastore.path.`,
    'it is a symbolic link': `Reached through a symbolic link: ${path} -> /srv/backup.`,
  },
);

const devices = (root: string, ...below: readonly (readonly [device: string, path: string])[]) =>
  storage({ devices: looked({ root, below: below.map(([device, at]) => ({ device, path: at })) }, 'devices') });
const mounts = (...found: readonly ReturnType<typeof mount>[]) => storage({ mounts: looked(found, 'mount') });
const mounted = `${backup01}: expected storage mounted at ${path}, found`;
met(storageIsMounted, 'BDS-203 server', ['devices', 'mount']);
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
    ['both it and / are tmpfs', mounts(mount('/', 'tmpfs', 'tmpfs'), mount(path, 'tmpfs', 'tmpfs')), 'met'],
    ['it is not there', devices('1'), 'blocked', `Not tried: BDS-201 does not find ${path} on ${backup01}.`],
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

const staging = (...found: readonly ReturnType<typeof space>[]) => onKvm01({ staging: looked(found, 'staging') });
met(hostsHaveSpace, 'BDS-205 hosts', ['staging'], { measured: `${path}/0 33.1 % free (limit 10 %)` });
cases(
  hostsHaveSpace,
  kvm01,
  [
    ['10 % free', staging(space('/d', { freePercent: 10 })), 'met'],
    [
      'it has two places, both of which are full',
      staging(space('/d', { freePercent: 9 }), space('/e', { freePercent: 2 })),
      'not-met',
      ['staging'],
    ],
    ['few inodes are free', staging(space('/d', { freeInodesPercent: 1 })), 'met'],
    ['it was not answered', onKvm01({ staging: unread('no answer (x)', 'staging', 'Look.') }), 'undetermined'],
  ],
  {
    'it has two places, both of which are full': `${kvm01}: expected room to stage a backup, found that /d has 9.0 % free, expected at least 10 %; /e has 2.0 % free, expected at least 10 %. The driver copies the disks there before it sends them. Make room: df -h /d /e`,
    'it was not answered': `${kvm01}: expected room to stage a backup, found no answer (x). Look.`,
  },
);
