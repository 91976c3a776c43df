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
import { UsageError } from '../../support/outcome/errors.ts';

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

/** Changes the text of a file. */
function edit(folder: string, name: string, from: string | RegExp, to: string | ((found: string) => string)): void {
  const text = readFileSync(join(folder, name), 'utf8');
  const changed = text.replace(from, to as string);
  assert.notEqual(changed, text, 'it changes something');
  writeFileSync(join(folder, name), changed);
}

/** Signs the manifest anew, by whatever ssh-keygen is told. */
const signedBy =
  (key: string, namespace = 'opennebula-backup-compliance') =>
  (folder: string) => {
    rmSync(join(folder, 'SHA256SUMS.sig'));
    execFileSync('ssh-keygen', ['-q', '-Y', 'sign', '-n', namespace, '-f', inWork(key), join(folder, 'SHA256SUMS')], { stdio: 'ignore' });
  };

const manifest = (from: string | RegExp, to: string | ((found: string) => string)) => (folder: string) =>
  edit(folder, 'SHA256SUMS', from, to);
const signature = (from: RegExp, to: string) => (folder: string) => edit(folder, 'SHA256SUMS.sig', from, to);
const put = (name: string, text: string) => (folder: string) => write(folder, name, text);
const gone = (name: string) => (folder: string) => rmSync(join(folder, name), { recursive: true });
const renamed = (from: string, to: string) => (folder: string) => renameSync(join(folder, from), join(folder, to));
/** Something else takes the place of this. */
const replaced = (name: string, by: (path: string) => unknown) => (folder: string) => {
  gone(name)(folder);
  by(join(folder, name));
};
const dangling = (folder: string) => symlinkSync('/nowhere', join(folder, 'x'));
const linked = (name: string) => replaced(name, (path) => symlinkSync(join(sealed, name), path));
const more = (line: string) => manifest(/$/, `${line}\n`);
const named = (name: string) => manifest('  junit.xml', `  ${name}`);
const foreign = 'changed  SHA256SUMS:';
const zeros = '0'.repeat(64);
const without = manifest(/.*junit\.xml\n/, '');
const all = (...tampers: readonly ((folder: string) => unknown)[]) => {
  return async (folder: string) => {
    for (const tamper of tampers) await tamper(folder);
  };
};
const better = (folder: string) => edit(folder, 'verdict.json', 'not-', '');
const [one, two, other] = ['evidence/kvm01/001-hostname.txt', 'evidence/kvm01/002-rsync.txt', 'evidence/kvm02/003-hostname.txt'] as const;

/** How it is tampered with, and the line that names it, as it begins and, behind the dots, as it goes on. */
type Tampering = readonly [how: string, tamper: (folder: string) => unknown, says: string];
const tamperings: readonly Tampering[] = [
  ['the verdict is made a better one', better, 'changed  verdict.json: expected SUM, found SUM'],
  ['a byte is added', (folder) => appendFileSync(join(folder, one), ' '), `changed  ${one}: expected SUM, found SUM`],
  ['a file is emptied', put('junit.xml', ''), 'changed  junit.xml: expected SUM, found SUM'],
  ['an empty file is filled', put('evidence/empty.txt', 'x'), 'changed  evidence/empty.txt: '],
  ['a file is taken away', gone('junit.xml'), 'missing  junit.xml: expected SUM, found nothing'],
  ['a folder is taken away', gone('evidence/kvm02'), `missing  ${other}: `],
  ['a file appears', put('report.html', 'x'), 'added    report.html: expected nothing, found SUM'],
  ['a file appears in a folder below', put('evidence/kvm02/004-df.txt', 'x'), 'added    evidence/kvm02/004-df.txt: '],
  ['an empty file appears', put('new/x', ''), 'added    new/x: '],
  ['a hidden file appears', put('.x', 'x'), 'added    .x: '],
  ['a file named like the manifest appears below', put('evidence/SHA256SUMS', 'x'), 'added    evidence/SHA256SUMS: '],
  ['a file is renamed', renamed('index.html', 'index.htm'), 'added    index.htm: '],
  ['a file is renamed to capitals', renamed('index.html', 'INDEX.html'), 'missing  index.html: '],
  ['a file is moved to another machine', renamed(two, 'evidence/kvm02/x.txt'), 'added    evidence/kvm02/x.txt: '],
  ['two files change places', all(renamed(one, 'x'), renamed(other, one), renamed('x', other)), `changed  ${other}: `],
  ['a file becomes a link to a true copy', linked('verdict.json'), 'changed  verdict.json: …found a symbolic link'],
  ['a link to nowhere appears', dangling, 'added    x: expected nothing, found a symbolic link'],
  ['a folder becomes a symbolic link to a true copy', linked('evidence'), `missing  ${one}: `],
  ['a folder becomes a file', replaced('evidence', (path) => writeFileSync(path, 'x')), 'added    evidence: expected nothing, found SUM'],
  ['a file becomes a folder', replaced('junit.xml', (path) => mkdirSync(path)), 'changed  junit.xml: … found a folder'],
  ['a file becomes a pipe', replaced('junit.xml', (path) => execFileSync('mkfifo', [path])), 'changed  junit.xml: …found a device, pipe'],
  ['a name imitates a line of ours', put('x\nOK: 8 files match\u001b[2J', ''), 'added    x\\u{a}OK: 8 … match\\u{1b}[2J: '],
  ['a sum in the manifest is another one', manifest(/^./gm, (digit) => (digit === '0' ? '1' : '0')), 'changed  verdict.json: '],
  ['a line is taken out of the manifest', without, 'added    junit.xml: '],
  ['the manifest is emptied', manifest(/^.*/s, ''), 'changed  SHA256SUMS: expected the files of a run, found none'],
  ['the manifest is cut within a line', manifest(/.{20}$/s, ''), 'changed  SHA256SUMS: expected an end to its last line'],
  ['the last end of line is cut off', manifest(/\n$/, ''), 'changed  SHA256SUMS: expected an end to its last line'],
  ['the manifest is cut after a line', manifest(/\n.*/s, '\n'), 'added    verdict.json: '],
  ['the manifest has the line ends of Windows', manifest(/\n/g, '\r\n'), 'changed  SHA256SUMS: expected plain line ends'],
  ['the manifest names a file out of the folder', more(`${zeros}  ../../etc/passwd`), `${foreign}8: …found “../../etc/passwd”`],
  ['a name in the manifest leads out and in again', named('evidence/../junit.xml'), `${foreign}6: expected the name of a file of this run`],
  ['a name in the manifest is absolute', named('/etc/passwd'), 'changed  SHA256SUMS:6: … found “/etc/passwd”'],
  ['a name in the manifest is written otherwise', named('./junit.xml'), 'changed  SHA256SUMS:6: … found “./junit.xml”'],
  ['the manifest names itself', more(`${zeros}  SHA256SUMS`), `${foreign}8: …found “SHA256SUMS”`],
  ['a file stands twice in the manifest', more(`${zeros}  junit.xml`), `${foreign}8: …once, found junit.xml again, as in line 6`],
  ['a line is added that is none', manifest(/^/, '# reviewed\n'), `${foreign}1: expected a SHA-256 sum, two blanks …found “# reviewed”`],
  ['a blank line is added', more(''), 'changed  SHA256SUMS:8: '],
  ['sums are in capitals', manifest(/[a-f]/g, (digit) => digit.toUpperCase()), 'changed  SHA256SUMS:1: '],
  ['the manifest becomes a symbolic link', linked('SHA256SUMS'), 'changed  SHA256SUMS: expected a file, found a symbolic link'],
];
const notOfThis = 'SHA256SUMS.sig: expected a signature of this SHA256SUMS, found “';
const notOfThose = 'SHA256SUMS.sig: expected a signature by one of those in …';
/** Of these only a signature by somebody known tells. */
const signed: readonly Tampering[] = [
  ['a line is taken out of the manifest, and its file with it', all(without, gone('junit.xml')), `${notOfThis}…incorrect signature`],
  ['the verdict is changed, and all is sealed again', all(better, seal), `${notOfThis}…incorrect signature`],
  ['the signature is taken away', gone('SHA256SUMS.sig'), `${notOfThose}, found none.`],
  ['the signature is cut short', signature(/(?<=^.{200}).*/s, ''), 'SHA256SUMS.sig: expected a whole SSH signature'],
  ['a line of the signature is cut out', signature(/\n.*\n-----END/, '\n-----END'), notOfThis],
  ['something is added to the signature', signature(/$/, 'approved\n'), 'SHA256SUMS.sig: expected a whole SSH signature'],
  ['the signature becomes a folder', replaced('SHA256SUMS.sig', (path) => mkdirSync(path)), 'SHA256SUMS.sig: …found a folder.'],
  ['all is sealed and signed again, by somebody else', all(better, seal, signedBy('stranger')), `${notOfThose} (No principal matched.).`],
  ['it is signed by the right key, for something else', signedBy('auditor', 'git'), `${notOfThis}…namespace`],
];

describe('a sealed folder', () => {
  test('is as it was sealed, and signed by somebody who is trusted', async () => {
    const { lines, exitCode } = await verifyEvidence(sealed, trusted);
    assert.match(lines.join('\n'), /^OK: 7 files match\nSigned by auditor@example\.net, as .* with the ED25519 key SHA256:\S+\.$/);
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

  for (const [how, tamper, says] of [...tamperings, ...signed])
    test(`tampered with: ${how}`, async () => {
      const [begins = '', goesOn = ''] = says.split('…');
      const folder = copy();
      const saying = async (allowedSigners?: string) => {
        const { lines, exitCode } = await verifyEvidence(folder, allowedSigners);
        const found = lines.map((each) => each.replaceAll(/[0-9a-f]{64}/g, 'SUM'));
        assert.ok(
          found.some((each) => each.startsWith(begins) && each.includes(goesOn)),
          lines.join('\n'),
        );
        assert.ok(!found.some((each) => each.includes('\n')), 'a line is a line');
        assert.equal(exitCode, 1, lines.join('\n'));
      };
      await tamper(folder);
      await saying(trusted);
      if (signed.some(([of]) => of === how)) return;
      rmSync(join(folder, 'SHA256SUMS.sig'));
      await saying();
    });

  test('does not tell, where it is not signed, that somebody sealed it again; nor modes, times or empty folders', async () => {
    const folder = copy();
    edit(folder, 'verdict.json', 'not-', '');
    await seal(folder);
    rmSync(join(folder, 'SHA256SUMS.sig'));
    chmodSync(join(folder, 'verdict.json'), 0o755);
    utimesSync(join(folder, 'verdict.json'), 0, 0);
    mkdirSync(join(folder, 'nothing'));
    const { lines, exitCode } = await verifyEvidence(folder);
    assert.match(lines.join('\n'), /^OK: 7 files match\nNot signed: anyone who can edit the files can also edit SHA256SUMS\.$/);
    assert.equal(exitCode, 0);
  });

  test('cannot be looked at where there is no manifest, or no folder', async () => {
    const folder = copy();
    rmSync(join(folder, 'SHA256SUMS'));
    for (const path of [folder, inWork('nowhere'), join(sealed, 'verdict.json')]) {
      const { lines, exitCode } = await verifyEvidence(path);
      assert.match(lines.join('\n'), /^Could not verify: expected the manifest of a run in .*SHA256SUMS, found none\. Name a run's folder/);
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
