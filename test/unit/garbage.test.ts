/** Whatever a machine, a file or a command line says: no crash, and no requirement is met by garbage. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { sizesOf } from '../../support/actions/files.ts';
import { readJournals } from '../../support/actions/journal.ts';
import { causeOf, directoriesIn, endOf } from '../../support/actions/log.ts';
import { readClock } from '../../support/actions/scene.ts';
import { readHistory } from '../../support/archive/history.ts';
import { beginOf, readVerdict } from '../../support/archive/runs.ts';
import { parseManifest } from '../../support/archive/verify.ts';
import { compareVersions } from '../../support/checks/programs.ts';
import { readDirectories, surveyBackupServer } from '../../support/facts/backup-server.ts';
import { surveyFrontend } from '../../support/facts/frontend.ts';
import { surveyHypervisor } from '../../support/facts/hypervisor.ts';
import { readLogin } from '../../support/facts/login.ts';
import { readSpace } from '../../support/facts/space.ts';
import { HopShell } from '../../support/machines/hop.ts';
import * as openssh from '../../support/machines/openssh.ts';
import type { Shell } from '../../support/machines/shell.ts';
import { read } from '../../support/machines/survey.ts';
import { readAnswer } from '../../support/opennebula/ask.ts';
import * as pools from '../../support/opennebula/pools.ts';
import { templateDrift } from '../../support/opennebula/template.ts';
import { parseRoot } from '../../support/opennebula/xml.ts';
import { UsageError } from '../../support/outcome/outcome.ts';
import { leaks, redact, scrub } from '../../support/outcome/secrets.ts';
import { offline } from '../../support/report/html.ts';
import { parseOnly } from '../../support/run/only.ts';
import { parseSite } from '../../support/site/load.ts';
import { parseWaivers } from '../../support/site/waivers.ts';
import { readRelation } from '../../support/verdict/controls.ts';
import { statementNamed } from '../../support/verdict/requirements.ts';
import fc, { garbling } from './fuzz.ts';
import { checks, evidence, storedVerdict, survey, wholeCloud } from './made.ts';

const calls = new URL('../recordings/7.4.0/calls/', import.meta.url);
const recorded = (name: string) => (JSON.parse(readFileSync(new URL(`${name}.json`, calls), 'utf8')) as { stdout: string }).stdout;
const log = readFileSync(new URL('../recordings/7.4.0/failures/disk-full/vm.log', import.meta.url), 'utf8');
const pool = {
  hosts: recorded('381-onehost-list-on-x'),
  datastores: recorded('064-ds-list-x'),
  vms: `<VM_POOL>${recorded('204-onevm-show-after-x')}</VM_POOL>`,
};
const { site } = wholeCloud();

/** `ssh -v` that gets in, and runs a command that prints nothing. */
const letIn = `OpenSSH_9.2p1 Debian-2+deb12u7, OpenSSL 3.0.17 1 Jul 2025
debug1: Connecting to backup01.example.net [198.18.2.1] port 22.
debug1: Server host key: ssh-ed25519 SHA256:q1w2e3
debug1: Host 'backup01.example.net' is known and matches the ED25519 host key.
Authenticated to backup01.example.net ([198.18.2.1]:22) using "publickey".
`;

const answer = (stdout: string, more: object = {}) => evidence({ stdout, ...more });
const verdict = JSON.stringify(storedVerdict());

interface Parser {
  readonly parse: (text: string) => unknown;
  /** A text it takes. */
  readonly good: string;
  /** What it may throw: an error of our own, or a library's that readAnswer takes for a fault. */
  readonly throws?: typeof UsageError | typeof Error;
}

/** Everything that reads a text from elsewhere, by its name in support/. */
const parsers: Readonly<Record<string, Parser>> = {
  parseOnly: { parse: (text) => parseOnly(text, 'audit'), good: 'BDS-102@kvm01', throws: UsageError },
  statementNamed: { parse: statementNamed, good: 'BDS-102', throws: UsageError },
  causeOf: { parse: causeOf, good: log },
  clientFailure: { parse: openssh.clientFailure, good: letIn },
  cutOff: { parse: openssh.cutOff, good: letIn },
  readRelation: { parse: readRelation, good: '@supports:NIST-800-53:CP-9', throws: Error },
  readSettings: { parse: openssh.readSettings, good: 'user oneadmin\nport 22\nidentityfile ~/.ssh/id_rsa\n' },
  compareVersions: { parse: (text) => compareVersions(text, '3.1.0'), good: '3.2.7' },
  directoriesIn: { parse: (text) => directoriesIn(text, '0'), good: log },
  endOf: { parse: (text) => endOf(text, { begun: 0, utcOffset: 0 }), good: log },
  readKnownKeys: {
    parse: openssh.readKnownKeys,
    good: '# Host backup01 found: line 1\nbackup01 ssh-ed25519 AAAA\n@revoked backup01 ssh-rsa BBBB\n',
  },
  leaks: { parse: leaks, good: 'x' },
  offline: { parse: (text) => offline(text), good: '<html><head></head><body></body></html>', throws: Error },
  parseDatastores: { parse: pools.parseDatastores, good: pool.datastores, throws: Error },
  parseHosts: { parse: pools.parseHosts, good: pool.hosts, throws: Error },
  parseImage: { parse: pools.parseImage, good: recorded('206-oneimage-show-x'), throws: Error },
  parseImages: { parse: pools.parseImages, good: recorded('209-oneimage-list-x'), throws: Error },
  parseManifest: { parse: parseManifest, good: `${'0'.repeat(64)}  verdict.json\n\\${'f'.repeat(64)}  a\\\\b\\n\n` },
  parseRoot: { parse: (text) => parseRoot(text, 'HOST_POOL'), good: pool.hosts, throws: Error },
  parseSite: {
    parse: (text) => parseSite(text, 'site.yaml'),
    good: readFileSync(new URL('../../site.example.yaml', import.meta.url), 'utf8'),
    throws: UsageError,
  },
  parseTemplates: {
    parse: pools.parseTemplates,
    good: '<VMTEMPLATE_POOL><VMTEMPLATE><ID>0</ID><NAME>x</NAME></VMTEMPLATE></VMTEMPLATE_POOL>',
    throws: Error,
  },
  parseVirtualMachine: { parse: pools.parseVirtualMachine, good: recorded('204-onevm-show-after-x'), throws: Error },
  parseWaivers: {
    parse: (text) => parseWaivers(text, 'waivers.yaml', '2026-11-24'),
    good: '- { requirement: BDS-102, machine: kvm01, owner: a, reason: b, ticket: c, expires: 2026-12-31 }\n',
    throws: UsageError,
  },
  parseVirtualMachines: { parse: pools.parseVirtualMachines, good: pool.vms, throws: Error },
  read: {
    parse: (text) => read(answer(text), [{ name: 'a', argv: ['true'], deadline: 1 }], '|'),
    good: '|a|1700000000.5|err|out|0|1700000001.75|done|',
  },
  readAnswer: { parse: (text) => readAnswer(answer(text, { stderr: text }), pools.parseHosts), good: pool.hosts },
  readClock: { parse: readClock, good: '1795409972 +0100' },
  readDirectories: { parse: (text) => readDirectories(answer(text)), good: 'yes\td\toneadmin\toneadmin\t755\t/var/lib/one/datastores\n' },
  beginOf: { parse: beginOf, good: '2026-11-23T09-10-00Z-1f3a' },
  readHistory: {
    parse: readHistory,
    good: '{"uuid":"1-f","name":"x","timestamp":1,"knownTestCaseIds":[],"testResults":{},"metrics":{},"url":""}\n',
  },
  readJournals: {
    parse: readJournals,
    good: 'r.jsonl\n{"opened":1,"datastore":{"id":"100","name":"x"},"vm":"0","own":"/x"}\n{"change":"probe","path":"/y"}\n',
  },
  readLogin: { parse: (text) => readLogin('a', 'b', answer('', { stderr: text, exitCode: 255 })), good: letIn },
  readSpace: { parse: (text) => readSpace(answer(text)), good: '1048576 258020 100000 78224 1000 500 /var/tmp\n' },
  readVerdict: { parse: readVerdict, good: verdict },
  redact: { parse: redact, good: '<PASSWORD>geheim</PASSWORD>\n-----BEGIN PRIVATE KEY-----\nx\n-----END' },
  scrub: { parse: scrub, good: 'https://user:geheim@example.net' },
  shownKey: { parse: openssh.shownKey, good: letIn },
  sizesOf: {
    parse: (text) => sizesOf({ survey: survey('backup01', { sizes: text }), disks: [], vmXml: '' }),
    good: '196624 /x/disk.0.0\n9 /x/vm.xml\n',
  },
  spoken: { parse: openssh.spoken, good: letIn },
  templateDrift: { parse: (text) => templateDrift(text, site), good: 'NAME = "rsync Backups"\nTYPE = "BACKUP_DS"\n' },
  wasLetIn: { parse: openssh.wasLetIn, good: letIn },
  withoutCommand: { parse: (text) => openssh.withoutCommand(text, 'true\nexit 0'), good: `debug1: Sending command: true\n${letIn}` },
  withoutDebug: { parse: openssh.withoutDebug, good: letIn },
};

/** Functions that take a text of our own, to write, to find or to ask: what they are given was read before, or is not read. */
const others = [
  ...[
    'asText',
    'beginRun',
    'cleanUp',
    'codeOf',
    'contentsOf',
    'detailsOf',
    'explain',
    'fileNameOf',
    'findRun',
    'initSite',
    'isNamed',
    'journalFolder',
    'loadSite',
    'loadWaivers',
    'makeFolder',
    'planSetup',
    'printable',
    'prune',
    'runsIn',
    'verdictIn',
    'verdictOf',
  ],
  ...['children', 'quoteWord', 'seal', 'sign', 'spaceProbe', 'sshKeygen', 'statementsOf', 'stopwatch', 'text', 'toDocument'],
  ...['toMergedDocument', 'verifyEvidence', 'wrap', 'writeMetrics', 'writeReport'],
];

describe('a parser', () => {
  test('is whatever in support/ takes a text, and stands in the table', () => {
    const support = new URL('../../support/', import.meta.url);
    const sources = readdirSync(support, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const takers = sources.flatMap((name) =>
      [...readFileSync(new URL(name, support), 'utf8').matchAll(/^export (?:async )?function (\w+)(?:<[^>]*>)?\(([^,)]*)/gm)]
        .filter(([, , first = '']) => /: (string|Evidence|CommandResult|BackupFiles)\b/.test(first))
        .map(([, called = '']) => called),
    );
    assert.deepEqual(takers.filter((name) => !(name in parsers) && !others.includes(name)).sort(), []);
  });

  for (const [name, { parse, good, throws }] of Object.entries(parsers)) {
    test(`${name} throws nothing but what it says`, () => {
      parse(good);
      fc.assert(
        fc.property(garbling, (garble) => {
          try {
            parse(garble(good));
          } catch (error) {
            if (!throws || !(error instanceof throws) || [TypeError, RangeError, ReferenceError].some((kind) => error instanceof kind))
              throw error;
          }
        }),
        { numRuns: good.length < 1000 ? 300 : 60 },
      );
    });
  }
});

interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: string;
}
const says = (stdout: string, stderr = '', code = '0'): Answer => ({ stdout, stderr, code });

const storage = '/var/lib/one/datastores';
const rsync = says('rsync  version 3.2.7  protocol version 31');
const qemuImg = says('qemu-img version 7.2.22 (Debian 1:7.2+dfsg-7)\nCopyright (c) 2003-2022 Fabrice Bellard');
const room = (at: string) => `1048576 258020 100000 78224 1000 500 ${at}`;
const hypervisor = {
  rsync,
  'qemu-img': qemuImg,
  programs: says(''),
  staging: says(room(`${storage}/0`)),
  keys: says(''),
  handshake: says('drwxr-xr-x 4,096 .', letIn),
};

/** What each machine of a whole cloud answers to each question. */
const whole: Readonly<Record<string, Readonly<Record<string, Answer>>>> = {
  'frontend01.example.net': {
    hostname: says('frontend01.example.net'),
    account: says('oneadmin'),
    now: says('1795410100'),
    agent: says('256 SHA256:abc oneadmin@frontend01 (ED25519)'),
    programs: says(''),
    hosts: says(pool.hosts),
    datastores: says(pool.datastores),
    'virtual-machines': says(pool.vms),
  },
  'kvm01.example.net': hypervisor,
  'kvm02.example.net': hypervisor,
  'backup01.example.net': {
    hostname: says('backup01'),
    user: says('oneadmin'),
    group: says('oneadmin'),
    rsync,
    'qemu-img': qemuImg,
    programs: says(''),
    directory: says(`yes\td\toneadmin\toneadmin\t755\t${storage}`),
    links: says(''),
    devices: says(`65024\t/\n65025\t${storage}\n65025\t${storage}/100`),
    mount: says(`Mounted on Filesystem Type\n/          /dev/sda2  ext4\n${storage} /dev/sdb1 ext4\n${storage} /dev/sdb1 ext4`),
    space: says(`${room(`${storage}/100`)}\n${room('/var/tmp')}`),
    'own-directories': says(`yes\td\toneadmin\toneadmin\t755\t${storage}/100\nyes\td\toneadmin\toneadmin\t755\t${storage}/100/0`),
  },
};

/** What goes wrong: one part of one answer, all that a machine prints, or what the ssh client that reaches it says. */
interface Garbage {
  readonly machine: string;
  readonly question: string;
  readonly part: keyof Answer | 'all';
  readonly garble: (text: string) => string;
}

/** Asks a cloud whose machines answer like a whole one but for the garbage, by the suite's own surveys; `text` is what the garbage came to. */
async function ask({ machine: where, question, part, garble }: Garbage) {
  let text = '';
  const made = (good: string) => {
    text = garble(good);
    return text;
  };
  const printed = (machine: string, script: string) => {
    const mark = `\u001e${script.split('\u001e')[1]}\u001e`;
    const names = [...script.matchAll(/^(?:.* && )?probe (\S+) /gm)].map(([, name = '']) => name).filter((name) => name !== 'login');
    const framed = names.map((name) => {
      const good = whole[machine]?.[name] ?? assert.fail(`${machine}: ${name}`);
      const { stderr, stdout, code }: Answer =
        machine === where && name === question && part !== 'all' ? { ...good, [part]: made(good[part]) } : good;
      return ['', name, '1795410100.5', stderr, stdout, code, '1795410101.25'].join(mark);
    });
    const all = `${framed.join('')}${mark}done${mark}`;
    return machine === where && question === 'all' ? made(all).replaceAll(mark, '|') && text : all;
  };
  const frontend: Shell = {
    machine: 'frontend01.example.net',
    account: 'oneadmin',
    run: ({ argv, stdin = '' }) => {
      if (argv[0] === 'bash') return Promise.resolve(answer(printed(frontend.machine, stdin)));
      const far = (argv[4] ?? '').replace(/.*@/, '');
      const [entered = ''] = /entered-\w+/.exec(argv.at(-1) ?? '') ?? [];
      const client = far === where && question === 'ssh' ? made(letIn) : letIn;
      return Promise.resolve(answer(stdin && printed(far, stdin), { stderr: `${client}${entered}\n` }));
    },
    close: () => undefined,
  };
  const hop = (to: string) => new HopShell(frontend, { host: to, connectTimeout: 1 });
  const facts = await surveyFrontend(frontend, site);
  const hosts = 'value' in facts.hosts ? facts.hosts.value : [];
  const hypervisors = await Promise.all(
    hosts.filter(({ name }) => name in whole).map((host) => surveyHypervisor(hop(host.name), host, site, { staging: [`${storage}/0`] })),
  );
  const server = hop('backup01.example.net');
  const own =
    'value' in facts.datastores && facts.datastores.value.some(({ name }) => name === site.datastore.name) ? `${storage}/100` : storage;
  const places = { path: storage, own, tmp: '/var/tmp' };
  const backup = await surveyBackupServer({ driver: server, byAgent: server }, site, facts.hostname, places);
  const cloud = { site, frontend: facts, server: backup, hypervisors };
  const judged = Object.entries(checks).flatMap(([id, check]) => [check(cloud)].flat().map((judgement) => ({ id, ...judgement })));
  return { judged, text };
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
/** Where it matters only that one line says so, whatever ends lines in Unicode will do. */
const anyLine = (text: string, so: (line: string) => boolean): boolean => text.split(/[\n\r\u2028\u2029]/).some(so);
/** Every tag is closed in its turn, and all is within one of that name. */
function isPool(text: string, root: string): boolean {
  const open: string[] = [];
  const plain = text.replaceAll(/<!\[CDATA\[[\s\S]*?\]\]>/g, '').trim();
  for (const [, end, name = '', alone] of plain.matchAll(/<(\/?)([^<>/\s]+)(\/?)>/g)) {
    if (end ? open.pop() !== name : open.length === 0 && name !== root) return false;
    if (!end && !alone) open.push(name);
  }
  return open.length === 0 && plain.startsWith(`<${root}`) && plain.endsWith('>');
}
const blocks = (text: string, tag: string): string[] =>
  text
    .split(`<${tag}>`)
    .slice(1)
    .map((part) => part.split(`</${tag}>`)[0] ?? '');
const value = (block: string, tag: string): string => (blocks(block, tag)[0] ?? '').replace(/^<!\[CDATA\[(.*)\]\]>$/, '$1');
const isTheDatastore = (so: (block: string) => boolean) => (text: string) =>
  isPool(text, 'DATASTORE_POOL') && blocks(text, 'DATASTORE').some((block) => value(block, 'NAME') === 'rsync Backups' && so(block));
const isNumber = (text: string) => /^[0-9]+$/.test(text);
const within = (text: string, least: number, most: number) => isNumber(text) && Number(text) >= least && Number(text) <= most;
const isAtLeast = (program: string, major: number, minor: number) => (text: string) =>
  anyLine(text, (line) => {
    const [a = 0, b = 0] = (new RegExp(`^${program} +version v?([0-9]+)[.]([0-9]+)`).exec(line) ?? []).slice(1).map(Number);
    return a > major || (a === major && b >= minor);
  });
const isDirectory = (under: string) => (line: string) => {
  const [usable, type, owner, group, mode = '', path = '', ...more] = line.split('\t');
  const isOurs = usable === 'yes' && type === 'd' && owner === 'oneadmin' && group === 'oneadmin' && more.length === 0;
  return isOurs && /^[0-7]?7[0-7][0145]$/.test(mode) && path.startsWith(under);
};
const hasRoom = (count: number, least: bigint) => (text: string) =>
  lines(text).length === count &&
  lines(text).every((line) => {
    const fields = line.split(' ', 6);
    if (fields.length < 6 || !fields.every(isNumber) || !line.includes(' /')) return false;
    const [, blocks = 0n, unused = 0n, usable = 0n, files = 0n, unusedFiles = 0n] = fields.map(BigInt);
    const isSane = usable <= unused && unused <= blocks;
    return isSane && usable * 100n >= least * (blocks - unused + usable) && (files === 0n || unusedFiles * 100n >= files * 5n);
  });
const isKnown = (text: string) =>
  /^debug1: Server host key: \S+ SHA256:\S/m.test(text) && /is known and matches|Permanently added/.test(text);
const only =
  (...names: string[]) =>
  (text: string) =>
    lines(text).every((line) => names.includes(line));
const isIn = (text: string, machine = '') => isPool(text, 'HOST_POOL') && text.includes(`<NAME>${machine}</NAME>`);
const noneIsStuck = (text: string) =>
  isPool(text, 'VM_POOL') &&
  blocks(text, 'SCHED_ACTION').every((block) => {
    const [time, done] = [value(block, 'TIME'), value(block, 'DONE')];
    if (value(block, 'ACTION') !== 'backup' || value(block, 'ARGS').split(',')[0] !== '100') return true;
    if (!isNumber(time)) return false;
    return (isNumber(done) && Number(done) >= Number(time)) || (value(block, 'MESSAGE') === '' && 1795410100 - Number(time) <= 900);
  });

type Truth = (text: string, machine?: string) => boolean;
/** What an answer must say for a requirement to be met, read in other ways than the suite reads it: by question, then requirement. */
const truths: Readonly<Record<string, Readonly<Record<string, Truth>>>> = {
  account: Object.fromEntries(Object.keys(checks).map((id) => [id, (text: string) => text === 'oneadmin'])),
  now: { '406': isNumber },
  agent: { '103': (text) => anyLine(text, (line) => /^[0-9]+ [^ ]+:[^ ]+ /.test(line)) },
  hosts: Object.fromEntries(['102', '106', '205', '303'].map((id) => [id, isIn])),
  datastores: {
    '402': isTheDatastore((block) =>
      ['<TYPE>3<', '<STATE>0<', '<DS_MAD><![CDATA[rsync]]>', '<TM_MAD><![CDATA[-]]>'].every((part) => block.includes(part)),
    ),
    '403': isTheDatastore((block) => value(block, 'RSYNC_USER') === 'oneadmin' && value(block, 'RSYNC_HOST') === 'backup01.example.net'),
    '404': isTheDatastore((block) => !/RSYNC_ARGS|LIMIT_MB|BRIDGE_LIST/.test(block)),
    '405': isTheDatastore((block) => within(value(block, 'TOTAL_MB'), 255_440, 260_600) && within(value(block, 'FREE_MB'), 74_312, 82_136)),
  },
  'virtual-machines': { '304': (text) => isPool(text, 'VM_POOL'), '406': noneIsStuck },
  programs: { '304': only('nbdinfo', 'qemu-io', 'qemu-nbd', 'mv', 'jq') },
  group: { '201': (text) => text === 'oneadmin' },
  rsync: { '301': isAtLeast('rsync', 3, 1), '303': isAtLeast('rsync', 3, 1) },
  'qemu-img': { '302': isAtLeast('qemu-img', 2, 5), '303': isAtLeast('qemu-img', 2, 5) },
  directory: { '201': (text) => lines(text).length > 0 && lines(text).every(isDirectory(storage)) },
  'own-directories': { '201': (text) => lines(text).every(isDirectory(`${storage}/100`)) },
  devices: {
    '203': (text) => {
      const numbers = lines(text).map((line) => line.split('\t'));
      const of = (name: string) => numbers.filter((line) => line[1] === name).map(([number]) => number);
      return numbers.every(([number = '']) => isNumber(number)) && of('/').length > 0 && !of('/').includes(numbers.at(-1)?.[0]);
    },
  },
  mount: {
    '203': (text) =>
      text === '' ||
      lines(text)
        .slice(1)
        .every((line) => /^\/.*\s\S+\s+\w+$/.test(line)),
  },
  space: { '204': hasRoom(2, 10n), '405': (text) => text.startsWith('1048576 258020 ') || hasRoom(2, 0n)(text) },
  staging: { '205': hasRoom(1, 10n) },
};
/** Of these the exit code, too, is a part of the answer. */
const byCode = ['agent', 'hosts', 'datastores', 'virtual-machines', 'programs', 'rsync', 'qemu-img', 'space', 'staging'];

/** Whether the garbage, as it came out, leaves it true that a machine meets a requirement; no machine is named where only one can. */
function isTrue({ machine, question, part }: Garbage, text: string, id: string, named: string | undefined): boolean {
  const of = named ?? (/^(20|30)/.test(id) ? 'backup01.example.net' : 'frontend01.example.net');
  if (id === '105' && question === 'ssh') return machine !== 'backup01.example.net' || of !== 'frontend01.example.net' || isKnown(text);
  if (id === '105' && question === 'handshake') return of !== machine || part !== 'stderr' || isKnown(text);
  const truth = truths[question]?.[id];
  const concerns = of === machine || id === '405' || (machine.startsWith('frontend') && question !== 'programs');
  if (!truth || !concerns || part === 'stderr') return true;
  if (part === 'stdout') return truth(text, of);
  return !byCode.includes(question) || text === '0' || (question === 'programs' && text === '1');
}

describe('garbage', () => {
  test('is what makes the difference: without it all is met', async () => {
    const { judged } = await ask({ machine: '', question: '', part: 'all', garble: String });
    for (const { id, outcome, reason } of judged) assert.equal(outcome, 'met', `${id}: ${reason}`);
  });

  const units = Object.entries(whole).flatMap(([machine, answers]) => [
    ...Object.keys(answers).flatMap((question) => (['stdout', 'stderr', 'code'] as const).map((part) => ({ machine, question, part }))),
    { machine, question: 'all', part: 'all' as const },
    { machine, question: 'ssh', part: 'all' as const },
  ]);
  for (const [question, some] of Map.groupBy(units, (unit) => unit.question)) {
    test(`in answer to ${question} meets nothing`, () =>
      fc.assert(
        fc.asyncProperty(fc.constantFrom(...some), garbling, async (unit, garble) => {
          const garbage = { ...unit, garble };
          const { judged, text } = await ask(garbage);
          for (const { id, outcome, machine, reason } of judged) {
            if (outcome === 'met')
              assert.ok(isTrue(garbage, text, id, machine), `BDS-${id} is met on ${machine} by ${JSON.stringify(text)}`);
            else assert.doesNotMatch(reason.replaceAll(text || ' ', ''), /undefined|\[object/, `BDS-${id}`);
          }
        }),
        { numRuns: 60 },
      ));
  }
});
