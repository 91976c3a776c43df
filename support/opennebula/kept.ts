/** What is kept of OpenNebula's documents, as evidence or in a message: only what is judged, since the rest is other people's. */
import { shortened } from '../machines/words.ts';
import type { Evidence } from '../outcome/evidence.ts';
import { redact } from '../outcome/secrets.ts';

/** The elements that may be kept below one; an element without any has its text kept. */
interface Allowed {
  readonly [name: string]: Allowed;
}

const texts = (...names: readonly string[]): Allowed => Object.fromEntries(names.map((name) => [name, {}]));
const ids = texts('ID');
const scheduledAction = texts('ID', 'ACTION', 'ARGS', 'TIME', 'REPEAT', 'DAYS', 'END_TYPE', 'END_VALUE', 'DONE', 'MESSAGE');

/** Attributes of a datastore that steer the driver, or say what it is. Those that a site file declares are kept besides. */
const steering = [
  ...['TYPE', 'DS_MAD', 'TM_MAD', 'RSYNC_USER', 'RSYNC_HOST', 'RSYNC_ARGS', 'RSYNC_TMP_DIR', 'RSYNC_SPARSIFY'],
  ...['RSYNC_NICE', 'RSYNC_IONICE', 'RSYNC_CPU_QUOTA', 'RSYNC_MEMORY_MAX_MB', 'RSYNC_MAX_RIOPS', 'RSYNC_MAX_WIOPS'],
  ...['LIMIT_MB', 'DATASTORE_CAPACITY_CHECK', 'LIMIT_TRANSFER_BW', 'BRIDGE_LIST', 'SAFE_DIRS', 'RESTRICTED_DIRS'],
];

/** Limits of datastores; those of other things are nobody's business here. */
const quotas = { DATASTORE_QUOTA: { DATASTORE: texts('ID', 'IMAGES', 'IMAGES_USED', 'SIZE', 'SIZE_USED') } };

/** By kind of object, what pools.ts and images.ts read, and how a person finds it again. */
const objects = (declared: readonly string[]): Allowed => ({
  HOST: { ...texts('ID', 'NAME', 'STATE', 'VM_MAD', 'CLUSTER_ID', 'CLUSTER'), VMS: ids, TEMPLATE: texts('VERSION') },
  DATASTORE: {
    ...texts('ID', 'NAME', 'TYPE', 'DS_MAD', 'TM_MAD', 'STATE', 'BASE_PATH', 'TOTAL_MB', 'FREE_MB', 'USED_MB'),
    ...{ CLUSTERS: ids, IMAGES: ids },
    TEMPLATE: texts(...steering, ...declared),
  },
  VM: {
    ...texts('ID', 'NAME', 'UID', 'GNAME', 'STATE', 'LCM_STATE', 'STIME'),
    ...{ LOCK: texts('LOCKED'), SCHED_ACTIONS: ids },
    TEMPLATE: {
      DISK: texts('DISK_ID', 'IMAGE', 'IMAGE_ID', 'TYPE', 'READONLY', 'TM_MAD', 'SIZE'),
      SCHED_ACTION: scheduledAction,
    },
    USER_TEMPLATE: texts('LABELS', 'ERROR', 'SCHED_MESSAGE'),
    HISTORY_RECORDS: { HISTORY: texts('SEQ', 'HOSTNAME', 'CID', 'DS_ID', 'ACTION', 'STIME', 'RETIME') },
    BACKUPS: {
      BACKUP_CONFIG: texts(
        ...['MODE', 'INCREMENT_MODE', 'KEEP_LAST', 'LAST_INCREMENT_ID', 'INCREMENTAL_BACKUP_ID'],
        ...['BACKUP_VOLATILE', 'DISK_IDS', 'FS_FREEZE', 'BACKUP_JOB_ID', 'ACTIVE_FLATTEN'],
      ),
      BACKUP_IDS: ids,
    },
  },
  BACKUPJOB: {
    ...texts('ID', 'NAME', 'LAST_BACKUP_TIME', 'LAST_BACKUP_DURATION'),
    ...{ SCHED_ACTIONS: ids, UPDATED_VMS: ids, OUTDATED_VMS: ids, BACKING_UP_VMS: ids, ERROR_VMS: ids },
    TEMPLATE: {
      ...texts(
        'BACKUP_VMS',
        'DATASTORE_ID',
        'EXECUTION',
        'KEEP_LAST',
        'MODE',
        'RESET',
        'INCREMENT_MODE',
        'FS_FREEZE',
        'BACKUP_VOLATILE',
        'ERROR',
      ),
      SCHED_ACTION: scheduledAction,
    },
  },
  IMAGE: {
    ...texts('ID', 'NAME', 'TYPE', 'STATE', 'DATASTORE_ID', 'SOURCE', 'FORMAT', 'SIZE', 'REGTIME', 'PERSISTENT'),
    VMS: ids,
    BACKUP_DISK_IDS: ids,
    BACKUP_INCREMENTS: { INCREMENT: texts('ID', 'PARENT_ID', 'TYPE', 'DATE', 'SIZE', 'SOURCE') },
    TEMPLATE: texts('ERROR'),
  },
  VMTEMPLATE: texts('ID', 'NAME'),
  // Its PASSWORD and TOKEN_PASSWORD are hashes that can be guessed at.
  USER: { ...texts('ID', 'GID', 'NAME'), GROUPS: ids, ...quotas, DEFAULT_USER_QUOTAS: quotas },
});

/** Of a template that is shown alone, what is compared with the VM. */
const shown: Allowed = {
  VMTEMPLATE: {
    ...texts('ID', 'NAME'),
    TEMPLATE: {
      ...texts('CPU', 'VCPU', 'MEMORY'),
      DISK: texts('IMAGE_ID', 'IMAGE', 'SIZE'),
      NIC: texts('NETWORK'),
      NIC_ALIAS: texts('NETWORK'),
      PCI: texts('CLASS'),
    },
  },
};

/** An answer of OpenNebula's with no more of its document than that. `declared`: attributes of datastores that the site file names. */
export const keptOf = (answer: Evidence, declared?: readonly string[]): Evidence => ({ ...answer, stdout: kept(answer.stdout, declared) });

/** Of a pool or an object what is judged; of another text, or one that is not whole, how it begins and ends. */
export function kept(text: string, declared: readonly string[] = []): string {
  return /^\s*</.test(text) ? (judged(text, declared) ?? outline(text)) : outline(text);
}

const LEFT_OUT = '<!-- The rest is left out: only what is judged is kept. -->\n';

/** Copies the elements that are allowed; undefined where the text is no document of ours, or not whole. */
function judged(xml: string, declared: readonly string[]): string | undefined {
  const single = objects(declared);
  const pools = Object.entries(single).map(([kind, allowed]) => [`${kind}_POOL`, { [kind]: allowed }]);
  /** The elements we are in, and what is allowed below; undefined below one that is left out. */
  const within: { readonly name: string; readonly below: Allowed | undefined }[] = [
    { name: '', below: { ...single, ...shown, ...Object.fromEntries(pools) } },
  ];
  const copied: string[] = [];
  /** White space goes with what comes after it. */
  let space = '';
  let isAll = true;
  const after = (end: string, from: number) => xml.indexOf(end, from) + end.length;
  for (let at = 0, end = 0; at < xml.length; at = end) {
    const { name: around, below } = within.at(-1) ?? {};
    const isText = xml[at] !== '<' || xml.startsWith('<![CDATA[', at);
    end = xml[at] === '<' ? after(isText ? ']]>' : '>', at) : xml.indexOf('<', at);
    if (end < 0) end = xml.length;
    if (end <= at) return undefined;
    const token = xml.slice(at, end);
    if (isText) {
      if (below && Object.keys(below).length === 0) copied.push(token);
      else if (token.trim() === '') space = token;
      else if (below) return undefined;
      // What is left out here may stand in what somebody else prints.
      else redact(`<${around}>${token}`);
    } else if (token.startsWith('</')) {
      if (token.slice(2, -1).trim() !== around) return undefined;
      within.pop();
      if (below) copied.push(space, token);
      space = '';
    } else if (/^<[^!?]/.test(token)) {
      const [, name = '', alone = ''] = /^<([^\s/>]+)[^>]*?(\/?)>$/.exec(token) ?? [];
      const inner = below && Object.hasOwn(below, name) ? below[name] : undefined;
      if (inner) copied.push(space, `<${name}${alone}>`);
      else isAll = false;
      if (inner) space = '';
      if (!alone) within.push({ name, below: inner });
    }
  }
  if (within.length !== 1 || copied.length === 0) return undefined;
  return isAll ? copied.join('') + space : `${copied.join('')}\n${LEFT_OUT}`;
}

/** How much of a text is shown: at its beginning, and at its end. */
const SHOWN = 40;

/** How a document begins and ends, by the names of its elements; of any other text what went wrong. What comes before the first of them and after the last is shown. */
export function outline(text: string): string {
  const clean = redact(text)
    .trim()
    .replace(/<!\[CDATA\[[\s\S]*?(\]\]>|$)/g, '');
  const [, root] = /<([A-Z_]+)\/?>/.exec(clean) ?? [];
  const end = Math.max(clean.lastIndexOf(`</${root}>`), clean.lastIndexOf(`<${root}/>`));
  if (root === undefined) return shortened(clean, 2.5 * SHOWN);
  const [inside, rest] = end < 0 ? [clean, ''] : [clean.slice(0, end), clean.slice(end)];
  const whole = inside.replace(/>[^<]+/g, '>') + rest;
  return whole.length > 2.5 * SHOWN ? `${whole.slice(0, SHOWN).trim()} … ${whole.slice(-SHOWN).trim()}` : whole;
}
