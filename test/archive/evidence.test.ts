import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { asText, EvidenceStore } from '../../support/archive/evidence.ts';
import { Spool } from '../../support/archive/spool.ts';
import { FINDINGS } from '../../support/verdict/findings.ts';
import { evidence, messagesOf, requirement } from '../told.ts';

describe('what waits for the end of a run', () => {
  /** What is spooled while temporary files go to this folder. */
  const spooled = (tmp: string, texts: readonly string[]): string[] => {
    const { TMPDIR = '/tmp' } = process.env;
    process.env.TMPDIR = tmp;
    const spool = new Spool();
    const kept = texts.map((text) => spool.keep(text));
    process.env.TMPDIR = TMPDIR;
    return kept.map((text) => text());
  };
  const texts = ['', 'x', 'é 日本\n', 'y'.repeat(300_000)];

  test('has no name on any disk, and comes back as it was', () => {
    const tmp = mkdtempSync(join(tmpdir(), 'spool-'));
    assert.deepEqual(spooled(tmp, texts), texts);
    assert.deepEqual(readdirSync(tmp), []);
    const open = readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        return [readlinkSync(join('/proc/self/fd', fd))];
      } catch {
        // The one that this was listed by.
        return [];
      }
    });
    assert.ok(
      open.some((to) => to.startsWith(`${tmp}/`) && to.endsWith(' (deleted)')),
      open.join('\n'),
    );
    rmSync(tmp, { recursive: true });
  });

  test('takes no memory meanwhile', () => {
    const spool = JSON.stringify(new URL('../../support/archive/spool.ts', import.meta.url));
    const script = `import { Spool } from ${spool};
      const spool = new Spool();
      const kept = Array.from({ length: 40 }, (_, at) => spool.keep('xy'.repeat(1e6) + at));
      if (kept.some((text, at) => !text().endsWith('y' + at))) throw new Error('another text');`;
    const child = spawnSync(process.execPath, ['--max-old-space-size=60', '--input-type=module', '--eval', script], { encoding: 'utf8' });
    assert.equal(child.status, 0, child.stderr);
  });

  test('stays in memory where no temporary file can be made', () => assert.deepEqual(spooled('/nowhere', texts), texts));

  test('is read no further than wanted', () => {
    const spool = new Spool();
    for (const text of [...texts, '日本\u{1f512}'.repeat(9)])
      for (const limit of [0, 1, 4, 1024])
        assert.equal(
          spool
            .keep(text)(limit)
            .replace(/\ufffd$/, ''),
          text.slice(0, limit).replace(/[\ud800-\udbff]$/, ''),
        );
  });

  test('are messages in their order, without what shows itself to be a secret, in findings, too', () => {
    const spool = new Spool();
    const reason = 'DB_PASS="SECRETspool"';
    const judgements = [{ outcome: 'not-met', reason, machine: 'kvm01', exhibits: [] }] as const;
    const given = [...messagesOf([requirement('not-met', { reason })], { found: { 'BDS-101': judgements } })];
    const kept = given.map((message) => spool.message(message));
    assert.deepEqual([...spool.messages()], kept);
    assert.equal(JSON.stringify(kept), JSON.stringify(given).replaceAll('SECRETspool', '[redacted]'));
    const body = kept.find(({ attachment }) => attachment?.mediaType === FINDINGS)?.attachment?.body ?? '';
    assert.equal(JSON.parse(body).judgements[0].reason, 'DB_PASS="[redacted]"');
  });
});

describe('evidence', () => {
  const store = new EvidenceStore(new Spool());
  const textOf = (file: string) => [...store.files()].find((each) => each.file === file)?.text() ?? assert.fail(file);

  test('has a file with all of it, and as many lines inline as there is room for', () => {
    const told = { command: "ssh 'a b' true", stdout: `${'x'.repeat(90)}\n`.repeat(50), exitCode: 3, stderr: 'warned\n', truncated: true };
    const answer = evidence({ machine: 'kvm01.example.net', ...told });
    const { file, inline, command, start, stop } = store.exhibit(answer, 1000);
    const text = textOf(file);
    assert.equal(file, 'evidence/kvm01.example.net/001-ssh-a-b-true.txt');
    const head =
      "on       kvm01.example.net\nas       oneadmin\ncommand  ssh 'a b' true\nstarted  2026-11-23T09:10:00.000Z\ntook     0.250 s\n";
    assert.equal(text, `${head}ended    exit 3\nnote     the output was cut at its cap\n\nstdout:\n${told.stdout}\nstderr:\nwarned\n\n`);
    const [first = '', rest = ''] = inline.split('[… ');
    assert.ok(first.startsWith(`file     ${file}\n`) && text.startsWith(first.slice(first.indexOf('\n') + 1)), inline);
    assert.match(first, /x{90}\n$/);
    assert.equal(rest, `${text.length - (first.length - first.indexOf('\n') - 1)} more characters]\n`);
    assert.ok(first.length <= 1000 + file.length + 10, 'no more than asked for');
    assert.deepEqual([command, start, stop - start], ["ssh 'a b' true", Date.parse('2026-11-23T09:10:00.000Z'), 250]);
    assert.equal(store.exhibit(answer, text.length).inline, `file     ${file}\n${text}`);
  });

  test('is not cut within a line, where half a secret might stay', () => {
    const { inline } = store.exhibit(evidence({ stdout: `${'Planted-secret '.repeat(1000)}\n` }), 500);
    assert.match(inline, /\nstdout:\n\[… \d+ more characters\]\n$/);
  });

  test('stands where it was typed, in the folder of the machine that it is about', () => {
    const typedOn = { machine: 'frontend01.example.net', account: 'oneadmin' };
    const { file } = store.exhibit(evidence({ machine: 'backup01', account: 'backup', command: 'ssh backup@backup01 true', typedOn }), 10);
    assert.match(file, /^evidence\/backup01\//);
    assert.match(textOf(file), /^on {7}frontend01\.example\.net\nas {7}oneadmin\ncommand {2}ssh backup@backup01 true\n/);
  });

  test('has one file for an answer, however many rest on it; two for two answers that look alike', () => {
    const [answer, before] = [evidence({ machine: 'same', command: 'id' }), [...store.files()].length];
    assert.equal(store.exhibit(answer, 10).file, store.exhibit(answer, 100).file);
    assert.notEqual(store.exhibit({ ...answer }, 10).file, store.exhibit(answer, 10).file);
    assert.equal([...store.files()].length, before + 2);
  });

  test('is led out of the folder by no name of a machine or command, and a long command is cut between its words', () => {
    for (const hostile of ['../../etc/passwd', '..', '.', '/', '', '\u0000', '.hidden', '-rf', 'x'.repeat(300), 'ä', '2001:db8::1']) {
      const { file } = store.exhibit(evidence({ machine: hostile, command: hostile }), 10);
      assert.match(file, /^evidence\/[A-Za-z0-9_][A-Za-z0-9._-]*\/\d+-[A-Za-z0-9_][A-Za-z0-9._-]{0,39}\.txt$/, hostile);
      assert.match(textOf(file), /^on {7}/);
    }
    const named = (command: string) => store.exhibit(evidence({ command }), 10).file.replace(/.*\/\d+-/, '');
    assert.equal(named('curl --header word-1234567890'), 'curl---header-word-1234567890.txt');
    assert.equal(named('curl --header x --verbose hunter2hunter2hunter2'), 'curl---header-x---verbose.txt');
  });

  test('shows no secret that can be told by its shape, in the command and its file’s name', () => {
    const { file, inline, command } = store.exhibit(evidence({ command: 'curl ftp://u:SECRETevidence@h/' }), 10_000);
    for (const text of [file, inline, command, textOf(file)]) assert.doesNotMatch(text, /SECRET/);
  });

  for (const [exitCode, signal, ended] of [
    [0, null, 'exit 0'],
    [124, 'SIGTERM', 'exit 124 (SIGTERM)'],
    [null, 'SIGKILL', 'SIGKILL'],
    [null, null, 'did not end'],
  ] as const)
    test(`says how it ended: ${ended}`, () => {
      const text = asText(evidence({ exitCode, signal, stdout: '' }));
      assert.ok(text.includes(`ended    ${ended}\n`) && text.includes('stdout: empty\nstderr: empty'), text);
    });
});
