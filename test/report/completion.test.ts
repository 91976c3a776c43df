import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { type Completed, completion } from '../../support/report/completion.ts';

const commands: Completed[] = [
  {
    name: 'audit',
    options: [
      { flag: '--site', values: 'files' },
      { flag: '--only', values: ['BDS-101', 'BDS-102', 'BDS-204'] },
      { flag: '--fail-on', values: ['blocker', 'minor'] },
    ],
  },
  { name: 'explain', options: [{ flag: '--help' }], values: ['BDS-101', 'BDS-204'] },
];

/** What bash offers after these words; the last is begun. */
function offered(...words: readonly string[]): string[] {
  const script = `${completion('bash', 'backup-compliance', commands)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _backup_compliance; printf '%s\\n' "\${COMPREPLY[@]}"`;
  // At SHLVL 0 with a socket as its input, bash takes itself for one that a remote shell started, and reads this machine's bashrc.
  const bash = ['--norc', '-u', '-c', script, 'bash', 'backup-compliance', ...words];
  const { stdout, stderr } = spawnSync('bash', bash, { encoding: 'utf8', env: { ...process.env, SHLVL: '0' } });
  assert.equal(stderr, '');
  return stdout.split('\n').filter(Boolean);
}

for (const [words, expected] of [
  [[''], ['audit', 'explain']],
  [['ex'], ['explain']],
  [
    ['audit', ''],
    ['--site', '--only', '--fail-on'],
  ],
  [['audit', '--f'], ['--fail-on']],
  [
    ['audit', '--only', 'BDS-1'],
    ['BDS-101', 'BDS-102'],
  ],
  [['audit', '--only', 'BDS-101,BDS-2'], ['BDS-101,BDS-204']],
  [
    ['audit', '--fail-on', ''],
    ['blocker', 'minor'],
  ],
  [['explain', 'BDS-2'], ['BDS-204']],
  [['explain', '--'], ['--help']],
  // Files are left to bash.
  [['audit', '--site', ''], []],
  [['audit', '--site', 'x'], []],
] as const)
  test(`bash: ${words.join(' ')}[TAB]`, () => assert.deepEqual(offered(...words), expected));

const hasZsh = spawnSync('zsh', ['--version']).status === 0;

describe('zsh', { skip: !hasZsh && 'there is no zsh here' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'completion-'));
  after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'completion.zsh');

  /** What a real zsh shows on its terminal after a TAB. */
  function typed(line: string): string {
    writeFileSync(file, completion('zsh', 'backup-compliance', commands));
    const script = `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1=; autoload -Uz compinit && compinit -u -D; source ${file}; echo rea""dy'
zpty -r shell seen '*ready*' || exit 1
zpty -w -n shell $'backup-compliance ${line}\\t'
for i in {1..20}; do sleep 0.05; while zpty -r -t shell more; do printf '%s' "$more"; done; done
zpty -d shell`;
    return spawnSync('zsh', ['-f', '-c', script], { encoding: 'utf8', timeout: 20_000 }).stdout;
  }

  test('completes a command, an option and an id', () => {
    for (const [begun, whole] of [
      ['ex', 'explain'],
      ['audit --f', '--fail-on'],
      ['audit --only BDS-2', 'BDS-204'],
    ] as const)
      assert.ok(typed(begun).includes(whole), begun);
  });
});
