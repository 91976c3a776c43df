/** Faults that are no general words, and that several tables share. */
import { type Fault, literally, prints, sh, succeeds, together } from '../../lab/faults/fault.ts';
import { due, known, set } from '../../lab/faults/opennebula.ts';
import { type Another, command, instead, program } from '../../lab/faults/programs.ts';
import { files } from '../../lab/faults/ssh.ts';
import type { State as OpenNebula } from '../../lab/opennebula/state.ts';
import type { Tree } from '../../lab/opennebula/tree.ts';

/** Ways in which a command of OpenNebula's does not print its pool, as it should. */
const POOLS = {
  'prints a word after the pool': { script: '$real "$@"; echo done', looks: /done$/m },
  'prints half of what it should': { script: '$real "$@" | head -c 700', looks: /^(?!.*POOL>\s*exit \d+$)/s },
  'prints another pool': { script: 'echo "<VNET_POOL/>"', looks: /VNET_POOL/m },
  'prints nothing': { script: 'exit 0', looks: /^\s*exit 0$/ },
  'does not answer': { script: 'exec sleep 60', looks: /exit 124$/ },
};

/** One of OpenNebula's commands alone does not print its pool. */
export const alone = (name: 'onehost' | 'onedatastore' | 'onevm', how: keyof typeof POOLS): Fault =>
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

/** An edit: all hosts are OFFLINE. */
export const allOffline = ({ hosts }: OpenNebula): unknown => hosts.map((host) => Object.assign(host, { STATE: '8' }));

export const noIncrements = known(
  'no virtual machine keeps increments',
  ({ vms }) => vms.map(({ BACKUPS }) => Object.assign(BACKUPS as Tree, { BACKUP_CONFIG: {} })),
  async (lab) => !(await lab.shell('frontend01', ['onevm', 'list', '-x', '--extended'])).stdout.includes('INCREMENT</MODE>'),
  'all',
);

export const poweredOff = known(
  'the virtual machine that keeps increments is powered off',
  set('vms', 1, { STATE: '8', LCM_STATE: '0' }),
  prints('frontend01', 'onevm show -x 1', /<STATE>8</),
  'all',
);

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
