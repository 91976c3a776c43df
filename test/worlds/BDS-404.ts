import { prints, together } from '../../lab/faults/fault.ts';
import { datastore, datastoreWithout } from '../../lab/faults/opennebula.ts';
import { instead } from '../../lab/faults/programs.ts';
import { files } from '../../lab/faults/ssh.ts';
import { tmpDirectory } from './faults.ts';
import { gate, notMet, onBoth, type Table, theDrill } from './world.ts';

const somebodySet = (name: string, value: string) =>
  datastore(`somebody set ${name} of the backup datastore to ${value}`, { [name]: value });

/** RSYNC_ARGS that are saved, and declared. */
const args = (value: string, what = `RSYNC_ARGS “${value}” are saved, as declared`) => ({
  fault: datastore(what, { RSYNC_ARGS: value }),
  site: { datastore: { template: { RSYNC_ARGS: value } } },
});

/** A limit that is saved, and declared. */
const limit = (name: string, value: string) => ({
  fault: datastore(`${name} is “${value}”, as declared`, { [name]: value }),
  site: { datastore: { template: { [name]: value } } },
});

export default {
  'popt-alias.undetermined': {
    fault: files('rsync of oneadmin on kvm01 leaves out disks, by an alias', 'kvm01', {
      files: ['/var/lib/one/.popt'],
      script: "echo 'rsync alias -a -rlptgoD --exclude=disk*' > ~/.popt",
      looks: prints('kvm01', 'cat .popt', /--exclude/),
    }),
    reasons: [/rsync has aliases on kvm01.*--exclude=disk\*/, /\.popt/],
  },
  'rsync-args-as-words.not-met': { ...args("-aS '--no-such-option'"), reasons: /no-such-option: unknown option/ },
  'rsync-args-copy-nothing.not-met': {
    ...args('-S'),
    reasons: [/with RSYNC_ARGS “-S” rsync copies nothing, and OpenNebula calls the backup READY/],
  },
  'rsync-args-dry-run.not-met': { ...args('-aS --dry-run'), reasons: [/--dry-run, with which rsync copies nothing/] },
  'rsync-args-empty-as-declared.not-met': { ...args(''), reasons: [/saved empty/, /copies nothing/] },
  'rsync-args-empty-at-a-gate.not-met': {
    ...gate,
    fault: datastore('RSYNC_ARGS is saved empty, and a restore test is asked for', { RSYNC_ARGS: '' }),
    also: theDrill,
    reasons: [/saved empty/],
  },
  'rsync-args-empty.not-met': { fault: 'rsync-args-empty', reasons: [/saved empty, which is not the same as none/, /copies nothing/] },
  'rsync-args-log-file.undetermined': {
    ...args('-aS --log-file=/tmp/rsync.log'),
    reasons: [/“--log-file=\/tmp\/rsync\.log”, which an audit does not run/],
  },
  'rsync-args-of-shell.undetermined': { ...args('-aS; touch /tmp/ran'), reasons: [/“-aS; touch \/tmp\/ran”, which an audit does not run/] },
  'rsync-args-other-program.not-met': {
    ...args('-aS --rsync-path=/opt/rsync'),
    reasons: [/starts “\/opt\/rsync” on backup01\.example\.net, where there is none/],
  },
  'rsync-args-port.not-met': {
    ...args("-aS -e 'ssh -p 2222'"),
    reasons: [/“-e ssh -p 2222”, by which rsync alone would log in/, /~\/\.ssh\/config/],
  },
  'rsync-args-quiet-copy-nothing.not-met': {
    ...args('-S --quiet --no-verbose'),
    reasons: [/with RSYNC_ARGS “-S --quiet --no-verbose” rsync copies nothing/],
  },
  'rsync-args-refused-as-declared.not-met': {
    ...args('-aS --no-such-option'),
    reasons: [/kvm01\.example\.net: “rsync: --no-such-option: unknown option”/, /kvm02/],
  },
  'rsync-args-refused-by-server.not-met': {
    ...args('-aS --fsync'),
    fault: together(
      'RSYNC_ARGS have an option that the rsync on backup01 is too old for',
      [
        datastore('', { RSYNC_ARGS: '-aS --fsync' }),
        instead('rsync', 'backup01', {
          what: '',
          script: 'case " $* " in *" --fsync "*) echo "rsync: --fsync: unknown option" >&2; exit 1;; esac; exec $real "$@"',
          looks: /^/,
        }),
      ],
      prints('backup01', 'rsync --fsync /etc/hostname', /exit 1$/),
    ),
    reasons: [/rsync refuses RSYNC_ARGS “-aS --fsync” \(kvm01\.example\.net: “rsync: --fsync: unknown option”/],
  },
  'rsync-args-refused.not-met': {
    fault: 'rsync-args-refused',
    reasons: [/RSYNC_ARGS is “-aS --no-such-option”, expected none/, /unknown option/],
  },
  'template-bridge-list.not-met': {
    fault: somebodySet('BRIDGE_LIST', 'kvm01.example.net'),
    also: notMet('107'),
    reasons: { 404: /BRIDGE_LIST is “kvm01\.example\.net”, expected none/, 107: /datastores\/0\/1, which is on kvm02.*No such file/ },
  },
  'template-declared-differs.not-met': {
    fault: datastore('the backup datastore has other RSYNC_ARGS than are declared', { RSYNC_ARGS: '-a' }),
    site: { datastore: { template: { RSYNC_ARGS: '-aS' } } },
    reasons: /RSYNC_ARGS is “-a”, expected “-aS”/,
  },
  'template-declared-missing.not-met': {
    fault: datastore('what was declared beyond the usual was taken out of the backup datastore again', { COMMENT: 'none' }),
    site: { datastore: { template: { COMPRESSION: 'zstd' } } },
    reasons: /COMPRESSION is missing, expected “zstd”/,
  },
  'template-drift.not-met': { fault: 'template-drift', reasons: /RSYNC_ARGS/ },
  'template-limit-mb.not-met': { fault: somebodySet('LIMIT_MB', '500'), reasons: /LIMIT_MB is “500”, expected none/ },
  'template-limit-transfer-bw.not-met': {
    fault: somebodySet('LIMIT_TRANSFER_BW', '1G'),
    reasons: /LIMIT_TRANSFER_BW is “1G”, expected none/,
  },
  'template-restricted-dirs-gone.not-met': {
    fault: datastoreWithout('the backup datastore has no RESTRICTED_DIRS', 'RESTRICTED_DIRS'),
    reasons: /RESTRICTED_DIRS is missing, expected “\/”/,
  },
  'template-restricted-dirs.not-met': {
    fault: somebodySet('RESTRICTED_DIRS', '/etc'),
    reasons: /RESTRICTED_DIRS is “\/etc”, expected “\/”/,
  },
  'template-rsync-sparsify.not-met': { fault: somebodySet('RSYNC_SPARSIFY', 'yes'), reasons: /RSYNC_SPARSIFY is “yes”, expected none/ },
  'template-rsync-tmp-dir-empty.not-met': {
    fault: tmpDirectory(''),
    reasons: /RSYNC_TMP_DIR is saved empty, which is not the same as none/,
  },
  'template-rsync-tmp-dir-empty-as-declared.not-met': {
    fault: tmpDirectory(''),
    site: { datastore: { template: { RSYNC_TMP_DIR: '' } } },
    reasons: /RSYNC_TMP_DIR is saved empty, which is not the same as none/,
  },
  'template-rsync-tmp-dir.not-met': { fault: somebodySet('RSYNC_TMP_DIR', '/tmp'), reasons: /RSYNC_TMP_DIR is “\/tmp”, expected none/ },
  'template-safe-dirs-gone.not-met': {
    fault: datastoreWithout('the backup datastore has no SAFE_DIRS', 'SAFE_DIRS'),
    reasons: /SAFE_DIRS is missing/,
  },
  'template-safe-dirs.not-met': { fault: somebodySet('SAFE_DIRS', '/'), reasons: /SAFE_DIRS is “\/”, expected “\/var\/tmp”/ },
  'template-tm-mad.not-met': { fault: somebodySet('TM_MAD', 'ssh'), reasons: /TM_MAD is “ssh”, expected “-”/ },
  'template-two-drift.not-met': {
    fault: datastore('two attributes of the backup datastore are not as declared', { LIMIT_MB: '900000', RSYNC_ARGS: '-a --delete' }),
    reasons: [/RSYNC_ARGS is “-a --delete”/, /LIMIT_MB is “900000”/],
  },
  // Each release has limits of its own.
  ...onBoth({
    'limit-cpu-quota-no-number.not-met': {
      ...limit('RSYNC_CPU_QUOTA', '50%'),
      reasons: /RSYNC_CPU_QUOTA is “50%”, which is no whole number: the driver ends/,
    },
    'limit-ionice-no-number.not-met': { ...limit('RSYNC_IONICE', 'idle'), reasons: /RSYNC_IONICE is “idle”, which is no whole number/ },
    'limit-nice-no-number.not-met': { ...limit('RSYNC_NICE', 'low'), reasons: /RSYNC_NICE is “low”, which is no whole number/ },
    'template-rsync-cpu-quota.not-met': { fault: somebodySet('RSYNC_CPU_QUOTA', '50'), reasons: /RSYNC_CPU_QUOTA is “50”, expected none/ },
    'template-rsync-memory.not-met': {
      fault: somebodySet('RSYNC_MEMORY_MAX_MB', '64'),
      reasons: /RSYNC_MEMORY_MAX_MB is “64”, expected none/,
    },
  }),
} satisfies Table;
