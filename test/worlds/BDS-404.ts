import { datastore, datastoreWithout } from '../../lab/faults/opennebula.ts';
import type { Table } from './world.ts';

const somebodySet = (name: string, value: string) =>
  datastore(`somebody set ${name} of the backup datastore to ${value}`, { [name]: value });

export default {
  'template-bridge-list.not-met': {
    fault: somebodySet('BRIDGE_LIST', 'kvm01.example.net'),
    reasons: /BRIDGE_LIST is “kvm01\.example\.net”, expected none/,
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
  'template-rsync-tmp-dir.not-met': { fault: somebodySet('RSYNC_TMP_DIR', '/tmp'), reasons: /RSYNC_TMP_DIR is “\/tmp”, expected none/ },
  'template-safe-dirs-gone.not-met': {
    fault: datastoreWithout('the backup datastore has no SAFE_DIRS', 'SAFE_DIRS'),
    reasons: /SAFE_DIRS is missing/,
  },
  'template-safe-dirs.not-met': { fault: somebodySet('SAFE_DIRS', '/'), reasons: /SAFE_DIRS is “\/”, expected “\/var\/tmp”/ },
  'template-tm-mad.not-met': { fault: somebodySet('TM_MAD', 'ssh'), reasons: /TM_MAD is “ssh”, expected “-”/ },
  'template-two-drift.not-met': {
    fault: datastore('two attributes of the backup datastore are not as declared', { LIMIT_MB: '1', RSYNC_ARGS: '-a --delete' }),
    reasons: [/RSYNC_ARGS is “-a --delete”/, /LIMIT_MB is “1”/],
  },
} satisfies Table;
