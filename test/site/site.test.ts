import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UsageError } from '../../support/outcome/errors.ts';
import { example, siteText } from '../../support/site/example.ts';
import { loadSite, parseSite } from '../../support/site/load.ts';

const least = `name: production
frontend: local
datastore:
  name: rsync Backups
  rsync_user: oneadmin
  rsync_host: backup01.example.net
`;

/** Every message of the refusal, one a line, without the file's name; fails when the text is accepted. */
function faults(source: string): string[] {
  try {
    parseSite(source, 'site.yaml');
  } catch (error) {
    assert.ok(error instanceof UsageError, `expected a UsageError, got ${String(error)}`);
    return error.message.split('\n').map((line) => {
      assert.match(line, /^site\.yaml:\d+:\d+: /);
      return line.replace('site.yaml:', '');
    });
  }
  assert.fail('it was accepted');
}

test('every setting that may be left out has the default of a stock OpenNebula', () => {
  assert.deepEqual(parseSite(least, 'site.yaml'), {
    name: 'production',
    frontend: 'local',
    datastore: {
      name: 'rsync Backups',
      rsync_user: 'oneadmin',
      rsync_host: 'backup01.example.net',
      path: '/var/lib/one/datastores',
      mounted: true,
      template: {},
      template_file: '~/ds_rsync_backup.txt',
    },
    free_percent: { storage: 10, storage_inodes: 5, rsync_tmp_dir: 5, staging: 10 },
    hosts: 'all',
    hosts_at_once: 32,
    account: 'oneadmin',
    ssh_agent_socket: '/var/run/one/ssh-agent.sock',
    restore: { datastore: 'default', tmp_dir: '/var/tmp', boot: true },
    deadlines: { connect: 10, command: 30, schedule: 60, backup: 600, restore: 600, boot: 120, cleanup: 300, job: 21_600 },
    valid_for: 24 * 3600,
    retention: { runs: 30, days: 90 },
    programs: { rsync: '3.1.0', qemu_img: '2.5' },
    evidence: {},
    outputs: {},
  });
});

test('a verdict counts for minutes, hours or days', () => {
  for (const [text, seconds] of [
    ['90m', 5400],
    ['24h', 86_400],
    ['7d', 604_800],
  ] as const)
    assert.equal(parseSite(`${least}valid_for: ${text}\n`, 'site.yaml').valid_for, seconds);
  for (const text of ['0h', '24', '24 h', '1w', '-1d', '1h30m', '123456h', '[]'])
    assert.match(
      faults(`${least}valid_for: ${text}\n`).join(),
      /valid_for: expected (a time such as 90m, 24h or 7d|string), found .+$/,
      text,
    );
});

test('a block that is given in part keeps the defaults of the rest', () => {
  const { deadlines } = parseSite(least, 'site.yaml');
  assert.deepEqual(parseSite(`${least}deadlines: { connect: 3 }\n`, 'site.yaml').deadlines, { ...deadlines, connect: 3 });
});

test('site.example.yaml is what init would write, and is accepted', () => {
  const file = new URL('../../site.example.yaml', import.meta.url);
  assert.equal(readFileSync(file, 'utf8'), siteText(example));
  assert.deepEqual(loadSite(file.pathname), parseSite(least, 'site.yaml'));
});

test('what the example shows behind a # is the default, but for what has none; all of it may be uncommented', () => {
  const uncommented = siteText(example).replace(/^( *)# (?=[a-z_]+:( |$)| {2,}([a-z_]+:|- ))/gm, '$1');
  const { test_vm, datastore, evidence, outputs, restore, protect, ...rest } = parseSite(uncommented, 'site.yaml');
  const { datastore: least_, evidence: unsigned, outputs: noOutputs, restore: leastRestore, ...defaults } = parseSite(least, 'site.yaml');
  assert.deepEqual([unsigned, noOutputs], [{}, {}]);
  assert.deepEqual([evidence, outputs], [{ sign_with: '~/.ssh/id_ed25519.pub' }, { prometheus: '/var/lib/prometheus/node-exporter' }]);
  assert.deepEqual(rest, defaults);
  const month = 30 * 24 * 3600;
  const canary = { template: 'backup-canary', at_once: 2, per_run: 10, proven_within: month, hosts: 'all' };
  assert.deepEqual(restore, { ...leastRestore, sample: { vms: 1, max_size: 50 * 1024 }, canary });
  assert.deepEqual(parseSite(`${least}restore: { canary: { template: backup-canary } }\n`, 'site.yaml').restore.canary, canary);
  const { protect: leastProtect } = parseSite(`${least}protect: {}\n`, 'site.yaml');
  assert.deepEqual({ ...protect, except: [], classes: [] }, { ...leastProtect, rto: 4 * 3600 });
  const { mode, template, bridge_list, ...place } = datastore;
  const { template: none, ...leastPlace } = least_;
  assert.deepEqual([place, none], [leastPlace, {}]);
  const vm = { id: 0, name: 'backup-probe', max_size: 10 * 1024 };
  assert.deepEqual([test_vm, mode, template], [vm, '0775', { RSYNC_ARGS: '-aS', RSYNC_TMP_DIR: '/var/tmp' }]);
  assert.deepEqual(bridge_list, ['bridge01.example.net']);
  const shown = new Set(uncommented.match(/^ *[a-z_]+(?=:)/gm)?.map((key) => key.trim()));
  const all = [
    ...[
      'account',
      'bridge_list',
      'canary',
      'classes',
      'datastore',
      'datastores',
      'deadlines',
      'disks',
      'evidence',
      'except',
      'free_percent',
      'frontend',
      'hosts',
      'hosts_at_once',
    ],
    ...['keep_for', 'mode', 'mounted', 'name', 'outputs', 'path', 'programs', 'protect', 'quiesced', 'restore', 'restore_points'],
    ...[
      'retention',
      'rpo',
      'rsync_host',
      'rsync_user',
      'rto',
      'ssh_agent_socket',
      'template',
      'template_file',
      'test_vm',
      'valid_for',
      'vms',
    ],
  ];
  assert.deepEqual([...shown].sort(), all, 'no setting is missing in the example');
});

test('init writes names that YAML would read as something else so that they come back as they are', () => {
  for (const name of ['007', 'yes', 'null', '1e3', '- x', 'a: b', '#1', '!x', '@x', '*', '100 %', "it's fine"]) {
    const { cloud, datastore } = { cloud: name, datastore: name.replace(/[':#]/g, '.') };
    const site = parseSite(siteText({ ...example, name: cloud, datastore: { ...example.datastore, name: datastore } }), 'site.yaml');
    assert.deepEqual([site.name, site.datastore.name], [cloud, datastore]);
  }
});

interface Wrong {
  readonly fault: string;
  readonly source: string;
  /** line:column, and what the line must say. */
  readonly says: readonly [place: string, text: RegExp][];
}

const inLeast = (from: string, to: string) => {
  assert.ok(least.includes(from));
  return least.replace(from, to);
};

const wrong: readonly Wrong[] = [
  {
    fault: 'unknown key at the top',
    source: `${least}hots: all\n`,
    says: [['7:1', /hots: unknown setting.*hosts.*deadlines/]],
  },
  {
    fault: 'unknown key in a block',
    source: inLeast('  rsync_host', '  rsync_hots: x\n  rsync_host'),
    says: [['6:3', /datastore\.rsync_hots: unknown setting.*rsync_host/]],
  },
  {
    fault: 'unknown key in a block with defaults',
    source: `${least}deadlines: { connect: 5, comand: 7 }\n`,
    says: [['7:26', /deadlines\.comand: unknown setting.*connect, command, run/]],
  },
  {
    fault: 'unknown key in a block that may be missing',
    source: `${least}test_vm:\n  id: 0\n  name: x\n  nam: x\n`,
    says: [['10:3', /test_vm\.nam: unknown setting.*id, name/]],
  },
  {
    fault: 'two unknown keys, each said',
    source: `a: 1\n${least}b: 2\n`,
    says: [
      ['1:1', /a: unknown setting/],
      ['8:1', /b: unknown setting/],
    ],
  },
  { fault: 'a number for a name', source: inLeast('production', '5'), says: [['1:7', /name: expected string, found 5$/]] },
  { fault: 'a list for a name', source: inLeast('production', '[a]'), says: [['1:7', /name: expected string, found a list$/]] },
  {
    fault: 'a block for a name',
    source: inLeast('production', '{ a: b }'),
    says: [['1:7', /name: expected string, found key: value$/]],
  },
  {
    fault: 'a password where none belongs, which is not shown',
    source: inLeast('local', 'ssh://oneadmin:hunter22@frontend01/x'),
    says: [['2:11', /frontend: expected (?!.*hunter22).*, found ssh:/]],
  },
  {
    fault: 'a text without end, of which the beginning is shown',
    source: inLeast('local', 'x'.repeat(500)),
    says: [['2:11', /frontend: expected .*, found x{60}…$/]],
  },
  { fault: 'a key without a value', source: inLeast(' production', ''), says: [['1:6', /name: (missing|expected string)/]] },
  { fault: 'a missing value', source: inLeast('name: production\n', ''), says: [['1:1', /name: missing/]] },
  {
    fault: 'a missing value in a block',
    source: inLeast('  rsync_user: oneadmin\n', ''),
    says: [['4:3', /datastore\.rsync_user: missing/]],
  },
  { fault: 'a missing block', source: 'name: a\nfrontend: local\n', says: [['1:1', /datastore: missing/]] },
  {
    fault: 'text for a block',
    source: 'name: a\nfrontend: local\ndatastore: none\n',
    says: [['3:12', /datastore: expected object, found none$/]],
  },
  {
    fault: 'text for a number',
    source: `${least}deadlines: { connect: ten }\n`,
    says: [['7:23', /deadlines\.connect: expected (number|int)/]],
  },
  {
    fault: 'a number in quotes',
    source: `${least}deadlines: { connect: "10" }\n`,
    says: [['7:23', /deadlines\.connect: expected (number|int)/]],
  },
  { fault: 'a fraction', source: `${least}deadlines: { connect: 1.5 }\n`, says: [['7:23', /deadlines\.connect: expected int/]] },
  {
    fault: 'too small a number',
    source: `${least}deadlines: { connect: 0 }\n`,
    says: [['7:23', /deadlines\.connect: expected at least 1/]],
  },
  {
    fault: 'proofs that count for longer than runs are kept',
    source: `${least}restore: { canary: { template: x, proven_within: 91d } }\n`,
    says: [['7:50', /restore\.canary\.proven_within: expected a time no longer than runs are kept \(retention\.days\)/]],
  },
  {
    fault: 'proofs that count for 30 days, where runs are kept for 29',
    source: `${least}restore: { canary: { template: x } }\nretention: { days: 29 }\n`,
    says: [['7:20', /restore\.canary\.proven_within: .*the default is 30d/]],
  },
  {
    fault: 'too large a number',
    source: `${least}deadlines: { connect: 301 }\n`,
    says: [['7:23', /deadlines\.connect: expected at most 300/]],
  },
  {
    fault: 'a version that YAML reads as a number',
    source: `${least}programs: { rsync: 3.1 }\n`,
    says: [['7:20', /programs\.rsync: expected (string|a version)/]],
  },
  {
    fault: 'a version that is none',
    source: `${least}programs: { rsync: new }\n`,
    says: [['7:20', /programs\.rsync: expected a version/]],
  },
  {
    fault: 'a VM with a negative id',
    source: `${least}test_vm: { id: -1, name: x }\n`,
    says: [['7:16', /test_vm\.id: expected an id, 0 or more/]],
  },
  { fault: 'a VM without a name', source: `${least}test_vm: { id: 1 }\n`, says: [['7:10', /test_vm\.name: missing/]] },
  {
    fault: 'more than everything is to be free',
    source: `${least}free_percent: { staging: 101 }\n`,
    says: [['7:26', /free_percent\.staging: expected a percentage, 0 to 100/]],
  },
  {
    fault: 'less than nothing is to be free',
    source: `${least}free_percent: { storage: -1 }\n`,
    says: [['7:26', /free_percent\.storage: expected a percentage, 0 to 100/]],
  },
  { fault: 'text for yes or no', source: `${least}  mounted: maybe\n`, says: [['7:12', /datastore\.mounted: expected boolean/]] },
  {
    fault: 'a mode that YAML reads as a number',
    source: `${least}  mode: 0775\n`,
    says: [['7:9', /datastore\.mode: expected (string|an octal mode in quotes), found 0775$/]],
  },
  {
    fault: 'a mode that is none',
    source: `${least}  mode: "0885"\n`,
    says: [['7:9', /datastore\.mode: expected an octal mode in quotes/]],
  },
  {
    fault: 'an attribute in lower case',
    source: `${least}  template: { rsync_args: "-a" }\n`,
    says: [['7:15', /datastore\.template.*an attribute of the datastore in capitals/]],
  },
  {
    fault: 'a number for an attribute',
    source: `${least}  template: { LIMIT_MB: 10 }\n`,
    says: [['7:25', /datastore\.template\.LIMIT_MB: expected string/]],
  },
  {
    fault: 'hosts that are neither all nor a list',
    source: `${least}hosts: none\n`,
    says: [['7:8', /hosts: expected all, or a list of host names/]],
  },
  { fault: 'no hosts', source: `${least}hosts: []\n`, says: [['7:8', /hosts.*(at least one host|a list of host names)/]] },
  {
    fault: 'a number among the hosts',
    source: `${least}hosts: [kvm01, 5]\n`,
    says: [['7:8', /hosts.*(expected string|a list of host names)/]],
  },
  { fault: 'a YAML syntax error', source: inLeast('production', '[x'), says: [['2:1', /sequence/]] },
  { fault: 'an open quote', source: inLeast('production', '"x'), says: [['7:1', /Missing closing "quote/]] },
  { fault: 'a duplicate key', source: `${least}name: again\n`, says: [['7:1', /unique/]] },
  { fault: 'a duplicate key in a block', source: `${least}  name: again\n`, says: [['7:3', /unique/]] },
  { fault: 'a tab', source: inLeast('  rsync_user', '\trsync_user'), says: [['5:1', /[Tt]ab/]] },
  { fault: 'an alias to nothing', source: inLeast('production', '*a'), says: [['1:7', /alias/]] },
  { fault: 'two documents', source: `${least}---\n${least}`, says: [['7:1', /document/i]] },
  {
    fault: 'an empty file',
    source: '',
    says: [
      ['1:1', /name: missing/],
      ['1:1', /frontend: missing/],
      ['1:1', /datastore: missing/],
    ],
  },
  { fault: 'only comments', source: '# nothing\n', says: [['1:1', /name: missing/]] },
  { fault: 'text', source: 'production\n', says: [['1:1', /the site file: expected object/]] },
  { fault: 'a list', source: '- a\n- b\n', says: [['1:1', /the site file: expected object/]] },
];

for (const { fault, source, says } of wrong) {
  test(`refused with place and reason: ${fault}`, () => {
    const lines = faults(source);
    for (const [place, text] of says) {
      const hit = lines.some((line) => line.startsWith(`${place}: `) && text.test(line));
      assert.ok(hit, `expected ${place}: ${text}, found\n${lines.join('\n')}`);
    }
  });
}

test('a file that is not there is a UsageError that says how to write one', () => {
  assert.throws(() => loadSite('/nowhere/site.yaml'), { name: 'UsageError', message: /^\/nowhere\/site\.yaml: .*ENOENT.*\n.*init --site/ });
});

test('a file that is there is read and named in its faults', () => {
  const folder = mkdtempSync(join(tmpdir(), 'site-'));
  const file = join(folder, 'with blank.yaml');
  writeFileSync(file, `${least}x: 1\n`);
  try {
    assert.throws(() => loadSite(file), { name: 'UsageError', message: new RegExp(`^${file}:7:1: x: unknown setting`) });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const hostile = {
  quotes: `it's "quoted"`,
  blanks: 'two  blanks',
  'blanks at the ends': ' padded ',
  newline: 'one\ntwo',
  semicolon: 'a; rm -rf ~',
  substitution: '$(touch /tmp/x)',
  'leading hyphen': '-oProxyCommand=id',
  '300 characters': 'x'.repeat(300),
  'control character': 'a\u001b[2Kb',
  empty: '',
} as const;
type Hostile = keyof typeof hostile;

interface Setting {
  readonly setting: string;
  readonly write: (yaml: string) => string;
  readonly read: (site: ReturnType<typeof parseSite>) => unknown;
  /** Put before a hostile value, where a value must begin in a certain way to be worth trying. */
  readonly prefix?: string;
  /** All others must be refused. */
  readonly accepts: readonly Hostile[];
}

const settings: readonly Setting[] = [
  {
    setting: 'name',
    write: (yaml) => inLeast('production', yaml),
    read: ({ name }) => name,
    accepts: ['quotes', 'blanks', 'blanks at the ends', 'semicolon', 'substitution', 'leading hyphen'],
  },
  { setting: 'frontend', write: (yaml) => inLeast('local', yaml), read: ({ frontend }) => frontend, accepts: [] },
  {
    setting: 'frontend',
    prefix: 'ssh://',
    write: (yaml) => inLeast('local', yaml),
    read: ({ frontend }) => frontend,
    accepts: [],
  },
  {
    setting: 'frontend',
    prefix: 'ssh://oneadmin@',
    write: (yaml) => inLeast('local', yaml),
    read: ({ frontend }) => frontend,
    accepts: [],
  },
  {
    setting: 'datastore.name',
    write: (yaml) => inLeast('rsync Backups', yaml),
    read: ({ datastore }) => datastore.name,
    accepts: ['blanks', 'leading hyphen'],
  },
  {
    setting: 'datastore.rsync_user',
    write: (yaml) => inLeast('oneadmin', yaml),
    read: ({ datastore }) => datastore.rsync_user,
    accepts: [],
  },
  {
    setting: 'datastore.rsync_host',
    write: (yaml) => inLeast('backup01.example.net', yaml),
    read: ({ datastore }) => datastore.rsync_host,
    accepts: [],
  },
  {
    setting: 'datastore.rsync_host',
    prefix: 'b',
    write: (yaml) => inLeast('backup01.example.net', yaml),
    read: ({ datastore }) => datastore.rsync_host,
    accepts: ['empty'],
  },
  {
    setting: 'datastore.path',
    prefix: '/srv/',
    write: (yaml) => `${least}  path: ${yaml}\n`,
    read: ({ datastore }) => datastore.path,
    accepts: ['quotes', 'blanks', 'blanks at the ends', 'semicolon', 'substitution', 'leading hyphen', '300 characters', 'empty'],
  },
  { setting: 'datastore.path', write: (yaml) => `${least}  path: ${yaml}\n`, read: ({ datastore }) => datastore.path, accepts: [] },
  { setting: 'hosts', write: (yaml) => `${least}hosts: [${yaml}]\n`, read: ({ hosts }) => hosts[0], accepts: [] },
  { setting: 'account', write: (yaml) => `${least}account: ${yaml}\n`, read: ({ account }) => account, accepts: [] },
  {
    setting: 'ssh_agent_socket',
    prefix: '/run/',
    write: (yaml) => `${least}ssh_agent_socket: ${yaml}\n`,
    read: ({ ssh_agent_socket }) => ssh_agent_socket,
    accepts: ['quotes', 'blanks', 'blanks at the ends', 'semicolon', 'substitution', 'leading hyphen', '300 characters', 'empty'],
  },
  {
    setting: 'datastore.template.RSYNC_ARGS',
    write: (yaml) => `${least}  template: { RSYNC_ARGS: ${yaml} }\n`,
    read: ({ datastore }) => datastore.template.RSYNC_ARGS,
    accepts: ['quotes', 'blanks', 'blanks at the ends', 'semicolon', 'substitution', 'leading hyphen', '300 characters', 'empty'],
  },
  { setting: 'datastore.mode', write: (yaml) => `${least}  mode: ${yaml}\n`, read: ({ datastore }) => datastore.mode, accepts: [] },
  {
    setting: 'programs.qemu_img',
    write: (yaml) => `${least}programs: { qemu_img: ${yaml} }\n`,
    read: ({ programs }) => programs.qemu_img,
    accepts: [],
  },
  {
    setting: 'programs.rsync',
    write: (yaml) => `${least}programs: { rsync: ${yaml} }\n`,
    read: ({ programs }) => programs.rsync,
    accepts: [],
  },
];

for (const { setting, prefix = '', write, read, accepts } of settings) {
  test(`hostile values of ${setting}${prefix && ` after ${prefix}`}: taken exactly, or refused at their place`, () => {
    for (const [name, value] of Object.entries(hostile) as [Hostile, string][]) {
      const yaml = JSON.stringify(prefix + value);
      const source = write(yaml);
      if (accepts.includes(name)) {
        assert.equal(read(parseSite(source, 'site.yaml')), prefix + value, name);
        continue;
      }
      const before = source.slice(0, source.indexOf(yaml)).split('\n');
      const column = (before.at(-1)?.length ?? 0) + 1;
      // A list of hosts is one setting: its place, or the place of the host in it.
      const columns = setting === 'hosts' ? [column - 1, column] : [column];
      const lines = faults(source);
      const hit = lines.some(
        (line) => columns.some((at) => line.startsWith(`${before.length}:${at}: ${setting}`)) && / expected \S/.test(line),
      );
      assert.ok(hit, `${name}: expected ${before.length}:${column}: ${setting}… expected …, found\n${lines.join('\n')}`);
    }
  });
}

for (const [what, change] of [
  ['ssh://oneadmin@frontend01.example.net', 'frontend'],
  ['ssh://frontend01:2222', 'frontend'],
  ['ssh://oneadmin@[2001:db8::1]:22', 'frontend'],
  ['2001:db8::1', 'rsync_host'],
  ['192.0.2.7', 'rsync_host'],
  ['b', 'rsync_host'],
  ['backup_01.example.net.', 'rsync_host'],
  ['svc-backup.rsync$', 'rsync_user'],
] as const) {
  test(`accepted as ${change}: ${what}`, () => {
    const source = least.replace(new RegExp(`(${change}:).*`), (_, key) => `${key} ${JSON.stringify(what)}`);
    const { frontend, datastore } = parseSite(source, 'site.yaml');
    assert.ok([frontend, datastore.rsync_host, datastore.rsync_user].includes(what));
  });
}

test('a site file that names bridge hosts declares them', () => {
  const bridges = ['bridge01.example.net', 'kvm01'];
  const { datastore } = parseSite(siteText({ ...example, datastore: { ...example.datastore, bridges } }), 'site.yaml');
  assert.deepEqual(datastore.bridge_list, bridges);
});
