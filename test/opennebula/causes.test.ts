import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { RELEASES } from '../../lab/opennebula/releases.ts';
import { causeIn, causeOf } from '../../support/opennebula/causes.ts';
import { parseImage } from '../../support/opennebula/images.ts';
import { judgedLines } from '../../support/opennebula/log.ts';
import { recorded } from '../answers.ts';
import { failures, failureLog as log } from '../recorded-failures.ts';

const recordings = new URL('../recordings/', import.meta.url);

describe('the cause of a failed backup, off the logs that were recorded', () => {
  test('each recorded log has its row', () => {
    const logs = readdirSync(recordings, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.log'));
    const known = Object.values(failures).map(({ file }) => file);
    assert.deepEqual(logs.filter((name) => !known.includes(name)).toSorted(), []);
  });

  for (const [name, { cause }] of Object.entries(failures)) test(name, () => assert.equal(causeOf(log(name)), cause));

  const said = (stderr: string) => `Mon Nov 23 05:30:09 2026 [Z0][VMM][E]: backup:   [STDERR] "${stderr}"\n`;
  const taken = "Warning: Permanently added 'backup01.example.net' (ED25519) to the list of known hosts.\\n";
  const beside: Readonly<Record<string, readonly [stderr: string, cause: string | undefined]>> = {
    'a key that was taken': [`${taken}Permission denied (publickey).\\n`, 'backup: Permission denied (publickey).'],
    'a locale that is missing': ['bash: warning: setlocale: LC_ALL: cannot change locale (C.UTF-8)\\nmkdir: no\\n', 'backup: mkdir: no'],
    quotes: ['rsync: "a" "b" failed\\n', 'backup: rsync: "a" "b" failed'],
    'nothing but rsync’s parting words': [
      'rsync error: unexplained error (code 255)\\n',
      'backup: rsync error: unexplained error (code 255)',
    ],
    'a banner': [
      '*** Staff only ***\\n\\nmkdir: cannot create directory: Disk quota exceeded\\n',
      'backup: mkdir: cannot create directory: Disk quota exceeded',
    ],
    'a banner that sounds like one': [
      'Access denied to all but staff.\\nHost key verification failed.\\n',
      'backup: Access denied to all but staff.; Host key verification failed.',
    ],
    'a command over many lines': ["+ echo 'AAAA\\nBBBB\\n'\\n+ /driver -x\\n", 'backup: ended without a word in: /driver'],
    'a quote within a quote': ["+ echo 'it'\\''s'\\nmkdir: cannot\\n", 'backup: mkdir: cannot'],
    'a trace that was cut off': ["+ echo 'AAAA\\nmkdir: cannot\\n", 'backup: mkdir: cannot'],
    nothing: ['', undefined],
  };
  for (const [what, [stderr, cause]] of Object.entries(beside)) test(`beside ${what}`, () => assert.equal(causeOf(said(stderr)), cause));

  test('the first failure counts, of a log of several', () =>
    assert.equal(causeOf(log('disk-full') + log('sshd-down')), failures['disk-full']?.cause));

  test('whichever stream it stood in', () => {
    const line = (stream: string, text: string) => `x [Z0][VMM][E]: prebackup_live:   [${stream}] "${text}"\n`;
    const trace = '+ mkdir -p /x\\n+ /var/tmp/one/x.rb\\n';
    for (const text of ['sh: 1: nbdinfo: not found', 'Failed to connect to bus: No medium found'])
      for (const both of [
        line('STDOUT', `${text}\\n`) + line('STDERR', trace),
        line('STDOUT', '') + line('STDERR', `${trace}${text}\\n`),
        `x [Z0][VMM][I]: Error preparing disk files: ${text}\nx [Z0][VMM][I]: + mkdir -p /x\n`,
        `x [Z0][VMM][I]: Error preparing disk files:  + mkdir -p /x\nx [Z0][VMM][I]: ${text}\nx [Z0][VMM][I]: ExitCode: 1\n`,
        `x [Z0][VMM][E]: BACKUP: Command failed:export LANG=CError preparing disk files: ${text}+ mkdir -p /x\n`,
      ])
        assert.ok(causeOf(both)?.endsWith(text), `${causeOf(both)}`);
  });

  // As it was seen: its log was not kept.
  describe('of 6.10.5', () => {
    const why = 'ssh: connect to host backup01.example.net port 22: Connection refused';
    const lines = [
      `mkdir -p /var/lib/one/datastores/100/0/aef998/ERROR: make_dst_path:   [STDERR] "${why}\\n"`,
      `Error making rsync dst path: ${why}`,
    ].map((line) => `Sat Nov 28 18:26:16 2026 [Z0][VMM][I]: ${line}\n`);
    const last =
      'Sat Nov 28 18:26:16 2026 [Z0][VMM][E]: BACKUP: ERROR: make_dst_path: Command failed: export LANG=C export LC_ALL=C mkdir\n';
    for (const [what, text] of [
      ['both', lines.join('')],
      ['the glued line alone', lines[0]],
      ['the plain line alone', lines[1]],
    ] as const)
      test(`by ${what}`, () => assert.equal(causeOf(`${text}${last}`), `make_dst_path: ${why}`));
  });

  describe('as the stand-in writes it', () => {
    const script = 'export LANG=C\nset -ex -o pipefail\nmkdir -p /var/lib/one/datastores/100/0/aef998/';
    const why = 'sh: 1: nbdinfo: not found';
    const trace = "+ mkdir -p /x\n+ echo 'PFZN\nPjxJ\n'\n+ /var/tmp/one/x.rb\n";
    for (const [name, { failureLines, failureMessage }] of Object.entries(RELEASES))
      for (const [what, failure, step] of [
        [
          'on stdout',
          { action: 'prebackup_live', remote: { stdout: `${why}\n`, stderr: trace }, says: `Error preparing disk files: ${why}\n${trace}` },
          'prebackup_live',
        ],
        [
          'on stderr',
          { action: 'backup', remote: { stdout: '', stderr: `${trace}${why}\n` }, says: `Error copying backup: ${trace}${why}\n` },
          'backup',
        ],
        [
          'behind a script that does not end its line',
          {
            action: 'backup',
            step: 'make_dst_path',
            silent: true,
            remote: { stdout: '', stderr: `${why}\n` },
            says: `Error making rsync dst path: ${why}\n`,
          },
          'make_dst_path',
        ],
      ] as const)
        test(`by ${name}, ${what}`, () => {
          const whole = { ...failure, command: '/driver', remote: { ...failure.remote, code: 255, script } };
          const lines = [...failureLines(whole), `[E]: ${failureMessage(whole)}`].map((line) => `x [Z0][VMM]${line}`);
          assert.equal(causeOf(lines.join('\n')), `${step}: ${why}`, lines.join('\n'));
          assert.equal(causeOf(judgedLines(lines.join('\n'))), `${step}: ${why}`);
          assert.ok(causeIn(failureMessage(whole)).endsWith(why), causeIn(failureMessage(whole)));
        });
  });

  test('without any of these, the driver’s own last word', () => {
    assert.equal(causeOf('Mon Nov 23 05:30:11 2026 [Z0][VMM][E]: BACKUP: Backup cancelled: f59e74\n'), 'Backup cancelled: f59e74');
    const long = causeOf(`x [E]: BACKUP: ${'long '.repeat(200)}\n`) ?? '';
    assert.ok(long.length < 410 && long.startsWith('… long ') && long.endsWith(' long'), long);
  });
});

describe('the cause in a message of OpenNebula’s, which has the whole script before it', () => {
  const image = parseImage(recorded('402-show'));
  const flattening =
    "Mon Nov 23 05:25:17 2026 : Error flattening backup increments: Command failed:export LANG=Cset -e -o pipefail; shopt -qs failglobqemu-img commit -f qcow2 -b '/b' '/c'SIZE=`jq --slurp 'map(.x)' <<< \"$RC\"`echo \"$SIZE\"/var/lib/one/remotes/datastore/rsync/increment_flatten:171:in `<main>': Unable to flatten increments: bash: line 11: jq: command not found (StandardError)";
  const rows: readonly (readonly [what: string, message: string, cause: RegExp])[] = [
    [
      'an image that could not be restored',
      image.error,
      /^Unable to prepare image: qemu-img: Could not open '.*': No such file or directory$/,
    ],
    [
      'a restore that was refused',
      recorded('356-restore-server-down'),
      /^Unable to list backup files: ssh: connect to host backup01\.example\.net port 22: Connection refused$/,
    ],
    ['a chain that could not be flattened', flattening, /^Unable to flatten increments: bash: line 11: jq: command not found$/],
    ['another Ruby', flattening.replace("in `<main>'", "in 'block in Object#run'"), /^Unable to flatten/],
    [
      'a plain one',
      '[one.image.restore] NAME is already taken by IMAGE 4.',
      /^\[one\.image\.restore\] NAME is already taken by IMAGE 4\.$/,
    ],
  ];
  for (const [what, message, cause] of rows) test(what, () => assert.match(causeIn(message), cause));

  test('of each recorded log: its last word holds the words of its cause', () => {
    for (const [name, { cause = '' }] of Object.entries(failures)) {
      const [, last] = /\[E\]: BACKUP: (.*)$/m.exec(log(name)) ?? [];
      if (last === undefined) continue;
      const words = cause.split(/: |; /).at(-1) ?? '';
      assert.ok(causeIn(last).includes(words), `${name}: ${causeIn(last)}`);
    }
  });
});
