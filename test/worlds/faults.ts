/** Faults that are no general words, and that several tables share. */
import { type Fault, type Looks, literally, loginSays, prints, sh, succeeds, together } from '../../lab/faults/fault.ts';
import { backupDatastore, datastore, due, known, set } from '../../lab/faults/opennebula.ts';
import { type Another, command, instead, missing, program } from '../../lab/faults/programs.ts';
import { backupConfig, diskAttached } from '../../lab/faults/protection.ts';
import { bashrc, files } from '../../lab/faults/ssh.ts';
import { mounts } from '../../lab/faults/storage.ts';
import { REMOTES } from '../../lab/machines/drivers.ts';
import type { State as OpenNebula } from '../../lab/opennebula/state.ts';
import type { Tree } from '../../lab/opennebula/tree.ts';

/** Ways in which a command of OpenNebula's does not print its pool, as it should. */
const POOLS = {
  'prints a word after the pool': { script: '$real "$@"; echo done', looks: /done$/m },
  'prints half of what it should': { script: '$real "$@" | head -c 700', looks: /^(?!.*POOL>\s*exit \d+$)/s },
  'prints another pool': { script: 'echo "<VNET_POOL/>"', looks: /VNET_POOL/m },
  'prints an empty pool, and an error': {
    script: '$real "$@" | sed -n "1s#<\\(.*\\)>#<\\1/>#p"; echo execution expired >&2',
    looks: /POOL\/>\s*execution expired\s*exit 0$/,
  },
  'prints a pool that holds words': {
    script: 'root=$($real "$@" | sed -n "1s#[<>]##gp"); echo "<$root>execution expired</$root>"',
    looks: /^<(\w+)>execution expired<\/\1>/,
  },
  'prints nothing': { script: 'exit 0', looks: /^\s*exit 0$/ },
  'does not answer': { script: 'exec sleep 60', looks: /exit 124$/ },
};

/** One of OpenNebula's commands alone does not print its pool. */
export const alone = (name: 'onehost' | 'onedatastore' | 'onevm' | 'oneimage', how: keyof typeof POOLS): Fault =>
  command(`${name} alone ${how}`, name, { ...POOLS[how], asked: `timeout 3 ${name} list -x` });

export const noCommand = (name: string): Fault =>
  files(`the front-end has no ${name}`, 'frontend01', {
    files: [`/usr/local/bin/${name}`],
    script: `rm /usr/local/bin/${name}`,
    looks: prints('frontend01', `${name} list`, /not found/),
  });

export const fileSystemHangs: Another = {
  what: 'waits for a file system that does not answer',
  script: 'case "$*" in -f*) exec sleep 60;; esac\nexec $real "$@"',
  asked: 'timeout 1 stat -f /var/tmp',
  looks: /^exit 124/,
};

export const fileSystemUnreadable: Another = {
  what: 'cannot read the figures of a file system',
  script: 'case "$*" in -f*) echo "stat: cannot read file system information: Input/output error" >&2; exit 1;; esac\nexec $real "$@"',
  asked: 'stat -f /var/tmp',
  looks: /^exit 1 stat: cannot read/,
};

/** df on backup01 tells this of whatever it is asked about: source and type of its file system. */
export const dfSays = (what: string, source: string, at = '$at'): Fault =>
  instead('df', 'backup01', {
    what,
    script: `[ "$1" = --output=target,source,fstype ] || exec $real "$@"; shift\nprintf "Mounted on Filesystem Type\\n"; for at; do echo "${at} ${source}"; done`,
    asked: 'df --output=target,source,fstype /',
    looks: new RegExp(literally(source)),
  });

/** df on backup01 tells that / is a dataset of the ZFS pool rpool, and storage this one. */
export const zfs = (what: string, source: string): Fault =>
  instead('df', 'backup01', {
    what: `tells that the root file system is a ZFS dataset, and storage ${what}`,
    script: `[ "$1" = --output=target,source,fstype ] || exec $real "$@"\nprintf "Mounted on Filesystem Type\\n/ rpool/ROOT/debian zfs\\n/var/lib/one/datastores ${source} zfs\\n"`,
    asked: 'df --output=target,source,fstype /',
    looks: new RegExp(`${literally(source)} zfs`),
  });

/** OpenNebula keeps the backup datastore below this directory of the backup server. Nobody has looked at the capacity there yet. */
export const keptBelow = (path: string): Fault =>
  known(
    `OpenNebula keeps the backup datastore below ${path}`,
    (cloud) => Object.assign(backupDatastore(cloud), { BASE_PATH: `${path.replace('/', '//')}/100` }),
    prints('frontend01', 'onedatastore list -x', new RegExp(`${literally(path)}/100[\\]<]`)),
  );

/** An edit: all hosts are OFFLINE, and no VM is on them. */
export const allOffline = ({ hosts }: OpenNebula): unknown => hosts.map((host) => Object.assign(host, { STATE: '8', VMS: {} }));

/** An edit: kvm02 is OFFLINE, with the VM files01 on it. */
export const offlineInUse = set('hosts', 1, { STATE: '8', VMS: { ID: ['1'] } });

export const noIncrements = known(
  'no VM keeps increments',
  ({ vms }) => vms.map(({ BACKUPS }) => Object.assign(BACKUPS as Tree, { BACKUP_CONFIG: {} })),
  async (lab) => !(await lab.shell('frontend01', ['onevm', 'list', '-x', '--extended'])).stdout.includes('INCREMENT</MODE>'),
  'all',
);

/** The VM that keeps increments tells them by snapshots. */
export const bySnapshots = known(
  'files01 keeps increments by snapshots',
  ({ vms }) => vms.slice(1).map(({ BACKUPS }) => Object.assign((BACKUPS as Tree).BACKUP_CONFIG as Tree, { INCREMENT_MODE: 'SNAPSHOT' })),
  prints('frontend01', 'onevm show -x 1', /SNAPSHOT/),
  'all',
);

/** A machine has a program in /usr/sbin, and nowhere else. */
export const inSbin = (program: string, on: string): Fault =>
  together(`${on} has ${program} in /usr/sbin alone`, [
    mounts('', on, {
      make: `mkdir /run/sbin; cp /usr/bin/${program} /run/sbin; mount -n -t overlay sbin -o ro,userxattr,lowerdir=/run/sbin:/usr/sbin /usr/sbin`,
      undo: 'umount -n --lazy /usr/sbin; rm -r /run/sbin',
      looks: `test -x /usr/sbin/${program}`,
    }),
    missing(program, on),
  ]);

/** oneadmin's .bashrc on a machine exports a function of a program's name. */
export const exportedFunction = (on: string, name: string, body: string): Fault =>
  bashrc(`.bashrc of oneadmin on ${on} exports a function ${name}`, on, {
    line: `${name}() { ${body}; }; export -f ${name}`,
    looks: loginSays('frontend01', on, new RegExp(`^${name} is a function`), `echo type ${name} | bash -s`),
  });

export const poweredOff = known(
  'the VM that keeps increments is powered off',
  set('vms', 1, { STATE: '8', LCM_STATE: '0' }),
  prints('frontend01', 'onevm show -x 1', /<STATE>8</),
  'all',
);

/** The backup datastore has this RSYNC_TMP_DIR. */
export const tmpDirectory = (path: string): Fault => datastore(`increments are put together in ${path}`, { RSYNC_TMP_DIR: path });

/** OpenNebula's settings say that hosts stage backups in this directory. */
export const stagingSaid = (path: string): Fault =>
  files(`hosts stage backups in ${path}`, 'frontend01', {
    files: [DATASTORE_CONF],
    script: `echo 'BACKUP_BASE_PATH="${path}"' >> ${DATASTORE_CONF}`,
    looks: prints('frontend01', `cat ${DATASTORE_CONF}`, new RegExp(`^BACKUP_BASE_PATH="${literally(path)}"`, 'm')),
  });

/** The same, and kvm01 and kvm02 have it. */
export const stagedAt = (path: string): Fault =>
  together(`hosts stage backups in ${path}`, [
    stagingSaid(path),
    ...['kvm01', 'kvm02'].map((on) =>
      files('', on, { files: [path], script: `mkdir -p ${path}`, looks: prints(on, `ls -d ${path}`, /exit 0$/) }),
    ),
  ]);

const DATASTORE_CONF = `${REMOTES}/etc/datastore/datastore.conf`;

const ONED_CONF = '/etc/one/oned.conf';

/** The driver's scripts on the front-end are changed by a script, which runs in their folder. */
export const frontendScripts = (what: string, { script, looks }: { script: string; looks: Looks }): Fault =>
  files(what, 'frontend01', { files: [REMOTES], script: `cd ${REMOTES}; ${script}`, looks });

/** OpenNebula's settings say that hosts have the driver's scripts in this directory. */
export const scriptsDirectory = (path: string): Fault =>
  files(`SCRIPTS_REMOTE_DIR is ${path}`, 'frontend01', {
    files: [ONED_CONF],
    script: `sed -i 's#^SCRIPTS_REMOTE_DIR=.*#SCRIPTS_REMOTE_DIR = "${path}"#' ${ONED_CONF}`,
    looks: prints('frontend01', `cat ${ONED_CONF}`, new RegExp(`^SCRIPTS_REMOTE_DIR = "${literally(path)}"`, 'm')),
  });

/** OpenNebula's settings cannot be read. */
export const unreadableConf = files('oneadmin may not read oned.conf', 'frontend01', {
  files: [ONED_CONF],
  script: `chmod 000 ${ONED_CONF}`,
  looks: prints('frontend01', `cat ${ONED_CONF}`, /Permission denied/),
});

/** A second system datastore, 105; hypervisors need not have a directory of it yet. */
export const secondSystemDatastore = (what = 'there are two system datastores', more: Tree = { NAME: 'fast' }): Fault =>
  known(
    what,
    ({ datastores }) => {
      const system = datastores.find(({ TYPE }) => TYPE === '1');
      datastores.push({ ...system, ID: '105', BASE_PATH: '/var/lib/one//datastores/105', ...more });
    },
    prints('frontend01', 'onedatastore list -x', /datastores\/105/),
    'all',
  );

/** Nothing was registered before: no backup datastore, and its number is free. */
export const unregistered = known(
  'OpenNebula has no backup datastore',
  (cloud) => {
    cloud.datastores = cloud.datastores.filter(({ ID }) => ID !== '100');
    cloud.nextId.datastores = 100;
  },
  async (lab) => !(await succeeds(lab, 'frontend01', 'onedatastore', 'show', '100')),
  'all',
);

/** oned looks after no scheduled actions. */
export const noRounds = known(
  "OpenNebula's scheduler does nothing",
  ({ settings }) => Object.assign(settings, { MANAGER_TIMER: 0 }),
  async (lab) => (await lab.openNebula()).settings.MANAGER_TIMER === 0,
  'all',
);

/** OpenNebula makes one backup at a time. */
export const oneAtATime = files('OpenNebula makes one backup at a time', 'frontend01', {
  files: ['/etc/one/oned.conf'],
  script: "sed -i 's/^MAX_BACKUPS .*/MAX_BACKUPS = 1/' /etc/one/oned.conf",
  looks: prints('frontend01', 'cat /etc/one/oned.conf', /^MAX_BACKUPS = 1$/m),
});

/** What a set-up writes on the front-end. */
export const TEMPLATE = 'ds_rsync_backup.txt';

/** The template of the lab's datastore. */
export const TEMPLATE_TEXT = `NAME = "rsync Backups"
TYPE = "BACKUP_DS"
DS_MAD = "rsync"
TM_MAD = "-"
RSYNC_USER = "oneadmin"
RSYNC_HOST = "backup01.example.net"
`;

/** A template file is there, with this in it. */
export const templateThere = (what: string, content: string, mode = '600'): Fault => ({
  what,
  break: (lab) => sh(lab, 'frontend01', `printf %s "$1" > ${TEMPLATE}; chmod ${mode} ${TEMPLATE}`, content),
  repair: (lab) => sh(lab, 'frontend01', `rm -f ${TEMPLATE}*`),
  isBroken: async (lab) => (await lab.shell('frontend01', ['stat', '-c', '%a %s', TEMPLATE])).stdout === `${mode} ${content.length}\n`,
});

/** 6.6 keeps scheduled actions in the machine alone, leaves out what nobody set, and a time from its start on as it was given. */
const before68 = [
  's#\\s*<SCHED_ACTIONS>.*?</SCHED_ACTIONS>|<SCHED_ACTIONS/>##gs',
  's#\\s*<(PARENT_ID|REPEAT|DONE|END_TYPE|END_VALUE)>-?\\d+</\\1>|\\s*<(MESSAGE|WARNING|DAYS)/>|\\s*<TYPE>VM</TYPE>##g',
  's#<ARGS>(\\d+),\\w+</ARGS>#<ARGS>$1</ARGS>#g',
  's#<STIME>(\\d+)(.*?)<TIME>(\\d+)#"<STIME>$1$2<TIME>+" . ($3 - $1)#gse',
];

/**
 * OpenNebula as it answered in older releases, as far as that is known to differ: hosts say the version, datastores are copied by other drivers.
 * Source: its migrators and schemas, src/onedb and share/doc/xsd.
 */
export function answeringAs(version: string): Fault {
  const edits = [
    `s/(<VERSION>(<!\\[CDATA\\[)?)[\\d.]+/\${1}${version}/g`,
    's/(<TM_MAD>(<!\\[CDATA\\[)?)local/$1ssh/g',
    ...(version.startsWith('6.6') ? before68 : []),
  ].join('; ');
  const script = `said=$("$real" "$@"); code=$?; printf '%s\\n' "$said" | perl -0777 -pe '${edits}'; exit $code`;
  return together(
    `OpenNebula answers as ${version} did, and a backup is due tomorrow`,
    [due('', 0, ['951', -1440]), ...['onehost', 'onedatastore', 'onevm'].map((name) => program('', 'frontend01', { name, script }))],
    prints('frontend01', 'onehost list -x', new RegExp(`<VERSION>(<!\\[CDATA\\[)?${version}`)),
  );
}

/** The test VM has a second disk, which its backups leave out. */
export const halfBackedUp: Fault = known(
  'the backups of the test VM leave out its second disk, by DISK_IDS',
  (cloud) => {
    diskAttached('backup-probe', { IMAGE: 'data', IMAGE_ID: '9000' })(cloud);
    backupConfig('backup-probe', { DISK_IDS: '0' })(cloud);
  },
  prints('frontend01', 'onevm show -x 0', /<DISK_IDS>(<!\[CDATA\[)?0\D/),
  'all',
);
