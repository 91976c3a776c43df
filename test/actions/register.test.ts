import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, test } from 'node:test';
import { driftIn, register, standing, stepsTo } from '../../support/actions/register.ts';
import { registeredFromTemplate } from '../../support/checks/registration.ts';
import type { Machines } from '../../support/facts/cloud.ts';
import type { Standing } from '../../support/facts/gate.ts';
import { LocalShell } from '../../support/machines/local.ts';
import type { Command } from '../../support/machines/shell.ts';
import type { Datastore } from '../../support/opennebula/pools.ts';
import { templateText } from '../../support/opennebula/template.ts';
import type { Judgement } from '../../support/outcome/judgement.ts';
import type { Site } from '../../support/site/schema.ts';
import { datastore, evidence, wholeCloud } from '../made.ts';

const site = (changes: Partial<Site['datastore']> = {}): Site => {
  const whole = wholeCloud().site;
  return { ...whole, datastore: { ...whole.datastore, ...changes } };
};
const file = '/var/lib/one/ds_rsync_backup.txt';
const text = templateText(site());

const seen = evidence({ machine: 'frontend01.example.net', command: 'onedatastore list -x' });
const found = <T>(value: T) => ({ value, evidence: [seen] });
const unseen = { fault: 'onedatastore list -x ended with exit 255: no', evidence: [seen] };
const stands = (changes: Partial<Standing> = {}): Standing => ({ file, template: found(text), datastore: found(datastore()), ...changes });

describe('what exists, beside what is declared', () => {
  test('nothing differs, and nothing is missing', () => {
    assert.deepEqual([driftIn(stands(), site()), stepsTo(stands(), site())], [[], []]);
  });

  const saved = (changes: object): Partial<Datastore> => ({ template: { ...(datastore().template as object), ...changes } });
  const differences: readonly (readonly [changes: Partial<Datastore>, drift: readonly string[], declared?: Site])[] = [
    [{ type: 'img' }, ['TYPE is “img”, expected “bck”']],
    [{ dsMad: 'restic' }, ['DS_MAD is “restic”, expected “rsync”']],
    [saved({ RSYNC_HOST: ['backup02'] }), ['RSYNC_HOST is “backup02”, expected “backup01.example.net”']],
    [
      saved({ RSYNC_HOST: ['backup01.example.net', 'backup02'] }),
      ['RSYNC_HOST is “backup01.example.net backup02”, expected “backup01.example.net”'],
    ],
    [saved({ RSYNC_USER: ['root'] }), ['RSYNC_USER is “root”, expected “oneadmin”']],
    [saved({ TM_MAD: ['ssh'] }), ['TM_MAD is “ssh”, expected “-”']],
    [saved({ TM_MAD: [] }), []],
    [saved({ RSYNC_ARGS: ['-a'] }), ['RSYNC_ARGS is “-a”, expected none']],
    [saved({ BRIDGE_LIST: ['kvm01'] }), ['BRIDGE_LIST is “kvm01”, expected none']],
    [saved({ SAFE_DIRS: ['/'] }), ['SAFE_DIRS is “/”, expected “/var/tmp”']],
    [saved({ COMMENT: ['mine'] }), []],
    [
      { template: undefined },
      [
        'SAFE_DIRS is missing, expected “/var/tmp”',
        'RESTRICTED_DIRS is missing, expected “/”',
        'RSYNC_USER is missing, expected “oneadmin”',
        'RSYNC_HOST is missing, expected “backup01.example.net”',
      ],
    ],
    [{}, ['RSYNC_ARGS is missing, expected “-a”'], site({ template: { RSYNC_ARGS: '-a' } })],
    [saved({ RSYNC_ARGS: ['-a'] }), [], site({ template: { RSYNC_ARGS: '-a' } })],
    [saved({ SAFE_DIRS: ['/srv'] }), [], site({ template: { SAFE_DIRS: '/srv' } })],
    [{ name: 'another' }, []],
    [{ totalMb: 0 }, []],
  ];
  for (const [changes, drift, declared = site()] of differences) {
    test(`a datastore with ${JSON.stringify(changes)}`, () => {
      const all = driftIn(stands({ datastore: found(datastore(changes)), template: found(templateText(declared)) }), declared);
      assert.deepEqual(
        all,
        drift.map((difference) => `datastore 100: ${difference}`),
      );
    });
  }

  test('a file that differs is named', () => {
    const drift = driftIn(stands({ template: found(text.replace('oneadmin', 'root')) }), site());
    assert.deepEqual(drift, [`${file}: RSYNC_USER is “root”, expected “oneadmin”`]);
  });

  test('what could not be checked neither differs nor is missing', () => {
    const blind = stands({ template: unseen, datastore: unseen });
    assert.deepEqual([driftIn(blind, site()), stepsTo(blind, site())], [[], []]);
  });

  test('what is missing comes about in its order', () => {
    const words = (changes: Partial<Standing>) => stepsTo(stands(changes), site()).map(({ planned }) => planned);
    const write = `would write the template of the datastore to ${file}, readable by its owner alone`;
    const create = 'would create the datastore “rsync Backups” for oneadmin@backup01.example.net';
    assert.deepEqual(words({ template: found(undefined) }), [write]);
    assert.deepEqual(words({ datastore: found(undefined) }), [create]);
    assert.deepEqual(words({ template: found(undefined), datastore: found(undefined) }), [write, create]);
    assert.deepEqual(stepsTo(stands({ datastore: found(undefined) }), site())[0]?.argv, ['onedatastore', 'create', file]);
    // An empty file is there, and is not missing.
    assert.deepEqual(words({ template: found('') }), []);
  });
});

/** A front-end in a folder: a home, and an onedatastore that keeps its datastores in files. */
describe('register', () => {
  const folder = mkdtempSync(join(tmpdir(), 'setup test '));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const [home, bin, pool] = ['home', 'bin', 'pool'].map((name) => join(folder, name)) as [string, string, string];
  const template = join(home, 'ds_rsync_backup.txt');
  mkdirSync(bin);
  // It takes the template as it is read at that moment, and says as the real one what is wrong.
  const fake = `#!/bin/bash
case $1 in
  create) [ -z "$CREATE" ] || eval "$CREATE"
    cp -- "$2" "$POOL/$$" || exit
    ln "$POOL/$$" "$POOL/100" 2> /dev/null && echo 'ID: 100' && exit
    echo '[one.datastore.allocate] NAME is already taken by DATASTORE 100.' >&2; exit 255 ;;
  list) [ -z "$LIST" ] || eval "$LIST"
    echo '<DATASTORE_POOL>'
    [ ! -e "$POOL/100" ] || {
      echo "<DATASTORE><ID>100</ID><TYPE>3</TYPE><STATE>0</STATE><TOTAL_MB>\${TOTAL:-1000}</TOTAL_MB><TEMPLATE>"
      sed -n 's/^\\([A-Z_]*\\) = "\\(.*\\)"$/<\\1>\\2<\\/\\1>/p' "$POOL/100"
      echo '<SAFE_DIRS>/var/tmp</SAFE_DIRS><RESTRICTED_DIRS>/</RESTRICTED_DIRS></TEMPLATE>'
      sed -n 's/^\\(NAME\\|DS_MAD\\|TM_MAD\\) = "\\(.*\\)"$/<\\1>\\2<\\/\\1>/p' "$POOL/100"
      echo '</DATASTORE>'; }
    echo '</DATASTORE_POOL>' ;;
esac
`;
  writeFileSync(join(bin, 'onedatastore'), fake, { mode: 0o755 });
  beforeEach(() => {
    for (const each of [home, pool]) {
      rmSync(each, { recursive: true, force: true });
      mkdirSync(each);
    }
  });

  type Faults = { CREATE?: string; LIST?: string; TOTAL?: string };
  function cloud(faults: Faults = {}, declared: Site = site()): Machines {
    const shell = new LocalShell();
    const env = { HOME: home, PATH: `${bin}:${process.env.PATH}`, POOL: pool, ...faults };
    const run = (command: Command) => shell.run({ ...command, env: { ...command.env, ...env } });
    const deadlines = { ...declared.deadlines, command: 2 };
    return { site: { ...declared, deadlines }, onFrontend: { run } } as unknown as Machines;
  }
  /** Registers, and judges what that came to. */
  async function registered(faults: Faults = {}, declared = site()) {
    const registration = await register(cloud(faults, declared));
    const judgement = registeredFromTemplate.judge({ ...wholeCloud(), site: declared, gate: { registration } }) as Judgement;
    return { ...judgement, done: registration.done.map(({ what }) => what) };
  }
  const metBy = async (...how: Parameters<typeof registered>) => {
    const { outcome, reason, ...rest } = await registered(...how);
    assert.equal(outcome, 'met', reason);
    return rest;
  };

  test('writes the file, creates the datastore, and does nothing the second time', async () => {
    const first = await metBy();
    assert.deepEqual(first.done, [
      `wrote the template of the datastore to ${template}, readable by its owner alone`,
      'created the datastore “rsync Backups” for oneadmin@backup01.example.net: datastore 100',
    ]);
    assert.equal(readFileSync(template, 'utf8'), text);
    assert.equal(statSync(template).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(home), ['ds_rsync_backup.txt']);
    for (const { command } of first.evidence) assert.doesNotMatch(command, /flock/, 'a person is to type it');
    assert.deepEqual((await metBy()).done, []);
  });

  test('waits until OpenNebula has seen how much room there is', async () => {
    await metBy({ LIST: '[ ! -e "$POOL/100" ] || [ -e "$POOL/seen" ] || { touch "$POOL/seen"; TOTAL=0; }' });
  });

  test('a file that is there and says the same is left as it is, down to its mode', async () => {
    writeFileSync(template, `# mine\n${text}`, { mode: 0o644 });
    const inode = statSync(template).ino;
    assert.equal((await registered()).done.length, 1);
    assert.deepEqual(
      [readFileSync(template, 'utf8'), statSync(template).ino, statSync(template).mode & 0o777],
      [`# mine\n${text}`, inode, 0o644],
    );
  });

  for (const [what, content] of [
    ['says something else', text.replace('backup01', 'backup02')],
    ['is empty', ''],
    ['is no template', 'remember the milk\n'],
  ] as const) {
    test(`a file that ${what} is left, and nothing is created`, async () => {
      writeFileSync(template, content);
      const { outcome, reason, done } = await registered();
      assert.equal(outcome, 'not-met');
      assert.match(reason, /Nothing was changed/);
      assert.deepEqual([readFileSync(template, 'utf8'), readdirSync(pool), done], [content, [], []]);
    });
  }

  test('a datastore that differs is left, and no file is written', async () => {
    writeFileSync(join(pool, '100'), text.replace('oneadmin', 'root'));
    assert.match((await registered()).reason, /datastore 100: RSYNC_USER is “root”/);
    assert.deepEqual(readdirSync(home), []);
  });

  test('a file that cannot be read, or is none: we could not look', async () => {
    mkdirSync(template);
    assert.equal((await registered()).outcome, 'undetermined');
    assert.deepEqual(readdirSync(pool), []);
  });

  test('a link to nowhere is not written through', async () => {
    symlinkSync('nowhere', template);
    assert.notEqual((await registered()).outcome, 'met');
    assert.deepEqual([existsSync(join(home, 'nowhere')), readdirSync(pool).includes('100')], [false, false]);
  });

  test("a draft of the operator's beside it stays", async () => {
    writeFileSync(`${template}.new`, 'a draft');
    await metBy();
    assert.equal(readFileSync(`${template}.new`, 'utf8'), 'a draft');
  });

  test('what a dead one left half written is written anew', async () => {
    writeFileSync(`${template}.backup-compliance`, text.slice(0, 20));
    await metBy();
    assert.deepEqual([readFileSync(template, 'utf8'), readdirSync(home)], [text, ['ds_rsync_backup.txt']]);
  });

  for (const moment of ['after the file was written', 'after the datastore was created'] as const) {
    test(`killed ${moment}, it goes on from there`, async () => {
      const whole = moment.includes('file') ? { CREATE: 'kill -9 $$' } : { LIST: '[ ! -e "$POOL/100" ] || kill -9 $$' };
      assert.notEqual((await registered(whole)).outcome, 'met');
      assert.equal((await metBy()).done.length, moment.includes('file') ? 1 : 0);
    });
  }

  test('the writing is killed half way, time and again: the file is there as a whole, or not at all', async () => {
    const shell = new LocalShell();
    const [write] = stepsTo({ ...stands({ template: found(undefined) }), file: template }, site());
    assert.ok(write);
    // Each program of the script in turn kills the shell it was started from.
    for (const program of ['dirname', 'flock', 'sync', 'mv']) {
      const killer = join(folder, `killing-${program}`);
      mkdirSync(killer);
      writeFileSync(join(killer, program), '#!/bin/bash\n[ "$(cat /proc/$PPID/comm)" = bash ] && kill -9 $PPID\nkill -9 $$\n', {
        mode: 0o755,
      });
      await shell.run({ argv: write.argv, deadline: 10, env: { PATH: `${killer}:${process.env.PATH}` } });
      assert.equal(existsSync(template), false, program);
    }
    await metBy();
    assert.equal(readFileSync(template, 'utf8'), text);
  });

  test('two at once: both are met, and each thing is done once', async () => {
    for (let round = 0; round < 5; round += 1) {
      rmSync(pool, { recursive: true });
      mkdirSync(pool);
      rmSync(template, { force: true });
      const done = (await Promise.all([metBy(), metBy()])).flatMap((each) => each.done.map((what) => what.split(' ')[0]));
      assert.deepEqual(new Set(done), new Set(['created', 'wrote']));
      assert.equal(done.length, 2);
      assert.deepEqual(readdirSync(home), ['ds_rsync_backup.txt']);
    }
  });

  test('another one holds the lock and does not let go: it is said, and nothing is created', async () => {
    const shell = new LocalShell();
    const held = await shell.hold({ argv: ['bash', '-c', 'exec 9<"$1"; flock 9; echo held; cat', 'bash', home], deadline: 5 });
    assert.equal(held.said, 'held');
    const { outcome, reason } = await registered();
    await held.release();
    // Shorter than the script's own patience: no answer came.
    assert.equal(outcome, 'undetermined', reason);
    assert.deepEqual(readdirSync(pool), []);
  });

  const refusing = (says: string): Faults => ({ CREATE: `echo "${says}" >&2; exit 255` });
  const answers: Readonly<Record<string, readonly [faults: Faults, outcome: string, says: RegExp]>> = {
    'is refused': [refusing('[one.datastore.allocate] No DS_MAD.'), 'not-met', /refused: “onedatastore create .*No DS_MAD/],
    'is refused without a word': [{ CREATE: 'exit 1' }, 'not-met', /exit 1”/],
    hangs: [{ CREATE: 'exec sleep 20' }, 'undetermined', /no answer within 2 s\. What was done before stands: wrote/],
    'meets an oned that is gone': [
      refusing('Failed to open TCP connection to localhost:2633 (Connection refused)'),
      'undetermined',
      /Connection refused.*systemctl start opennebula/,
    ],
    'is not known any more': [
      refusing("[one.datastore.allocate] User couldn't be authenticated, aborting call."),
      'undetermined',
      /one_auth/,
    ],
    'comes to a datastore without capacity': [{ TOTAL: '0' }, 'not-met', /TOTAL_MB 0/],
    'cannot be looked at afterwards': [{ LIST: '[ ! -e "$POOL/100" ] || { echo no >&2; exit 255; }' }, 'undetermined', /exit 255: no/],
    'is answered with garbage afterwards': [{ LIST: '[ ! -e "$POOL/100" ] || { echo garbage; exit 0; }' }, 'undetermined', /not the pool/],
  };
  for (const [what, [faults, outcome, says]] of Object.entries(answers)) {
    test(`the request ${what}: ${outcome}`, async () => {
      const judgement = await registered(faults);
      assert.equal(judgement.outcome, outcome, judgement.reason);
      assert.match(judgement.reason, says);
      assert.doesNotMatch(judgement.reason, /\n|flock/);
    });
  }

  test('a home that cannot be written to: it is said in words', {
    skip: process.getuid?.() === 0 && 'root writes everywhere',
  }, async () => {
    chmodSync(home, 0o500);
    const { outcome, reason } = await registered();
    chmodSync(home, 0o700);
    assert.deepEqual([outcome, readdirSync(pool)], ['not-met', []]);
    assert.match(reason, /install -m 600 \/dev\/stdin .*Permission denied/);
  });

  test('no such directory: it is said in words', async () => {
    const { outcome, reason } = await registered({}, site({ template_file: join(folder, 'no such', 'file') }));
    assert.equal(outcome, 'not-met');
    assert.match(reason, /No such file or directory/);
  });

  for (const name of ['with blank.txt', '-dash', 'a\\tb\\c', "it's", '$(id)', 'é', '*', '.hidden']) {
    test(`the file may be called ${name}`, async () => {
      const declared = site({ template_file: `~/${name}` });
      await metBy({}, declared);
      assert.deepEqual(readdirSync(home), [name]);
      const { file: path, template: again } = await standing(cloud({}, declared));
      assert.deepEqual([path, 'value' in again && again.value], [join(home, name), text]);
    });
  }
});
