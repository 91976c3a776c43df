/** A run's folder, sealed and signed with real keys, then tampered with: every change has a name. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { seal, sign } from '../../support/archive/seal.ts';
import { verifyEvidence } from '../../support/archive/verify.ts';
import { UsageError } from '../../support/outcome/outcome.ts';

const work = mkdtempSync(join(tmpdir(), 'seal-'));
after(() => rmSync(work, { recursive: true, force: true }));
const inWork = (name: string) => join(work, name);

function makeKey(name: string, passphrase = ''): string {
  const key = inWork(name);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', name, '-f', key]);
  return key;
}

const files: Readonly<Record<string, string>> = {
  'verdict.json': '{"verdict":"not-compliant"}\n',
  'junit.xml': '<testsuites/>\n',
  'index.html': '<html></html>\n',
  'evidence/kvm01/001-hostname.txt': 'kvm01\n',
  'evidence/kvm01/002-rsync.txt': 'rsync 3.2.7\n',
  'evidence/kvm02/003-hostname.txt': 'kvm02\n',
  'evidence/empty.txt': '',
};

function write(folder: string, name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

const sealed = inWork('sealed');
const trusted = inWork('allowed_signers');
before(async () => {
  for (const [name, text] of Object.entries(files)) write(sealed, name, text);
  const key = makeKey('auditor');
  makeKey('stranger');
  writeFileSync(trusted, `auditor@example.net namespaces="opennebula-backup-compliance" ${readFileSync(`${key}.pub`, 'utf8')}`);
  await seal(sealed);
  await sign(sealed, key);
});

/** A copy of the sealed folder, to change. */
function copy(): string {
  const folder = mkdtempSync(inWork('run-'));
  cpSync(sealed, folder, { recursive: true });
  return folder;
}

function edit(folder: string, name: string, change: (text: string) => string): void {
  const path = join(folder, name);
  const text = readFileSync(path, 'utf8');
  assert.notEqual(change(text), text, 'it changes something');
  writeFileSync(path, change(text));
}

/** Signs the manifest anew, by whatever ssh-keygen is told. */
function resign(folder: string, key: string, namespace = 'opennebula-backup-compliance'): void {
  rmSync(join(folder, 'SHA256SUMS.sig'));
  execFileSync('ssh-keygen', ['-q', '-Y', 'sign', '-n', namespace, '-f', inWork(key), join(folder, 'SHA256SUMS')], { stdio: 'ignore' });
}

const manifest = (change: (text: string) => string) => (folder: string) => edit(folder, 'SHA256SUMS', change);
const signature = (change: (text: string) => string) => (folder: string) => edit(folder, 'SHA256SUMS.sig', change);
const sum = '[0-9a-f]{64}';

interface Tampering {
  readonly how: string;
  readonly tamper: (folder: string) => unknown;
  /** A line that names it. */
  readonly says: RegExp;
  /** Only a signature by somebody known tells. */
  readonly signatureAlone?: true;
}

const tamperings: readonly Tampering[] = [
  {
    how: 'the verdict is made a better one',
    tamper: (folder) => edit(folder, 'verdict.json', (text) => text.replace('not-', '')),
    says: new RegExp(`^changed  verdict\\.json: expected ${sum}, found ${sum}$`),
  },
  {
    how: 'a byte is added',
    tamper: (folder) => appendFileSync(join(folder, 'evidence/kvm01/001-hostname.txt'), ' '),
    says: /^changed {2}evidence\/kvm01\/001-hostname\.txt: /,
  },
  {
    how: 'a file is emptied',
    tamper: (folder) => writeFileSync(join(folder, 'junit.xml'), ''),
    says: /^changed {2}junit\.xml: .* found e3b0c442/,
  },
  {
    how: 'an empty file is filled',
    tamper: (folder) => writeFileSync(join(folder, 'evidence/empty.txt'), 'x'),
    says: /^changed {2}evidence\/empty\.txt: expected e3b0c442/,
  },
  {
    how: 'a file is taken away',
    tamper: (folder) => rmSync(join(folder, 'junit.xml')),
    says: new RegExp(`^missing  junit\\.xml: expected ${sum}, found nothing$`),
  },
  {
    how: 'a folder is taken away',
    tamper: (folder) => rmSync(join(folder, 'evidence/kvm02'), { recursive: true }),
    says: /^missing {2}evidence\/kvm02\/003-hostname\.txt: /,
  },
  {
    how: 'a file appears',
    tamper: (folder) => writeFileSync(join(folder, 'report.html'), 'x'),
    says: new RegExp(`^added    report\\.html: expected nothing, found ${sum}$`),
  },
  {
    how: 'a file appears in a folder below',
    tamper: (folder) => writeFileSync(join(folder, 'evidence/kvm02/004-df.txt'), 'x'),
    says: /^added {4}evidence\/kvm02\/004-df\.txt: /,
  },
  { how: 'an empty file appears', tamper: (folder) => write(folder, 'new/x', ''), says: /^added {4}new\/x: / },
  { how: 'a hidden file appears', tamper: (folder) => write(folder, '.x', 'x'), says: /^added {4}\.x: / },
  {
    how: 'a file named like the manifest appears below',
    tamper: (folder) => write(folder, 'evidence/SHA256SUMS', 'x'),
    says: /^added {4}evidence\/SHA256SUMS: /,
  },
  {
    how: 'a file is renamed',
    tamper: (folder) => renameSync(join(folder, 'index.html'), join(folder, 'index.htm')),
    says: /^added {4}index\.htm: /,
  },
  {
    how: 'a file is renamed to capitals',
    tamper: (folder) => renameSync(join(folder, 'index.html'), join(folder, 'INDEX.html')),
    says: /^missing {2}index\.html: /,
  },
  {
    how: 'a file is moved to another machine',
    tamper: (folder) => renameSync(join(folder, 'evidence/kvm01/002-rsync.txt'), join(folder, 'evidence/kvm02/002-rsync.txt')),
    says: /^added {4}evidence\/kvm02\/002-rsync\.txt: /,
  },
  {
    how: 'two files change places',
    tamper: (folder) => {
      const [one = '', other = ''] = ['evidence/kvm01/001-hostname.txt', 'evidence/kvm02/003-hostname.txt'].map((name) =>
        join(folder, name),
      );
      renameSync(one, `${one}.x`);
      renameSync(other, one);
      renameSync(`${one}.x`, other);
    },
    says: /^changed {2}evidence\/kvm02\/003-hostname\.txt: /,
  },
  {
    how: 'a file becomes a symbolic link out of the folder, with the same content',
    tamper: (folder) => {
      rmSync(join(folder, 'verdict.json'));
      symlinkSync(join(sealed, 'verdict.json'), join(folder, 'verdict.json'));
    },
    says: new RegExp(`^changed  verdict\\.json: expected ${sum}, found a symbolic link$`),
  },
  {
    how: 'a symbolic link to nowhere appears',
    tamper: (folder) => symlinkSync('/nowhere', join(folder, 'x')),
    says: /^added {4}x: expected nothing, found a symbolic link$/,
  },
  {
    how: 'a folder becomes a symbolic link to a true copy',
    tamper: (folder) => {
      rmSync(join(folder, 'evidence'), { recursive: true });
      symlinkSync(join(sealed, 'evidence'), join(folder, 'evidence'));
    },
    says: /^missing {2}evidence\/kvm01\/001-hostname\.txt: /,
  },
  {
    how: 'a folder becomes a file',
    tamper: (folder) => {
      rmSync(join(folder, 'evidence'), { recursive: true });
      write(folder, 'evidence', 'x');
    },
    says: new RegExp(`^added    evidence: expected nothing, found ${sum}$`),
  },
  {
    how: 'a file becomes a folder',
    tamper: (folder) => {
      rmSync(join(folder, 'junit.xml'));
      mkdirSync(join(folder, 'junit.xml'));
    },
    says: /^changed {2}junit\.xml: .* found a folder$/,
  },
  {
    how: 'a file becomes a pipe',
    tamper: (folder) => {
      rmSync(join(folder, 'junit.xml'));
      execFileSync('mkfifo', [join(folder, 'junit.xml')]);
    },
    says: /^changed {2}junit\.xml: .* found a device, pipe or socket$/,
  },
  {
    how: 'a name imitates a line of ours',
    tamper: (folder) => writeFileSync(join(folder, 'x\nFiles as they were sealed: 8.\u001b[2J'), ''),
    says: /^added {4}x\\u\{a\}Files as they were sealed: 8\.\\u\{1b\}\[2J: /,
  },
  {
    how: 'a sum in the manifest is another one',
    tamper: manifest((text) => text.replace(/^[0-9a-f]/gm, (digit) => (digit === '0' ? '1' : '0'))),
    says: /^changed {2}verdict\.json: /,
  },
  {
    how: 'a line is taken out of the manifest',
    tamper: manifest((text) => text.replace(/.*junit\.xml\n/, '')),
    says: /^added {4}junit\.xml: /,
  },
  {
    how: 'a line is taken out of the manifest, and its file with it',
    tamper: (folder) => {
      manifest((text) => text.replace(/.*junit\.xml\n/, ''))(folder);
      rmSync(join(folder, 'junit.xml'));
    },
    says: /^SHA256SUMS\.sig: expected a signature of this SHA256SUMS, found “.*incorrect signature/,
    signatureAlone: true,
  },
  {
    how: 'the verdict is changed, and all is sealed again',
    tamper: async (folder) => {
      edit(folder, 'verdict.json', (text) => text.replace('not-', ''));
      await seal(folder);
    },
    says: /^SHA256SUMS\.sig: expected a signature of this SHA256SUMS, found “.*incorrect signature/,
    signatureAlone: true,
  },
  { how: 'the manifest is emptied', tamper: manifest(() => ''), says: /^changed {2}SHA256SUMS: expected the files of a run, found none/ },
  {
    how: 'the manifest is cut within a line',
    tamper: manifest((text) => text.slice(0, -20)),
    says: /^changed {2}SHA256SUMS: expected an end to its last line/,
  },
  {
    how: 'the last end of line is cut off',
    tamper: manifest((text) => text.slice(0, -1)),
    says: /^changed {2}SHA256SUMS: expected an end to its last line/,
  },
  {
    how: 'the manifest is cut after a line',
    tamper: manifest((text) => text.slice(0, text.indexOf('\n') + 1)),
    says: /^added {4}verdict\.json: /,
  },
  {
    how: 'the manifest has the line ends of Windows',
    tamper: manifest((text) => text.replaceAll('\n', '\r\n')),
    says: /^changed {2}SHA256SUMS: expected plain line ends, found those of Windows/,
  },
  {
    how: 'the manifest names a file out of the folder',
    tamper: manifest((text) => `${text}${'0'.repeat(64)}  ../../etc/passwd\n`),
    says: /^changed {2}SHA256SUMS:8: expected the name of a file of this run, found “\.\.\/\.\.\/etc\/passwd”$/,
  },
  {
    how: 'a name in the manifest leads out and in again',
    tamper: manifest((text) => text.replace('  evidence/empty.txt', '  evidence/../evidence/empty.txt')),
    says: /^changed {2}SHA256SUMS:1: expected the name of a file of this run/,
  },
  {
    how: 'a name in the manifest is absolute',
    tamper: manifest((text) => text.replace('  junit.xml', '  /etc/passwd')),
    says: /found “\/etc\/passwd”$/,
  },
  {
    how: 'a name in the manifest is written otherwise',
    tamper: manifest((text) => text.replace('  junit', '  ./junit')),
    says: /found “\.\/junit\.xml”$/,
  },
  {
    how: 'the manifest names itself',
    tamper: manifest((text) => `${text}${'0'.repeat(64)}  SHA256SUMS\n`),
    says: /SHA256SUMS:8: expected the name of a file of this run, found “SHA256SUMS”$/,
  },
  {
    how: 'a file stands twice in the manifest',
    tamper: manifest((text) => `${text}${'0'.repeat(64)}  junit.xml\n`),
    says: /^changed {2}SHA256SUMS:8: expected each file once, found junit\.xml again, as in line 6$/,
  },
  {
    how: 'a line is added that is none',
    tamper: manifest((text) => `# reviewed\n${text}`),
    says: /^changed {2}SHA256SUMS:1: expected a SHA-256 sum, two blanks and a name, found “# reviewed”$/,
  },
  { how: 'a blank line is added', tamper: manifest((text) => `${text}\n`), says: /^changed {2}SHA256SUMS:8: / },
  {
    how: 'sums are in capitals',
    tamper: manifest((text) => text.replace(/[a-f]/g, (digit) => digit.toUpperCase())),
    says: /SHA256SUMS:1: /,
  },
  {
    how: 'the manifest becomes a symbolic link',
    tamper: (folder) => {
      rmSync(join(folder, 'SHA256SUMS'));
      symlinkSync(join(sealed, 'SHA256SUMS'), join(folder, 'SHA256SUMS'));
    },
    says: /^changed {2}SHA256SUMS: expected a file, found a symbolic link$/,
  },
  {
    how: 'the signature is taken away',
    tamper: (folder) => rmSync(join(folder, 'SHA256SUMS.sig')),
    says: /^SHA256SUMS\.sig: expected a signature by one of those in .*, found none\.$/,
    signatureAlone: true,
  },
  {
    how: 'the signature is cut short',
    tamper: signature((text) => text.slice(0, 200)),
    says: /^SHA256SUMS\.sig: expected a whole SSH signature/,
    signatureAlone: true,
  },
  {
    how: 'a line of the signature is cut out',
    tamper: signature((text) => text.replace(/\n.*\n-----END/, '\n-----END')),
    says: /^SHA256SUMS\.sig: expected a signature of this SHA256SUMS, found “/,
    signatureAlone: true,
  },
  {
    how: 'something is added to the signature',
    tamper: signature((text) => `${text}approved\n`),
    says: /^SHA256SUMS\.sig: expected a whole SSH signature/,
    signatureAlone: true,
  },
  {
    how: 'the signature becomes a folder',
    tamper: (folder) => {
      rmSync(join(folder, 'SHA256SUMS.sig'));
      mkdirSync(join(folder, 'SHA256SUMS.sig'));
    },
    says: /^SHA256SUMS\.sig: expected a file, found a folder\.$/,
    signatureAlone: true,
  },
  {
    how: 'all is sealed and signed again, by somebody else',
    tamper: async (folder) => {
      edit(folder, 'verdict.json', (text) => text.replace('not-', ''));
      await seal(folder);
      resign(folder, 'stranger');
    },
    says: /^SHA256SUMS\.sig: expected a signature by one of those in .*, found one by the ED25519 key SHA256:\S+ \(No principal matched\.\)\.$/,
    signatureAlone: true,
  },
  {
    how: 'it is signed by the right key, for something else',
    tamper: (folder) => resign(folder, 'auditor', 'git'),
    says: /^SHA256SUMS\.sig: expected a signature of this SHA256SUMS, found “.*namespace/,
    signatureAlone: true,
  },
];

describe('a sealed folder', () => {
  test('is as it was sealed, and signed by somebody who is trusted', async () => {
    const { lines, exitCode } = await verifyEvidence(sealed, trusted);
    assert.match(
      lines.join('\n'),
      /^Files as they were sealed: 7\.\nSigned by auditor@example\.net, as .* with the ED25519 key SHA256:\S+\.$/,
    );
    assert.equal(exitCode, 0);
  });

  test('is found by paths from the folder we were started in', async () => {
    const from = process.cwd();
    process.chdir(work);
    try {
      assert.equal((await verifyEvidence('sealed', 'allowed_signers')).exitCode, 0);
    } finally {
      process.chdir(from);
    }
  });

  test('has a sound signature of nobody knows whom, where nobody was said to be trusted', async () => {
    const { lines, exitCode } = await verifyEvidence(sealed);
    assert.match(lines.join('\n'), /The signature is sound: .* by the ED25519 key SHA256:\S+\. It does not say whose key that is/);
    assert.equal(exitCode, 0);
  });

  for (const { how, tamper, says, signatureAlone } of tamperings) {
    test(`tampered with: ${how}`, async () => {
      const folder = copy();
      await tamper(folder);
      const { lines, exitCode } = await verifyEvidence(folder, trusted);
      assert.ok(
        lines.some((line) => says.test(line)),
        lines.join('\n'),
      );
      assert.ok(!lines.some((line) => line.includes('\n')), 'a line is a line');
      assert.equal(exitCode, 1, lines.join('\n'));
      if (signatureAlone) return;
      rmSync(join(folder, 'SHA256SUMS.sig'));
      const unsigned = await verifyEvidence(folder);
      assert.ok(
        unsigned.lines.some((line) => says.test(line)),
        unsigned.lines.join('\n'),
      );
      assert.equal(unsigned.exitCode, 1);
    });
  }

  test('does not tell, where it is not signed, that somebody sealed it again; nor modes, times or empty folders', async () => {
    const folder = copy();
    edit(folder, 'verdict.json', (text) => text.replace('not-', ''));
    await seal(folder);
    rmSync(join(folder, 'SHA256SUMS.sig'));
    chmodSync(join(folder, 'verdict.json'), 0o755);
    utimesSync(join(folder, 'verdict.json'), 0, 0);
    mkdirSync(join(folder, 'nothing'));
    const { lines, exitCode } = await verifyEvidence(folder);
    assert.match(
      lines.join('\n'),
      /^Files as they were sealed: 7\.\nNot signed: who could change the files could have changed SHA256SUMS, too\.$/,
    );
    assert.equal(exitCode, 0);
  });

  test('cannot be looked at where there is no manifest, or no folder', async () => {
    const folder = copy();
    rmSync(join(folder, 'SHA256SUMS'));
    for (const path of [folder, inWork('nowhere'), join(sealed, 'verdict.json')]) {
      const { lines, exitCode } = await verifyEvidence(path);
      assert.match(lines.join('\n'), /^Could not look: expected the manifest of a run in .*SHA256SUMS, found none\. Name a run's folder/);
      assert.equal(exitCode, 2);
    }
    await assert.rejects(
      verifyEvidence(sealed, inWork('nobody')),
      (error) => error instanceof UsageError && /nobody: expected a file/.test(error.message),
    );
  });

  test('is read by sha256sum, whatever its files are called', async () => {
    const folder = mkdtempSync(inWork('names-'));
    for (const name of ['a b', 'a\\b', 'a\nb', 'a\rb', '-n', '\\', 'é 日本', '*x', '#']) writeFileSync(join(folder, name), name);
    await seal(folder);
    const { status, stdout, stderr } = spawnSync('sha256sum', ['--strict', '-c', 'SHA256SUMS'], { cwd: folder, encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
    assert.equal(stdout.match(/: OK$/gm)?.length, 9);
    assert.equal((await verifyEvidence(folder)).exitCode, 0);
    appendFileSync(join(folder, 'a\nb'), 'x');
    assert.notEqual(spawnSync('sha256sum', ['--strict', '-c', 'SHA256SUMS'], { cwd: folder }).status, 0);
  });

  test('has nothing in it but files and folders, or it is not sealed', async () => {
    const folder = mkdtempSync(inWork('link-'));
    symlinkSync('/etc/passwd', join(folder, 'x'));
    await assert.rejects(seal(folder), /x: expected a file, found a symbolic link/);
  });
});

describe('a signature', () => {
  test('is made by an agent that has the private half', async () => {
    const folder = copy();
    rmSync(join(folder, 'SHA256SUMS.sig'));
    const key = makeKey('lent');
    const socket = inWork('agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    const before = process.env.SSH_AUTH_SOCK;
    process.env.SSH_AUTH_SOCK = socket;
    try {
      for (let tries = 0; spawnSync('ssh-add', ['-q', key]).status !== 0; tries += 1) {
        assert.ok(tries < 50, 'the agent takes the key');
        await sleep(20);
      }
      rmSync(key);
      await sign(folder, `${key}.pub`);
      assert.match((await verifyEvidence(folder)).lines.join(), /The signature is sound/);
      rmSync(join(folder, 'SHA256SUMS.sig'));
    } finally {
      agent.kill();
      if (before === undefined) delete process.env.SSH_AUTH_SOCK;
      else process.env.SSH_AUTH_SOCK = before;
    }
    await assert.rejects(
      sign(folder, `${key}.pub`),
      /lent\.pub: expected a signature, found “.*”\. Load the key into the ssh-agent \(ssh-add .*lent\)/,
    );
  });

  test('that would ask for a passphrase is not made, and nobody is asked, terminal or not', async () => {
    const folder = copy();
    rmSync(join(folder, 'SHA256SUMS.sig'));
    const key = makeKey('locked', 'a passphrase');
    await assert.rejects(sign(folder, key), /locked: expected a signature, found “.*incorrect passphrase.*”/);
    const source = `const { sign } = await import(${JSON.stringify(new URL('../../support/archive/seal.ts', import.meta.url).href)}); await sign(${JSON.stringify(folder)}, ${JSON.stringify(key)}).catch((error) => console.log('refused: ' + error.message));`;
    writeFileSync(inWork('sign.mjs'), source);
    const { stdout } = spawnSync('script', ['-qec', `'${process.execPath}' '${inWork('sign.mjs')}'`, '/dev/null'], {
      encoding: 'utf8',
      input: 'a passphrase\n',
    });
    assert.match(stdout, /refused: .*incorrect passphrase/);
    assert.doesNotMatch(stdout, /Enter passphrase/);
  });

  test('with a key that is not there says so', async () => {
    await assert.rejects(
      sign(copy(), '~/.ssh/no-such-key-here'),
      /^Error: ~\/\.ssh\/no-such-key-here: expected a signature, found “.*No such file/,
    );
  });
});

test('the command says it, and ends with the exit code of it', () => {
  const main = new URL('../../bin/main.ts', import.meta.url).pathname;
  const run = (...args: string[]) => spawnSync(process.execPath, [main, 'verify-evidence', ...args], { encoding: 'utf8' });
  const folder = copy();
  rmSync(join(folder, 'junit.xml'));
  const differs = run(folder);
  assert.match(differs.stdout, /^missing {2}junit\.xml: /);
  assert.deepEqual([run(sealed, '--allowed-signers', trusted).status, differs.status, run(work).status, run().status], [0, 1, 2, 3]);
  const { status, stderr } = run(sealed, '--allowed-signers', inWork('nobody'));
  assert.match(stderr, /--allowed-signers .*nobody: expected a file/);
  assert.equal(status, 3);
});
