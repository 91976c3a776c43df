import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readRsyncArgs } from '../../support/opennebula/rsync-args.ts';

describe('what an audit may run of RSYNC_ARGS', () => {
  for (const [saved, expected] of [
    ['-aS', { run: ['-aS'] }],
    ['', {}],
    ['  -aS\t--bwlimit=1000  ', { run: ['-aS', '--bwlimit=1000'] }],
    ['-aS --bwlimit 1000 --timeout "60"', { run: ['-aS', '--bwlimit=1000', '--timeout=60'] }],
    ["-rlt 'S' -S", { run: ['-rlt', '-S'], others: ['S'] }],
    ['-aS --no-owner --no-such-option', { run: ['-aS', '--no-owner', '--no-such-option'] }],
    ['-q -aSq --quiet --no-v --no-verbose --msgs2stderr', { run: ['-aS'] }],
    ["-a'S'", { run: ['-aS'] }],
    // By which rsync logs in.
    ["-aS -e 'ssh -p 2222'", { run: ['-aS'], shell: '-e ssh -p 2222' }],
    ["-aSe 'ssh -p 2222' -z", { run: ['-aS', '-z'], shell: '-aSe ssh -p 2222' }],
    ['-essh -a', { run: ['-a'], shell: '-essh' }],
    ['--rsh=ssh -a', { run: ['-a'], shell: '--rsh=ssh' }],
    ['-a --rsh ssh', { run: ['-a'], shell: '--rsh ssh' }],
    // What is started on the other side.
    ["-a --rsync-path='sudo rsync'", { run: ['-a'], program: 'sudo rsync' }],
    ['-a --rsync-path /opt/rsync', { run: ['-a'], program: '/opt/rsync' }],
    ["-a --rsync-path='rsync; id'", { run: ['-a'], others: ['--rsync-path=rsync; id'] }],
    // With these nothing is copied.
    ['-an', { idle: ['-an'] }],
    ['-a --dry-run --list-only', { run: ['-a'], idle: ['--dry-run', '--list-only'] }],
    ['-aS --version', { run: ['-aS'], idle: ['--version'] }],
    ['-aV', { idle: ['-aV'] }],
    // These write files, start programs, or take files away.
    ['-a --log-file=/x', { run: ['-a'], others: ['--log-file=/x'] }],
    ['-a --log-file /x', { run: ['-a'], others: ['--log-file', '/x'] }],
    ['-a -M--log-file=/x', { run: ['-a'], others: ['-M--log-file=/x'] }],
    [
      '-a --write-batch=b --delete --remove-source-files',
      { run: ['-a'], others: ['--write-batch=b', '--delete', '--remove-source-files'] },
    ],
    // With these some files stay behind, or nobody can read them.
    ['-a --max-size=1k --chmod=000', { run: ['-a'], others: ['--max-size=1k', '--chmod=000'] }],
    ['-aq --existing --info=name0', { run: ['-a'], others: ['--existing', '--info=name0'] }],
    ['-a --stop-after=1 --chown=a:b', { run: ['-a'], others: ['--stop-after=1', '--chown=a:b'] }],
    ['-aT /x', { others: ['-aT', '/x'] }],
    ['-aR -b', { others: ['-aR', '-b'] }],
    ['--daemon --server', { others: ['--daemon', '--server'] }],
    ['-a --bwlimit', { run: ['-a'], others: ['--bwlimit'] }],
    ['-a --bwlimit=/etc/x', { run: ['-a'], others: ['--bwlimit=/etc/x'] }],
    ['-a --recursive=yes', { run: ['-a'], others: ['--recursive=yes'] }],
    // What bash would expand, redirect or run.
    ...[
      '-a; id',
      '-a $(id)',
      '-a `id`',
      '-a $X',
      '-a > /x',
      '-a | id',
      '-a & id',
      '-a ~/x',
      '-a *',
      '-a {b,c}',
      "-a 'b",
      '-a "$X"',
      '-a \\n',
      '-a\nid #',
      '-a !id',
    ].map((line) => [line, { others: [line] }] as const),
  ] as const satisfies readonly (readonly [string, Partial<ReturnType<typeof readRsyncArgs>>])[])
    test(JSON.stringify(saved), () => assert.deepEqual(readRsyncArgs(saved), { run: [], idle: [], others: [], ...expected }));
});
