/** Output that cannot be written, and a terminal that goes away: no verdict changes, no exit code, and the run's folder is whole. No lab is needed. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'output test '));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a line of bash in the folder, in a session of its own; `meanwhile` is called with its process's id when something was said. */
function bash(line: string, reports: string, meanwhile?: (leader: number) => void) {
  const env = {
    ...process.env,
    PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
    BACKUP_COMPLIANCE_SITE: join(folder, 'site.yaml'),
    BACKUP_COMPLIANCE_REPORTS: join(folder, reports),
  };
  const child = spawn('bash', ['-c', line], { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const hear = (chunk: Buffer) => {
    if (said === '' && child.pid !== undefined) meanwhile?.(child.pid);
    said += chunk;
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk));
  return new Promise<{ exitCode: number | null; said: string; stdout: string }>((resolve) =>
    child.on('close', (exitCode) => resolve({ exitCode, said, stdout })),
  );
}

/** What the only run of a reports folder came to, and which files it left. */
function runIn(reports: string) {
  const runs = readdirSync(join(folder, reports)).filter((name) => /^\d{4}-/.test(name));
  assert.equal(runs.length, 1);
  const at = join(folder, reports, runs[0] ?? '');
  const { exitCode, requirements } = JSON.parse(readFileSync(join(at, 'verdict.json'), 'utf8')) as {
    exitCode: number;
    requirements: { id: string; outcome: string }[];
  };
  return { exitCode, outcomes: requirements.map(({ id, outcome }) => `${id} ${outcome}`), files: readdirSync(at).toSorted() };
}

const audit = 'bin/backup-compliance audit --site "$BACKUP_COMPLIANCE_SITE" --reports "$BACKUP_COMPLIANCE_REPORTS"';
const cucumber = 'node_modules/.bin/cucumber-js -p audit';

describe('an audit', () => {
  let plain: Awaited<ReturnType<typeof bash>>;
  let whole: ReturnType<typeof runIn>;

  before(async () => {
    // Its OpenNebula lists nothing, whatever this machine has of its own, and nobody's backup server is there: that is a verdict like any other.
    mkdirSync(join(folder, 'bin'));
    for (const pool of ['onedatastore', 'onehost', 'onevm', 'oneimage']) {
      writeFileSync(join(folder, 'bin', pool), `#!/bin/sh\necho '<${pool.slice(3).toUpperCase()}_POOL/>'\n`);
      chmodSync(join(folder, 'bin', pool), 0o755);
    }
    writeFileSync(join(folder, 'bin/oneuser'), "#!/bin/sh\necho '<USER><ID>0</ID><NAME>oneadmin</NAME></USER>'\n", { mode: 0o755 });
    const datastore = '{ name: x, rsync_user: oneadmin, rsync_host: nowhere.invalid }';
    writeFileSync(join(folder, 'site.yaml'), `name: here\nfrontend: local\naccount: ${userInfo().username}\ndatastore: ${datastore}\n`);
    plain = await bash(audit, 'whole');
    whole = runIn('whole');
    assert.equal(plain.exitCode, whole.exitCode);
    assert.ok(whole.outcomes.length > 10 && whole.files.includes('index.html'));
    // What is about no subject names who was asked.
    const results = join(folder, 'whole/latest/allure-results');
    const steps = readdirSync(results).map((name) => readFileSync(join(results, name), 'utf8'));
    assert.ok(
      steps.some((text) => text.includes(`"name":"${hostname()}: not met"`)) && !steps.some((text) => text.includes('"undefined: ')),
    );
  });

  for (const [at, [what, line]] of [
    ['whose errors cannot be written', `${audit} 2> /dev/full`],
    ['whose output cannot be written', `${audit} > /dev/full`],
    ['whose output is closed', `${audit} >&- 2>&-`],
    ['whose reader ends after a line', `${audit} 2>&1 | head -1; exit "\${PIPESTATUS[0]}"`],
    ['whose reader has ended before', `${audit} 2>&1 | true; exit "\${PIPESTATUS[0]}"`],
    ['by Cucumber, whose output cannot be written', `${cucumber} > /dev/full 2>&1`],
  ].entries())
    test(what ?? '', async () => {
      const { exitCode, said } = await bash(line ?? '', `${at}`);
      assert.equal(exitCode, whole.exitCode, said);
      assert.deepEqual(runIn(`${at}`), whole, said);
      assert.doesNotMatch(said, /^ +at .+:\d+:\d+\)?$/m, 'no stack trace');
    });

  test('whose terminal goes away, with all that was started on it', async () => {
    // With -v something is said while it runs: without, the first word is the result, and it is over.
    const { exitCode, said } = await bash(`${audit} -v`, 'hangup', (leader) => process.kill(-leader, 'SIGHUP'));
    assert.equal(exitCode, whole.exitCode, said);
    assert.deepEqual(runIn('hangup'), whole, said);
  });

  test('-q prints the verdict line, and nothing else', async () => {
    const { exitCode, said } = await bash(`${audit} -q`, 'quiet');
    assert.match(said, /^NOT COMPLIANT: \d+ findings \(exit 1\)\n$/);
    assert.equal(exitCode, 1);
  });

  test('--json prints verdict.json as it was written, and nothing else', async () => {
    const { exitCode, said, stdout } = await bash(`${audit} --json`, 'json');
    assert.equal(stdout, readFileSync(join(folder, 'json/latest/verdict.json'), 'utf8'));
    assert.equal(said, stdout);
    assert.equal(exitCode, whole.exitCode);
  });

  test('output that is lost is said in a line, unless it is its reader that has ended', async () => {
    const lost = await bash(`${audit} --json > /dev/full`, 'json-lost');
    assert.match(lost.said, /^backup-compliance: the output could not be written, it is incomplete: ENOSPC: .*\n$/);
    assert.deepEqual([lost.exitCode, runIn('json-lost')], [whole.exitCode, whole]);
    const unread = await bash(`${audit} --json | true; exit "\${PIPESTATUS[0]}"`, 'json-unread');
    assert.deepEqual([unread.said, unread.exitCode], ['', whole.exitCode]);
  });

  test('in a pipe there is no progress, but with -v, which tells of all requirements', async () => {
    assert.equal(plain.said, plain.stdout);
    assert.doesNotMatch(plain.said, /^\d+ of \d+: /m);
    const verbose = await bash(`${audit} -v`, 'verbose');
    assert.equal((verbose.said.match(/^\d+ of \d+: BDS-\d{3}, .+$/gm) ?? []).length, whole.outcomes.length);
    for (const each of whole.outcomes) assert.ok(verbose.stdout.includes(`\n${each.slice(0, 7)}  `), each);
  });

  test('on a terminal progress is one line, and gone in the end', async () => {
    const typed = `script -qec '${audit}' /dev/null`;
    const { said } = await bash(`COLUMNS=80 ${typed}`, 'terminal');
    const cleared = '\r\u001b[2K';
    assert.ok(
      said.split(cleared).some((line) => /^BDS-101 · (\d+ of \d+ hosts · )?\d+ s$/.test(line)),
      said,
    );
    const end = said.lastIndexOf(cleared);
    assert.doesNotMatch(said.slice(end), / · \d+ s/, 'what stays is the result');
    assert.ok(!said.slice(0, end).includes('NOT COMPLIANT:'));
  });

  test('--only takes several requirements, and the verdict is of these only', async () => {
    const { stdout } = await bash(`${audit} --only BDS-101,BDS-103 --only BDS-402`, 'several');
    assert.deepEqual(
      runIn('several').outcomes.map((each) => each.slice(0, 7)),
      ['BDS-101', 'BDS-103', 'BDS-402'],
    );
    assert.match(stdout, /^BDS-101, BDS-103, BDS-402 ONLY: NOT COMPLIANT, 3 findings \(exit 1\)$/m);
  });

  test('--only of a host that OpenNebula does not list ends with 3, and there is no run', async () => {
    const { exitCode, said } = await bash(`${audit} --only BDS-102@kvm99`, 'unknown');
    assert.equal(exitCode, 3);
    assert.match(said, /^backup-compliance: @kvm99: OpenNebula lists none of that name\./);
    assert.equal(existsSync(join(folder, 'unknown')), false);
  });

  test('--fail-on leaves out what is below, and says so; what counts and could not be checked is not hidden', async () => {
    const one = await bash(`${audit} -q --only BDS-304 --fail-on blocker`, 'below');
    assert.equal(one.said, 'BDS-304 ONLY: NOTHING EVALUATED; findings below blocker do not count (--fail-on): 1 not met (exit 4)\n');
    const all = await bash(`${audit} -q --fail-on blocker`, 'blocker');
    assert.match(all.said, /^NOT COMPLIANT: 3 findings; findings below blocker do not count \(--fail-on\): .* \(exit 1\)\n$/);
    assert.equal((await bash(`${audit} --fail-on severe`, 'none')).exitCode, 3);
  });

  test('whose reports cannot be written names the place, and ends with 3', async () => {
    mkdirSync(join(folder, 'file'));
    writeFileSync(join(folder, 'file', 'reports'), '');
    const { exitCode, said } = await bash(audit, 'file/reports');
    assert.equal(exitCode, 3, said);
    assert.ok(said.includes(`the reports folder ${join(folder, 'file/reports')} cannot be written`), said);
  });
});

describe('a command that is no run ends with its own exit code', () => {
  for (const [command, exitCode] of [
    ['explain', 0],
    ['--help', 0],
    ['explain BDS-000', 3],
    ['nonsense', 3],
    ['status --reports /nowhere', 2],
    ['merge /nowhere --reports "$BACKUP_COMPLIANCE_REPORTS"', 2],
    ['check', 0],
    ['check --site /nowhere', 3],
    ['completion bash', 0],
    ['completion fish', 3],
    ['audit -q --json', 3],
  ] as const)
    test(command, async () => {
      const ended = await bash(`bin/backup-compliance ${command} > /dev/full 2>&1`, 'none');
      assert.deepEqual(ended, { exitCode, said: '', stdout: '' });
    });
});

test('each option has an example in the help of its command', async () => {
  for (const [command, ...shown] of [
    ['audit', '-q', '-v', '--json', '--only', '--fail-on'],
    ['gate', '-q', '--plan', '--only', '--fail-on'],
    ['setup', '-q', '--plan'],
    ['check', '--site'],
    ['completion', 'bash', 'zsh'],
  ] as const) {
    const { stdout, exitCode } = await bash(`bin/backup-compliance ${command} --help`, 'none');
    assert.equal(exitCode, 0);
    const [head = '', examples = ''] = stdout.split('\nExamples:\n');
    for (const each of shown) {
      assert.ok(head.includes(each), `${command} explains ${each}`);
      assert.ok(new RegExp(`backup-compliance .*${each}\\b`).test(examples), `${command} shows ${each}`);
    }
  }
});
