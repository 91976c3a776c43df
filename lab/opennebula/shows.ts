/** What `show` prints for people. */
import { float, longTime, now, period, shortPeriod, size, templateText, time, yesNo } from './format.ts';
import { datastoreType, isPlaced, LISTINGS, lastHistory } from './lists.ts';
import {
  DATASTORE_STATES,
  DISK_TYPES,
  HISTORY_ACTIONS,
  HOST_STATES,
  IMAGE_TYPES,
  LCM_STATES,
  SHORT_IMAGE_STATES,
  VM_STATES,
  word,
} from './states.ts';
import { type Column, renderTable } from './table.ts';
import { find, hasChildren, ids, int, type Tree, text, trees } from './tree.ts';

/** Objects that a `show` refers to: the lists of virtual machines and hosts, the names of clusters. */
interface Related {
  vms: () => Promise<Tree[]>;
  hosts: () => Promise<Tree[]>;
  clusterName: (id: string) => Promise<string>;
}

const heading = (title: string): string => title.padEnd(80);
const entry = (width: number) => (name: string, value: string) => `${name.padEnd(width)}: ${value.padEnd(20)}`;
const table = (columns: Column<Tree>[], rows: Tree[]): string[] =>
  renderTable(
    columns,
    columns.map((column) => column.name),
    rows,
  );

function permissions(object: Tree, line: (name: string, value: string) => string): string[] {
  const flag = (name: string, letter: string) => (text(object, `PERMISSIONS/${name}`) === '1' ? letter : '-');
  return [
    heading('PERMISSIONS'),
    ...['OWNER', 'GROUP', 'OTHER'].map((who) => line(who, flag(`${who}_U`, 'u') + flag(`${who}_M`, 'm') + flag(`${who}_A`, 'a'))),
  ];
}

const LOCKS = ['None', 'Use', 'Manage', 'Admin', 'All'];
const lock = (object: Tree): string => LOCKS[int(object, 'LOCK/LOCKED')] ?? '-';

async function vmTable(vms: Tree[]): Promise<string[]> {
  const listing = LISTINGS.VM?.(false);
  return listing ? renderTable(listing.columns, listing.defaults, vms) : [];
}

function showDatastore(datastore: Tree): string[] {
  const line = entry(15);
  const local = text(datastore, 'TEMPLATE/SHARED').toUpperCase() === 'NO';
  const megabytes = (path: string) => (local || find(datastore, path) === undefined ? '-' : size(int(datastore, path), 'M'));
  return [
    heading(`DATASTORE ${text(datastore, 'ID')} INFORMATION`),
    line('ID', text(datastore, 'ID')),
    line('NAME', text(datastore, 'NAME')),
    line('USER', text(datastore, 'UNAME')),
    line('GROUP', text(datastore, 'GNAME')),
    line('CLUSTERS', ids(datastore, 'CLUSTERS').join(',') || '-'),
    line('TYPE', datastoreType(datastore)),
    line('DS_MAD', text(datastore, 'DS_MAD')),
    line('TM_MAD', text(datastore, 'TM_MAD')),
    line('BASE PATH', text(datastore, 'BASE_PATH')),
    line('DISK_TYPE', word(DISK_TYPES, int(datastore, 'DISK_TYPE'))),
    line('STATE', word(DATASTORE_STATES, int(datastore, 'STATE'))),
    '',
    heading('DATASTORE CAPACITY'),
    line('TOTAL:', megabytes('TOTAL_MB')),
    line('FREE:', megabytes('FREE_MB')),
    line('USED: ', megabytes('USED_MB')),
    line('LIMIT:', megabytes('TEMPLATE/LIMIT_MB')),
    '',
    ...permissions(datastore, line),
    '',
    heading('DATASTORE TEMPLATE'),
    templateText(datastore, 'TEMPLATE'),
    '',
    'IMAGES'.padEnd(15),
    ...ids(datastore, 'IMAGES').map((id) => id.padEnd(15)),
  ];
}

// One sign per core: '-' free, 'I' isolated, 'X' used exclusively, 'x' shared.
function cores(node: Tree): { signs: string; used: number; free: number } {
  let signs = '';
  let used = 0;
  let free = 0;
  for (const core of trees(node, 'CORE')) {
    const threads = new Map(
      text(core, 'CPUS')
        .split(',')
        .map((cpu) => [cpu.split(':')[0], cpu.split(':')[1]]),
    );
    for (const user of threads.values()) {
      if (user === '-1') free += 1;
      else used += 1;
      signs += user === '-1' ? '-' : user === '-2' ? 'I' : text(core, 'FREE') === '0' ? 'X' : 'x';
    }
    signs += ' ';
  }
  return { signs, used, free };
}

function numa(host: Tree): string[] {
  const nodes = trees(host, 'HOST_SHARE/NUMA_NODES/NODE');
  if (nodes.length === 0) return [];
  const measured = (node: Tree) =>
    trees(host, 'MONITORING/NUMA_NODE').find((monitored) => text(monitored, 'NODE_ID') === text(node, 'NODE_ID')) ?? {};
  const real = (amount: string | undefined) => (amount === undefined ? '-' : size(Number(amount)));
  const pages = nodes.flatMap((node) =>
    trees(node, 'HUGEPAGE').map((page) => {
      const monitored = trees(measured(node), 'HUGEPAGE').find((other) => text(other, 'SIZE') === text(page, 'SIZE'));
      return { NODE_ID: text(node, 'NODE_ID'), ...page, FREE: find(monitored ?? {}, 'FREE') ?? '-' };
    }),
  );
  return [
    '',
    'NUMA NODES',
    '',
    ...table(
      [
        { name: 'ID', size: 4, value: (node) => text(node, 'NODE_ID') },
        { name: 'CORES', size: 5, left: true, adjust: true, value: (node) => cores(node).signs },
        { name: 'USED', size: 4, left: true, value: (node) => cores(node).used },
        { name: 'FREE', size: 4, left: true, value: (node) => cores(node).free },
      ],
      nodes,
    ),
    '',
    'NUMA MEMORY',
    '',
    ...table(
      [
        { name: 'NODE_ID', size: 8, value: (node) => text(node, 'NODE_ID') },
        { name: 'TOTAL', size: 8, left: true, value: (node) => size(int(node, 'MEMORY/TOTAL')) },
        { name: 'USED_REAL', size: 20, left: true, value: (node) => real(find(measured(node), 'MEMORY/USED')) },
        { name: 'USED_ALLOCATED', size: 20, left: true, value: (node) => size(int(node, 'MEMORY/USAGE')) },
        { name: 'FREE', size: 8, left: true, value: (node) => real(find(measured(node), 'MEMORY/FREE')) },
      ],
      nodes,
    ),
    '',
    'NUMA HUGEPAGES',
    '',
    ...table(
      [
        { name: 'NODE_ID', size: 8, value: (page) => text(page, 'NODE_ID') },
        { name: 'SIZE', size: 8, left: true, value: (page) => size(Math.floor(int(page, 'SIZE') / 1024), 'M') },
        { name: 'TOTAL', size: 8, left: true, value: (page) => text(page, 'PAGES') },
        { name: 'FREE', size: 8, left: true, value: (page) => text(page, 'FREE') },
        { name: 'USED', size: 8, left: true, value: (page) => text(page, 'USAGE') },
      ],
      pages,
    ),
  ];
}

async function showHost(host: Tree, related: Related): Promise<string[]> {
  const line = entry(22);
  const kilobytes = (path: string) => size(int(host, path));
  const local = trees(host, 'HOST_SHARE/DATASTORES/DS').flatMap((datastore) => [
    heading(`LOCAL SYSTEM DATASTORE #${text(datastore, 'ID')} CAPACITY`),
    line('TOTAL:', size(int(datastore, 'TOTAL_MB'), 'M')),
    line('USED: ', size(int(datastore, 'USED_MB'), 'M')),
    line('FREE:', size(int(datastore, 'FREE_MB'), 'M')),
    '',
  ]);
  const vms = (await related.vms()).filter((vm) => isPlaced(vm) && text(lastHistory(vm) ?? {}, 'HOSTNAME') === text(host, 'NAME'));
  return [
    heading(`HOST ${text(host, 'ID')} INFORMATION`),
    line('ID', text(host, 'ID')),
    line('NAME', text(host, 'NAME')),
    line('CLUSTER', text(host, 'CLUSTER') || '-'),
    line('STATE', word(HOST_STATES, int(host, 'STATE'))),
    line('IM_MAD', text(host, 'IM_MAD')),
    line('VM_MAD', text(host, 'VM_MAD')),
    line('LAST MONITORING TIME', time(int(host, 'MONITORING/TIMESTAMP'))),
    '',
    heading('HOST SHARES'),
    line('RUNNING VMS', text(host, 'HOST_SHARE/RUNNING_VMS')),
    heading('MEMORY'),
    line('  TOTAL', kilobytes('HOST_SHARE/TOTAL_MEM')),
    line('  TOTAL +/- RESERVED', kilobytes('HOST_SHARE/MAX_MEM')),
    line('  USED (REAL)', kilobytes('MONITORING/CAPACITY/USED_MEMORY')),
    line('  USED (ALLOCATED)', kilobytes('HOST_SHARE/MEM_USAGE')),
    heading('CPU'),
    line('  TOTAL', text(host, 'HOST_SHARE/TOTAL_CPU')),
    line('  TOTAL +/- RESERVED', text(host, 'HOST_SHARE/MAX_CPU')),
    line('  USED (REAL)', text(host, 'MONITORING/CAPACITY/USED_CPU')),
    line('  USED (ALLOCATED)', text(host, 'HOST_SHARE/CPU_USAGE')),
    '',
    ...local,
    heading('MONITORING INFORMATION'),
    templateText(host, 'TEMPLATE'),
    ...numa(host),
    '',
    'WILD VIRTUAL MACHINES',
    '',
    `${'NAME'.padEnd(30)} ${'DEPLOY_ID'.padStart(36)} ${'CPU'.padStart(4)} ${'MEMORY'.padStart(10)}`,
    '',
    'VIRTUAL MACHINES',
    '',
    ...(await vmTable(vms)),
  ];
}

async function showImage(image: Tree, related: Related): Promise<string[]> {
  const line = entry(15);
  const optional = (name: string, path: string) => (text(image, path) === '' ? [] : [line(name, text(image, path))]);
  const vms = ids(image, 'VMS');
  const type = word(IMAGE_TYPES, int(image, 'TYPE'));
  const increments = trees(image, 'BACKUP_INCREMENTS/INCREMENT');
  const lines = [
    heading(`IMAGE ${text(image, 'ID')} INFORMATION`),
    line('ID', text(image, 'ID')),
    line('NAME', text(image, 'NAME')),
    line('USER', text(image, 'UNAME')),
    line('GROUP', text(image, 'GNAME')),
    line('LOCK', lock(image)),
    line('DATASTORE', text(image, 'DATASTORE')),
    line('TYPE', type),
    line('REGISTER TIME', time(int(image, 'REGTIME'))),
    line('LAST MODIFIED', time(int(image, 'MODTIME'))),
    line('PERSISTENT', yesNo(text(image, 'PERSISTENT'))),
    line('SOURCE', text(image, 'SOURCE')),
    ...optional('PATH', 'PATH'),
    ...optional('FORMAT', 'FORMAT'),
    line('SIZE', size(int(image, 'SIZE'), 'M')),
    line('STATE', word(SHORT_IMAGE_STATES, int(image, 'STATE'))),
    line('RUNNING_VMS', text(image, 'RUNNING_VMS')),
    '',
    ...permissions(image, line),
    '',
    heading('IMAGE TEMPLATE'),
    templateText(image, 'TEMPLATE'),
  ];
  if (vms.length === 0) return lines;
  if (type !== 'BACKUP') {
    const users = (await related.vms()).filter((vm) => vms.includes(text(vm, 'ID')));
    return [...lines, '', 'VIRTUAL MACHINES', '', ...(await vmTable(users))];
  }
  lines.push(
    heading('BACKUP INFORMATION'),
    line('VM', vms[0] ?? ''),
    line('DISK IDS', ids(image, 'BACKUP_DISK_IDS').join(',')),
    line('TYPE', increments.length > 0 ? 'INCREMENTAL' : 'FULL'),
  );
  if (increments.length === 0) return lines;
  const rows = table(
    [
      { name: 'ID', size: 3, value: (increment) => text(increment, 'ID') },
      { name: 'PID', size: 3, value: (increment) => text(increment, 'PARENT_ID') },
      { name: 'TYPE', size: 1, value: (increment) => text(increment, 'TYPE').slice(0, 1) },
      { name: 'SIZE', size: 8, left: true, value: (increment) => size(int(increment, 'SIZE'), 'M') },
      { name: 'DATE', size: 15, value: (increment) => time(int(increment, 'DATE')) },
      { name: 'SOURCE', size: 37, left: true, value: (increment) => text(increment, 'SOURCE') },
    ],
    increments,
  );
  return [...lines, '', 'BACKUP INCREMENTS', ...rows];
}

/** The metrics of `onevm show` in their order, and whether they are sizes. */
const METRICS: [string, boolean][] = [
  ['CPU', false],
  ['MEMORY', true],
  ['NETTX', true],
  ['NETTX_BW', true],
  ['NETRX', true],
  ['NETRX_BW', true],
  ['DISKRDBYTES', true],
  ['DISKRDBYTES_BW', true],
  ['DISKRDIOPS', false],
  ['DISKRDIOPS_BW', false],
  ['DISKWRBYTES', true],
  ['DISKWRBYTES_BW', true],
  ['DISKWRIOPS_BW', false],
  ['DISKWRIOPS', false],
  ['GPU_COUNT', false],
  ['GPU_UTILIZATION', false],
  ['GPU_MEMORY_UTILIZATION', false],
  ['GPU_MEMORY_FREE', true],
  ['GPU_POWER_USAGE', false],
];
const NOT_LISTED = new Set(['ID', 'TIMESTAMP', 'DISK_SIZE', 'SNAPSHOT_SIZE']);

function vmMonitoring(vm: Tree): string[] {
  const monitoring = trees(vm, 'MONITORING')[0] ?? {};
  const cell = (metric: string, isSize: boolean, suffix: string): string => {
    const value = find(monitoring, metric + suffix);
    if (value === undefined) return '-';
    return isSize ? size(Number.parseInt(value, 10) || 0) : value;
  };
  const rows = METRICS.map(([metric, isSize]) => ({
    METRIC: metric,
    VALUE: cell(metric, isSize, ''),
    FORECAST: cell(metric, isSize, '_FORECAST'),
    FORECAST_FAR: cell(metric, isSize, '_FORECAST_FAR'),
  }));
  const names = METRICS.map(([metric]) => metric);
  const others = Object.keys(monitoring).filter(
    (name) => !NOT_LISTED.has(name) && !names.includes(name.replace(/_FORECAST(_FAR)?$/, '')) && find(monitoring, name) !== undefined,
  );
  return [
    heading(`VIRTUAL MACHINE MONITORING [${longTime(int(monitoring, 'TIMESTAMP'))}]`),
    ...table(
      [20, 15, 15, 15].map((width, index) => {
        const name = ['METRIC', 'VALUE', 'FORECAST', 'FORECAST_FAR'][index] ?? '';
        return { name, size: width, left: true, value: (row: Tree) => text(row, name) };
      }),
      rows,
    ),
    '',
    ...others.map((name) => `${name.padEnd(20)}: ${text(monitoring, name)}`),
  ];
}

function vmDisks(vm: Tree): string[] {
  const disks = trees(vm, 'TEMPLATE/DISK');
  if (disks.length === 0) return [];
  const megabytes = (amount: string | undefined) => (amount === undefined ? '-' : size(Number.parseInt(amount, 10) || 0, 'M'));
  const used = (disk: Tree) =>
    find(trees(vm, 'MONITORING/DISK_SIZE').find((monitored) => text(monitored, 'ID') === text(disk, 'DISK_ID')) ?? {}, 'SIZE');
  return [
    '',
    heading('VM DISKS'),
    ...table(
      [
        { name: 'ID', size: 3, value: (disk) => text(disk, 'DISK_ID') },
        { name: 'DATASTORE', size: 10, left: true, value: (disk) => text(disk, 'DATASTORE') },
        { name: 'TARGET', size: 6, left: true, value: (disk) => text(disk, 'TARGET') },
        { name: 'IMAGE', size: 35, left: true, value: (disk) => text(disk, 'IMAGE') },
        { name: 'SIZE', size: 9, left: true, value: (disk) => `${megabytes(used(disk))}/${megabytes(find(disk, 'SIZE'))}` },
        { name: 'TYPE', size: 4, left: true, value: (disk) => text(disk, 'TYPE').toLowerCase() },
        { name: 'SAVE', size: 4, value: (disk) => find(disk, 'SAVE') ?? 'NO' },
      ],
      disks,
    ),
  ];
}

const unlessNone = (value: string): string => (value === '-1' ? '-' : value);

function vmHistory(vm: Tree): string[] {
  const records = trees(vm, 'HISTORY_RECORDS/HISTORY');
  if (records.length === 0) return [];
  const prolog = (record: Tree) => (int(record, 'PSTIME') === 0 ? 0 : (int(record, 'PETIME') || now()) - int(record, 'PSTIME'));
  return [
    '',
    heading('VIRTUAL MACHINE HISTORY'),
    ...table(
      [
        { name: 'SEQ', size: 3, value: (record) => text(record, 'SEQ') },
        { name: 'UID', size: 4, left: true, value: (record) => unlessNone(text(record, 'UID')) },
        { name: 'REQ', size: 5, left: true, value: (record) => unlessNone(text(record, 'REQUEST_ID')) },
        { name: 'HOST', size: 12, left: true, value: (record) => text(record, 'HOSTNAME') },
        { name: 'ACTION', size: 10, left: true, value: (record) => word(HISTORY_ACTIONS, int(record, 'ACTION')) },
        { name: 'DS', size: 4, value: (record) => text(record, 'DS_ID') },
        { name: 'START', size: 15, value: (record) => time(int(record, 'STIME')) },
        { name: 'TIME', size: 11, value: (record) => period((int(record, 'ETIME') || now()) - int(record, 'STIME')) },
        { name: 'PROLOG', size: 10, value: (record) => shortPeriod(prolog(record)) },
      ],
      records,
    ),
  ];
}

function actionStatus(action: Tree): string {
  if (int(action, 'DONE') > 0 && int(action, 'REPEAT') < 0) return `Done on ${time(int(action, 'DONE'), false)}`;
  if (text(action, 'MESSAGE') !== '') return `Error! ${text(action, 'MESSAGE')}`;
  const seconds = int(action, 'TIME') - Date.now() / 1000;
  const rounded = (unit: number) => Math.round((seconds / unit) * 100) / 100;
  if (rounded(86400) > 1) return `Next in ${float(rounded(86400))} days`;
  if (rounded(3600) > 1) return `Next in ${float(rounded(3600))} hours`;
  if (rounded(60) > 0) return `Next in ${float(rounded(60))} minutes`;
  return 'Overdue!';
}

function actionRepeat(action: Tree): string {
  const days = text(action, 'DAYS');
  if (days === '') return '';
  if (text(action, 'REPEAT') === '3') return `Each ${days} hours`;
  return (['Weekly ', 'Monthly ', 'Yearly '][int(action, 'REPEAT')] ?? '') + days;
}

function actionEnd(action: Tree): string {
  const value = int(action, 'END_VALUE');
  if (text(action, 'END_TYPE') === '0') return 'None';
  if (text(action, 'END_TYPE') === '1') return `After ${value} times`;
  if (text(action, 'END_TYPE') !== '2') return '';
  const at = new Date(value * 1000);
  return `On ${time(value).slice(0, 5)}/${String(at.getFullYear() % 100).padStart(2, '0')}`;
}

function vmActions(vm: Tree): string[] {
  const actions = trees(vm, 'TEMPLATE/SCHED_ACTION');
  if (actions.length === 0) return [];
  return [
    '',
    heading('SCHEDULED ACTIONS'),
    ...table(
      [
        { name: 'ID', size: 5, adjust: true, value: (action) => text(action, 'ID') },
        { name: 'ACTION', size: 5, adjust: true, value: (action) => text(action, 'ACTION') },
        { name: 'ARGS', size: 5, adjust: true, value: (action) => text(action, 'ARGS') || '-' },
        { name: 'SCHEDULED', size: 5, adjust: true, value: (action) => time(int(action, 'TIME'), false) },
        { name: 'REPEAT', size: 5, adjust: true, value: actionRepeat },
        { name: 'END', size: 5, adjust: true, value: actionEnd },
        { name: 'STATUS', size: 50, left: true, value: actionStatus },
      ],
      actions,
    ),
  ];
}

async function showVm(vm: Tree, related: Related): Promise<string[]> {
  const line = (name: string, value: string) => `${name.padEnd(20)}: ${value}`;
  const cluster = isPlaced(vm) ? find(lastHistory(vm) ?? {}, 'CID') : undefined;
  const { DISK: _disks, SCHED_ACTION: _actions, ...template } = trees(vm, 'TEMPLATE')[0] ?? {};
  const section = (title: string, path: string) => (hasChildren(vm, path) ? ['', heading(title), templateText(vm, path)] : []);
  const backups = ids(vm, 'BACKUPS/BACKUP_IDS');
  return [
    heading(`VIRTUAL MACHINE ${text(vm, 'ID')} INFORMATION`),
    line('ID', text(vm, 'ID')),
    line('NAME', text(vm, 'NAME')),
    line('USER', text(vm, 'UNAME')),
    line('GROUP', text(vm, 'GNAME')),
    line('STATE', word(VM_STATES, int(vm, 'STATE'))),
    line('LCM_STATE', word(LCM_STATES, int(vm, 'LCM_STATE')).split(' ')[0] ?? ''),
    line('LOCK', lock(vm)),
    line('RESCHED', yesNo(text(vm, 'RESCHED'))),
    ...(isPlaced(vm) ? [line('HOST', text(lastHistory(vm) ?? {}, 'HOSTNAME'))] : []),
    ...(cluster === undefined ? [] : [line('CLUSTER ID', cluster), line('CLUSTER', await related.clusterName(cluster))]),
    line('START TIME', time(int(vm, 'STIME'))),
    line('END TIME', time(int(vm, 'ETIME'))),
    line('DEPLOY ID', text(vm, 'DEPLOY_ID') || '-'),
    '',
    ...vmMonitoring(vm),
    '',
    ...permissions(vm, line),
    ...vmDisks(vm),
    ...vmHistory(vm),
    ...vmActions(vm),
    ...section('BACKUP CONFIGURATION', 'BACKUPS/BACKUP_CONFIG'),
    ...(backups.length > 0 ? ['', heading('VM BACKUPS'), `IMAGE IDS: ${backups.join(',')}`] : []),
    ...section('USER TEMPLATE', 'USER_TEMPLATE'),
    '',
    heading('VIRTUAL MACHINE TEMPLATE'),
    templateText({ TEMPLATE: template }, 'TEMPLATE'),
  ];
}

function showTemplate(template: Tree): string[] {
  const line = entry(15);
  return [
    heading(`TEMPLATE ${text(template, 'ID')} INFORMATION`),
    line('ID', text(template, 'ID')),
    line('NAME', text(template, 'NAME')),
    line('USER', text(template, 'UNAME')),
    line('GROUP', text(template, 'GNAME')),
    line('LOCK', lock(template)),
    line('REGISTER TIME', time(int(template, 'REGTIME'))),
    '',
    ...permissions(template, line),
    '',
    heading('TEMPLATE CONTENTS'),
    templateText(template, 'TEMPLATE'),
  ];
}

async function showCluster(cluster: Tree, related: Related): Promise<string[]> {
  const line = entry(18);
  const members = ids(cluster, 'HOSTS');
  const hosts = (await related.hosts()).filter((host) => members.includes(text(host, 'ID')));
  // Whole processors and GB of each host, as of its own.
  const sum = (path: string, unit: number) => hosts.reduce((total, host) => total + Math.floor(int(host, `HOST_SHARE/${path}`) / unit), 0);
  const share = (name: string, total: number, used: number) => [
    `TOTAL ${name}: ${total}`,
    `OCCUPIED ${name}: ${used}`,
    `AVAILABLE ${name}: ${total - used}`,
  ];
  const GB = 1024 ** 2;
  const resources = [
    ...share('CPUs', sum('TOTAL_CPU', 100), sum('CPU_USAGE', 100)),
    '',
    ...share('RAM', sum('TOTAL_MEM', GB), sum('MEM_USAGE', GB)),
  ];
  return [
    heading(`CLUSTER ${text(cluster, 'ID')} INFORMATION`),
    line('ID', text(cluster, 'ID')),
    line('NAME', text(cluster, 'NAME')),
    '',
    heading('CLUSTER RESOURCES'),
    ...(members.length > 0 ? resources : []),
    '',
    heading('CLUSTER TEMPLATE'),
    templateText(cluster, 'TEMPLATE'),
    ...['HOSTS', 'VNETS', 'DATASTORES'].flatMap((kind) => ['', kind.padEnd(15), ...ids(cluster, kind).map((id) => id.padEnd(15))]),
  ];
}

/** What `show` prints for each kind of object, by the element's name. */
export const SHOWS: Record<string, (object: Tree, related: Related) => string[] | Promise<string[]>> = {
  CLUSTER: showCluster,
  DATASTORE: showDatastore,
  HOST: showHost,
  IMAGE: showImage,
  VM: showVm,
  VMTEMPLATE: showTemplate,
};
