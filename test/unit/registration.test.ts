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
import { datastoreDrift, driftIn, type Registration, register, type Standing, standing, stepsTo } from '../../support/actions/register.ts';
import { registeredFromTemplate } from '../../support/checks/registration.ts';
import type { Cloud } from '../../support/facts/cloud.ts';
import { LocalShell } from '../../support/machines/local.ts';
import type { Command } from '../../support/machines/shell.ts';
import type { Looked } from '../../support/opennebula/ask.ts';
import type { Datastore } from '../../support/opennebula/pools.ts';
import { templateAttributes, templateDrift, templateText } from '../../support/opennebula/template.ts';
import type { Site } from '../../support/site/schema.ts';
import fc from './fuzz.ts';
import { datastore, evidence, wholeCloud } from './made.ts';

const site = (changes: Partial<Site['datastore']> = {}): Site => {
  const whole = wholeCloud().site;
  return { ...whole, datastore: { ...whole.datastore, ...changes } };
};
const file = '/var/lib/one/ds_rsync_backup.txt';
const text = templateText(site());

describe('the template of a datastore', () => {
  test('as the guide writes it', () => {
    assert.equal(
      text,
      [
        'NAME = "rsync Backups"',
        'TYPE = "BACKUP_DS"',
        'DS_MAD = "rsync"',
        'TM_MAD = "-"',
        'RSYNC_USER = "oneadmin"',
        'RSYNC_HOST = "backup01.example.net"\n',
      ].join('\n'),
    );
  });

  test('what is declared beyond that comes after, and may replace the TM_MAD', () => {
    const template = { RSYNC_ARGS: '-aS -e "ssh -4"', TM_MAD: 'ssh' };
    assert.deepEqual(Object.entries(templateAttributes(site({ template }))).slice(3), [
      ['TM_MAD', 'ssh'],
      ['RSYNC_USER', 'oneadmin'],
      ['RSYNC_HOST', 'backup01.example.net'],
      ['RSYNC_ARGS', '-aS -e "ssh -4"'],
    ]);
    assert.match(templateText(site({ template })), /^RSYNC_ARGS = "-aS -e \\"ssh -4\\""$/m);
  });

  const same: readonly (readonly [what: string, text: string])[] = [
    ['as it is written', text],
    ['without a newline at its end', text.trimEnd()],
    ['in another order', text.trimEnd().split('\n').toReversed().join('\n')],
    ['with comments and empty lines', `# the guide\n\n  ${text.replaceAll('\n', ' # so\n\n')}# end`],
    ['in lower case, without blanks', text.replace('RSYNC_USER = ', 'rsync_user=')],
    ['with tabs', text.replaceAll(' = ', '\t=\t')],
    ['unquoted', text.replace('"oneadmin"', 'oneadmin').replace('"-"', '-')],
  ];
  for (const [what, found] of same) test(`${what} it says the same`, () => assert.deepEqual(templateDrift(found, site()), []));

  const other: readonly (readonly [what: string, found: string, drift: readonly string[]])[] = [
    [
      'empty',
      '',
      [
        'NAME is missing, expected “rsync Backups”',
        'TYPE is missing, expected “BACKUP_DS”',
        'DS_MAD is missing, expected “rsync”',
        'TM_MAD is missing, expected “-”',
        'RSYNC_USER is missing, expected “oneadmin”',
        'RSYNC_HOST is missing, expected “backup01.example.net”',
      ],
    ],
    ['another server', text.replace('backup01', 'backup02'), ['RSYNC_HOST is “backup02.example.net”, expected “backup01.example.net”']],
    ['an attribute more', `${text}LIMIT_MB = 10\n`, ['LIMIT_MB is “10”, expected none']],
    ['commented out', text.replace('RSYNC_HOST', '#RSYNC_HOST'), ['RSYNC_HOST is missing, expected “backup01.example.net”']],
    [
      'two servers',
      `RSYNC_HOST = "backup02"\n${text}`,
      ['RSYNC_HOST is “backup02”, “backup01.example.net”, expected “backup01.example.net”'],
    ],
    [
      'the same server twice',
      `rsync_host = backup01.example.net\n${text}`,
      ['RSYNC_HOST is “backup01.example.net”, “backup01.example.net”, expected “backup01.example.net”'],
    ],
    ['a value in single quotes', text.replace('"oneadmin"', "'oneadmin'"), ["RSYNC_USER is “'oneadmin'”, expected “oneadmin”"]],
    ['a blank in a value', text.replace('"oneadmin"', '"oneadmin "'), ['RSYNC_USER is “oneadmin ”, expected “oneadmin”']],
  ];
  for (const [what, found, drift] of other) test(`${what}: it differs`, () => assert.deepEqual(templateDrift(found, site()), drift));

  for (const [what, found] of [
    ['XML', '<DATASTORE/>'],
    ['a list', `${text}DISK = [ A = "b" ]\n`],
    ['a quote that is not closed', text.replace('oneadmin"', 'oneadmin')],
    ['two on a line', text.replace('\n', ' ')],
    ['blanks in an unquoted value', text.replace('"rsync Backups"', 'rsync Backups')],
    ['lines that end as in DOS', text.replaceAll('\n', '\r\n')],
    ['a name with a hyphen', `${text}RSYNC-ARGS = "x"\n`],
    ['nothing but a NUL', '\0'],
  ] as const) {
    test(`${what}: it differs as a whole`, () => assert.deepEqual(templateDrift(found, site()), ['it is not a list of NAME = "value"']));
  }

  const value = fc.string({ unit: 'binary' }).filter((word) => !/[\p{Cc}\\]/u.test(word));
  test('whatever is declared, what is written says it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[A-Z][A-Z0-9_]{0,8}$/), value), (template) => {
        const declared = site({ template });
        assert.deepEqual(templateDrift(templateText(declared), declared), []);
      }),
    );
  });

  test('no other text says it, whatever it is, and none is too long to read', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('NAME', '=', '"', '\\"', '\\', '#', '\n', ' ', 'rsync Backups', ...text.split('\n')),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), (words) => {
        const found = words.join('');
        const lines = found.split('\n').map((line) => line.trim());
        const hasAll = text
          .trimEnd()
          .split('\n')
          .every((line) => lines.some((each) => each.includes(line.replace(/ = .*/, ''))));
        if (!hasAll) assert.notDeepEqual(templateDrift(found, site()), []);
      }),
      { numRuns: 2000 },
    );
    for (const found of [
      `A = "${'\\"'.repeat(500_000)}`,
      'A = "x'.repeat(100_000),
      ' \t'.repeat(500_000),
      `A = "${'x'.repeat(1_000_000)}"`,
    ]) {
      const began = process.cpuUsage();
      assert.notDeepEqual(templateDrift(found, site()), []);
      assert.ok(process.cpuUsage(began).user < 5e6, found.slice(0, 8));
    }
  });
});

const seen = evidence({ machine: 'frontend01.example.net', command: 'onedatastore list -x' });
const found = <T>(value: T): Looked<T> => ({ value, evidence: seen });
const unseen = { fault: 'onedatastore list -x ended with exit 255: no', evidence: seen };
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
      assert.deepEqual(datastoreDrift(datastore(changes), declared), drift);
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

  test('what could not be looked at neither differs nor is missing', () => {
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

describe('BDS-401', () => {
  const { frontend } = wholeCloud();
  const registration = (changes: { [K in keyof Registration]?: Registration[K] | undefined } = {}) =>
    ({ before: stands(), drift: [], steps: [], done: [], after: found(datastore()), evidence: [seen], ...changes }) as Registration;
  const rows: readonly (readonly [when: string, registration: Registration | undefined, outcome: string, ...says: RegExp[]])[] = [
    [
      'nothing was tried',
      undefined,
      'undetermined',
      /frontend01\.example\.net: expected the datastore “rsync Backups”/,
      /nothing was tried/,
    ],
    [
      'the datastores cannot be listed',
      registration({ before: stands({ datastore: unseen }), after: undefined }),
      'undetermined',
      /exit 255: no/,
    ],
    ['the file cannot be read', registration({ before: stands({ template: unseen }), after: undefined }), 'undetermined', /exit 255: no/],
    [
      'the file cannot be read, and the datastore differs',
      registration({ before: stands({ template: unseen }), drift: ['TYPE is “img”'], after: undefined }),
      'undetermined',
    ],
    ['it cannot be looked at afterwards', registration({ after: unseen }), 'undetermined', /exit 255/],
    [
      'something differs',
      registration({ drift: ['a is b', 'c is d'], after: undefined }),
      'not-met',
      /a is b; c is d\. Nothing was changed\. Correct/,
    ],
    [
      'it is refused',
      registration({ refused: 'onedatastore create x: RSYNC_HOST is missing', after: undefined }),
      'not-met',
      /refused: “onedatastore create x: RSYNC_HOST is missing”\. Mend/,
    ],
    [
      'it is refused after the file was written',
      registration({ refused: 'no', done: [{ what: 'wrote it', state: 'changed' }], after: undefined }),
      'not-met',
      /What was done before stands: wrote it\./,
    ],
    [
      'no answer came',
      registration({
        unheard: 'onedatastore create x: no answer within 30 s',
        done: [{ what: 'wrote it', state: 'changed' }],
        after: undefined,
      }),
      'undetermined',
      /not known: onedatastore create x: no answer within 30 s\. What was done before stands: wrote it\. Run setup again/,
    ],
    ['it is not listed after that', registration({ after: found(undefined) }), 'not-met', /does not list it after it was created/],
    ['nothing is known of it after that', registration({ after: undefined }), 'not-met'],
    [
      'it was saved otherwise',
      registration({ after: found(datastore({ dsMad: 'restic' })) }),
      'not-met',
      /datastore 100 saved otherwise: DS_MAD is “restic”/,
    ],
    ['it has no capacity', registration({ after: found(datastore({ totalMb: 0 })) }), 'not-met', /TOTAL_MB 0\) after 30 s/],
    ['its capacity is no number', registration({ after: found(datastore({ totalMb: Number.NaN })) }), 'not-met'],
    ['it was there', registration(), 'met'],
    ['it was made', registration({ done: [{ what: 'created it', state: 'changed' }] }), 'met'],
  ];
  for (const [when, given, outcome, ...says] of rows) {
    test(`${when}: ${outcome}`, () => {
      const judgement = registeredFromTemplate(frontend, given, site());
      assert.equal(judgement.outcome, outcome, judgement.reason);
      for (const each of says) assert.match(judgement.reason, each);
      assert.doesNotMatch(judgement.reason, /undefined|NaN|null|\n| {2}|“”/);
      assert.equal(judgement.reason === '', outcome === 'met');
      assert.ok(judgement.evidence.every(({ command }) => command));
    });
  }
  const expected = 'frontend01.example.net: expected the datastore “rsync Backups” to be registered from its template file';
  const did = ['wrote the template', 'created the datastore'].map((what) => ({ what, state: 'changed' as const }));
  const sentences: readonly (readonly [when: string, registration: Registration | undefined, reason: string])[] = [
    ['nothing was tried', undefined, ', but nothing was tried. Run setup again.'],
    ['OpenNebula cannot be asked', registration({ after: unseen }), ', found: onedatastore list -x ended with exit 255: no'],
    [
      'something differs',
      registration({ drift: ['a is b', 'c is d'], after: undefined }),
      ', found that what exists differs from what is declared: a is b; c is d. Nothing was changed. Correct the site file, or what exists (onedatastore update, or the template file).',
    ],
    [
      'no answer came after two steps',
      registration({ unheard: 'onedatastore create x: no answer within 30 s', done: did, after: undefined }),
      ', but whether it was done is not known: onedatastore create x: no answer within 30 s. What was done before stands: wrote the template; created the datastore. Run setup again: it does what is missing.',
    ],
    [
      'it is refused',
      registration({ refused: 'onedatastore create x: RSYNC_HOST is missing', after: undefined }),
      ', found that it was refused: “onedatastore create x: RSYNC_HOST is missing”. Mend what it says, then run setup again.',
    ],
    [
      'it is not listed',
      registration({ after: found(undefined) }),
      ', found that OpenNebula does not list it after it was created. Look at it: onedatastore list',
    ],
    [
      'it was saved otherwise',
      registration({ after: found(datastore({ type: 'img', dsMad: 'restic' })) }),
      ', found datastore 100 saved otherwise: TYPE is “img”, expected “bck”; DS_MAD is “restic”, expected “rsync”. Look at it: onedatastore show 100',
    ],
    [
      'it has no capacity',
      registration({ after: found(datastore({ totalMb: 0 })) }),
      ', found datastore 100 registered, but without capacity (TOTAL_MB 0) after 30 s: OpenNebula does not reach the backup server. Run the audit, which says why: npx backup-compliance audit',
    ],
  ];
  for (const [when, given, reason] of sentences)
    test(`${when}: a person reads`, () => assert.equal(registeredFromTemplate(frontend, given, site()).reason, `${expected}${reason}`));

  test('where OpenNebula cannot be asked, that is the one cause for all that needs it', () => {
    assert.equal(registeredFromTemplate(frontend, registration({ after: unseen }), site()).cause, 'OpenNebula by its command line');
  });

  test('its note says what was done', () => {
    const note = (done: Registration['done']) => registeredFromTemplate(frontend, registration({ done }), site()).note;
    assert.equal(note([]), 'Datastore 100: nothing was to be done.');
    assert.equal(
      note([
        { what: 'a', state: 'changed' },
        { what: 'b', state: 'changed' },
      ]),
      'Datastore 100: a; b.',
    );
  });
  test('the front-end’s door comes first', () => {
    const shut = registeredFromTemplate({ ...frontend, account: 'root' }, registration(), site());
    assert.deepEqual([shut.outcome, shut.cause], ['undetermined', 'the front-end']);
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
  function cloud(faults: Faults = {}, declared: Site = site()): Cloud {
    const shell = new LocalShell();
    const env = { HOME: home, PATH: `${bin}:${process.env.PATH}`, POOL: pool, ...faults };
    const run = (command: Command) => shell.run({ ...command, env: { ...command.env, ...env } });
    const deadlines = { ...declared.deadlines, command: 2 };
    return {
      site: { ...declared, deadlines },
      onFrontend: { machine: shell.machine, account: shell.account, run, close: () => undefined },
    } as unknown as Cloud;
  }
  const { frontend } = wholeCloud();
  const judged = (registration: Registration, declared = site()) => registeredFromTemplate(frontend, registration, declared);
  const words = ({ done }: Registration) => done.map(({ what }) => what);

  test('writes the file, creates the datastore, and does nothing the second time', async () => {
    const first = await register(cloud());
    assert.deepEqual(words(first), [
      `wrote the template of the datastore to ${template}, readable by its owner alone`,
      'created the datastore “rsync Backups” for oneadmin@backup01.example.net: datastore 100',
    ]);
    assert.equal(judged(first).outcome, 'met', judged(first).reason);
    assert.equal(readFileSync(template, 'utf8'), text);
    assert.equal(statSync(template).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(home), ['ds_rsync_backup.txt']);
    for (const { command } of first.evidence) assert.doesNotMatch(command, /flock/, 'a person is to type it');
    const second = await register(cloud());
    assert.deepEqual([words(second), judged(second).outcome], [[], 'met']);
  });

  test('waits until OpenNebula has seen how much room there is', async () => {
    const registration = await register(cloud({ LIST: '[ ! -e "$POOL/100" ] || [ -e "$POOL/seen" ] || { touch "$POOL/seen"; TOTAL=0; }' }));
    assert.equal(judged(registration).outcome, 'met', judged(registration).reason);
  });

  test('a file that is there and says the same is left as it is, down to its mode', async () => {
    writeFileSync(template, `# mine\n${text}`, { mode: 0o644 });
    const inode = statSync(template).ino;
    const done = await register(cloud());
    assert.equal(done.done.length, 1);
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
      const registration = await register(cloud());
      assert.equal(judged(registration).outcome, 'not-met');
      assert.match(judged(registration).reason, /Nothing was changed/);
      assert.deepEqual([readFileSync(template, 'utf8'), readdirSync(pool), registration.done], [content, [], []]);
    });
  }

  test('a datastore that differs is left, and no file is written', async () => {
    writeFileSync(join(pool, '100'), text.replace('oneadmin', 'root'));
    const registration = await register(cloud());
    assert.match(judged(registration).reason, /datastore 100: RSYNC_USER is “root”/);
    assert.deepEqual(readdirSync(home), []);
  });

  test('a file that cannot be read, or is none: we could not look', async () => {
    mkdirSync(template);
    const registration = await register(cloud());
    assert.equal(judged(registration).outcome, 'undetermined');
    assert.deepEqual(readdirSync(pool), []);
  });

  test('a link to nowhere is not written through', async () => {
    symlinkSync('nowhere', template);
    const registration = await register(cloud());
    assert.notEqual(judged(registration).outcome, 'met');
    assert.equal(existsSync(join(home, 'nowhere')), false);
    assert.deepEqual(
      readdirSync(pool).filter((name) => name === '100'),
      [],
    );
  });

  test("a draft of the operator's beside it stays", async () => {
    writeFileSync(`${template}.new`, 'a draft');
    assert.equal(judged(await register(cloud())).outcome, 'met');
    assert.equal(readFileSync(`${template}.new`, 'utf8'), 'a draft');
  });

  test('what a dead one left half written is written anew', async () => {
    writeFileSync(`${template}.backup-compliance`, text.slice(0, 20));
    assert.equal(judged(await register(cloud())).outcome, 'met');
    assert.deepEqual([readFileSync(template, 'utf8'), readdirSync(home)], [text, ['ds_rsync_backup.txt']]);
  });

  for (const moment of ['after the file was written', 'after the datastore was created'] as const) {
    test(`killed ${moment}, it goes on from there`, async () => {
      const whole = moment.includes('file') ? { CREATE: 'kill -9 $$' } : { LIST: '[ ! -e "$POOL/100" ] || kill -9 $$' };
      const killed = await register(cloud(whole));
      assert.notEqual(judged(killed).outcome, 'met');
      const next = await register(cloud());
      assert.equal(judged(next).outcome, 'met', judged(next).reason);
      assert.equal(next.done.length, moment.includes('file') ? 1 : 0);
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
    assert.equal(judged(await register(cloud())).outcome, 'met');
    assert.equal(readFileSync(template, 'utf8'), text);
  });

  test('two at once: both are met, and each thing is done once', async () => {
    for (let round = 0; round < 5; round += 1) {
      rmSync(pool, { recursive: true });
      mkdirSync(pool);
      rmSync(template, { force: true });
      const both = await Promise.all([register(cloud()), register(cloud())]);
      for (const each of both) assert.equal(judged(each).outcome, 'met', judged(each).reason);
      const wrote = both.flatMap(words).filter((what) => what.startsWith('wrote'));
      const created = both.flatMap(words).filter((what) => what.startsWith('created'));
      assert.deepEqual([wrote.length, created.length], [1, 1]);
      assert.deepEqual(readdirSync(home), ['ds_rsync_backup.txt']);
    }
  });

  test('another one holds the lock and does not let go: it is said, and nothing is created', async () => {
    const shell = new LocalShell();
    const held = await shell.hold({ argv: ['bash', '-c', 'exec 9<"$1"; flock 9; echo held; cat', 'bash', home], deadline: 5 });
    assert.equal(held.said, 'held');
    const registration = await register(cloud());
    await held.release();
    // Shorter than the script's own patience: no answer came.
    assert.equal(judged(registration).outcome, 'undetermined', judged(registration).reason);
    assert.deepEqual(readdirSync(pool), []);
  });

  const answers: readonly (readonly [what: string, faults: Faults, outcome: string, says: RegExp])[] = [
    [
      'is refused',
      { CREATE: "echo '[one.datastore.allocate] No DS_MAD in template.' >&2; exit 255" },
      'not-met',
      /refused: “onedatastore create .*No DS_MAD in template/,
    ],
    ['is refused without a word', { CREATE: 'exit 1' }, 'not-met', /exit 1”/],
    ['hangs', { CREATE: 'exec sleep 20' }, 'undetermined', /no answer within 2 s\. What was done before stands: wrote/],
    [
      'meets an oned that is gone',
      { CREATE: "echo 'Failed to open TCP connection to localhost:2633 (Connection refused)' >&2; exit 255" },
      'undetermined',
      /Connection refused.*systemctl start opennebula/,
    ],
    [
      'is not known any more',
      { CREATE: 'echo "[one.datastore.allocate] User couldn\'t be authenticated, aborting call." >&2; exit 255' },
      'undetermined',
      /one_auth/,
    ],
    ['comes to a datastore without capacity', { TOTAL: '0' }, 'not-met', /TOTAL_MB 0/],
    ['cannot be looked at afterwards', { LIST: '[ ! -e "$POOL/100" ] || { echo no >&2; exit 255; }' }, 'undetermined', /exit 255: no/],
    ['is answered with garbage afterwards', { LIST: '[ ! -e "$POOL/100" ] || { echo garbage; exit 0; }' }, 'undetermined', /not the pool/],
  ];
  for (const [what, faults, outcome, says] of answers) {
    test(`the request ${what}: ${outcome}`, async () => {
      const judgement = judged(await register(cloud(faults)));
      assert.equal(judgement.outcome, outcome, judgement.reason);
      assert.match(judgement.reason, says);
      assert.doesNotMatch(judgement.reason, /\n|flock/);
    });
  }

  test('a home that cannot be written to: it is said in words', {
    skip: process.getuid?.() === 0 && 'root writes everywhere',
  }, async () => {
    chmodSync(home, 0o500);
    const judgement = judged(await register(cloud()));
    chmodSync(home, 0o700);
    assert.deepEqual([judgement.outcome, readdirSync(pool)], ['not-met', []]);
    assert.match(judgement.reason, /install -m 600 \/dev\/stdin .*Permission denied/);
  });

  test('no such directory: it is said in words', async () => {
    const declared = site({ template_file: join(folder, 'no such', 'file') });
    const judgement = judged(await register(cloud({}, declared)), declared);
    assert.equal(judgement.outcome, 'not-met');
    assert.match(judgement.reason, /No such file or directory/);
  });

  for (const name of ['with blank.txt', '-dash', 'a\\tb\\c', "it's", '$(id)', 'é', '*', '.hidden']) {
    test(`the file may be called ${name}`, async () => {
      const declared = site({ template_file: `~/${name}` });
      const registration = await register(cloud({}, declared));
      assert.equal(judged(registration, declared).outcome, 'met', judged(registration, declared).reason);
      assert.deepEqual(readdirSync(home), [name]);
      const { file: path, template: again } = await standing(cloud({}, declared));
      assert.deepEqual([path, 'value' in again && again.value], [join(home, name), text]);
    });
  }
});
