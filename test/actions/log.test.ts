import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { causeOf, directoriesIn, endOf, withoutBase64 } from '../../support/actions/log.ts';
import fc from '../fuzz.ts';

const failures = new URL('../recordings/7.4.0/failures/', import.meta.url);
const log = (name: string) => readFileSync(new URL(`${name}/vm.log`, failures), 'utf8');
const names = readdirSync(failures);

describe('the cause of a failed backup, off the logs that were recorded', () => {
  const denied = 'backup: oneadmin@backup01.example.net: Permission denied (publickey).';
  const refused = 'backup: ssh: connect to host backup01.example.net port 22: Connection refused';
  const causes: Readonly<Record<string, readonly [cause: string | undefined, directory?: string, vm?: string]>> = {
    'agent-empty': [denied, '1c9c45'],
    'agent-stopped': [denied, 'da22db'],
    'agent-stopped-incr-vm1': [denied, '188dd4', '1'],
    'authkeys-missing-on-backup': [denied, '46f946'],
    'dir-not-writable': ["backup: mkdir: cannot create directory '/var/lib/one/datastores/100/0/3aba71/': Permission denied", '3aba71'],
    'disk-full': [
      'backup: rsync: [receiver] write failed on "/var/lib/one/datastores/100/0/61de4e/disk.0.0": No space left on device (28)',
      '61de4e',
    ],
    'dsparent-not-writable': ["backup: mkdir: cannot create directory '/var/lib/one/datastores/100': Permission denied", '187e47'],
    'host-no-sshconfig-unknown-key': ['backup: Host key verification failed.', '058dca'],
    'host-own-key-agent-stopped': [undefined],
    'host-sshd-down': ['prebackup_live: ssh: connect to host kvm01.example.net port 22: Connection refused'],
    'jq-missing-on-backup-flatten': [undefined],
    'noisy-bashrc-on-backup': ['backup: protocol version mismatch -- is your shell clean?', 'f61d01'],
    'qemuimg-missing-on-host': ['prebackup_live: ended without a word in: /var/tmp/one/tm/lib/backup_qcow2.rb'],
    'rsync-missing-on-backup': ['backup: bash: line 1: rsync: command not found', '5bc628'],
    'rsync-missing-on-host': ['backup: bash: line 8: rsync: command not found', '0f614f'],
    'sshd-down': [refused, 'bd4b42'],
    'sshd-down-scheduled': [refused, '95bddb'],
  };

  test('each recording has its row', () => assert.deepEqual(names, Object.keys(causes).toSorted()));

  for (const [name, [cause, directory, vm = '0']] of Object.entries(causes)) {
    test(name, () => {
      assert.equal(causeOf(log(name)), cause);
      assert.deepEqual(directoriesIn(log(name), vm), directory === undefined ? [] : [directory]);
      assert.deepEqual(directoriesIn(log(name), '9'), []);
    });
  }

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
    'a command over many lines': ["+ echo 'AAAA\\nBBBB\\n'\\n+ /driver -x\\n", 'backup: ended without a word in: /driver'],
    nothing: ['', undefined],
  };
  for (const [what, [stderr, cause]] of Object.entries(beside)) test(`beside ${what}`, () => assert.equal(causeOf(said(stderr)), cause));

  test('without stderr, the driver’s own message, cut', () => {
    assert.equal(causeOf('Mon Nov 23 05:30:11 2026 [Z0][VMM][E]: BACKUP: Backup cancelled: f59e74\n'), 'Backup cancelled: f59e74');
    assert.equal(causeOf(`x [E]: BACKUP: ${'long '.repeat(100)}\n`)?.length, 200);
    assert.deepEqual(directoriesIn('Backup cancelled: f59e74\n', '0'), ['f59e74']);
  });

  test('the first failure counts, of a log of several', () => {
    assert.equal(causeOf(log('disk-full') + log('sshd-down')), causes['disk-full']?.[0]);
    assert.deepEqual(directoriesIn(log('disk-full') + log('sshd-down'), '0'), ['61de4e', 'bd4b42']);
  });

  test('whatever the log, no crash; and nothing is taken for a cause where nothing failed', () => {
    const line = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...log('disk-full').split('\n'), ...log('sshd-down').split('\n'), "+ '", "\\n'", '[E]: x:   [STDERR] "'),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), fc.integer({ min: -1, max: 2e9 }), (lines, begun) => {
        const text = lines.join('\n');
        const cause = causeOf(text);
        if (!text.includes('[E]: ')) assert.equal(cause, undefined);
        for (const directory of directoriesIn(text, '0')) assert.match(directory, /^[0-9a-f]{6}$/);
        const end = endOf(text, { begun, utcOffset: 0 });
        if (!text.includes('VM backup successfully created.')) assert.notEqual(end, 'created');
        if (!/New LCM state is BACKUP/.test(text)) assert.equal(end, undefined);
      }),
      { numRuns: 1000 },
    );
  });

  test('a log of a megabyte is read at once', () => {
    for (const text of [
      said("+ echo 'A\\n".repeat(100_000)),
      said("+ ''''".repeat(150_000)),
      log('disk-full').repeat(300),
      said('x'.repeat(1_000_000)),
    ]) {
      const began = process.cpuUsage();
      causeOf(text);
      directoriesIn(text, '0');
      endOf(text, { begun: 0, utcOffset: 0 });
      withoutBase64(text);
      assert.ok(process.cpuUsage(began).user < 5e6, text.slice(0, 60));
    }
  });
});

describe('long base64 in a log', () => {
  test('goes from what was recorded, and what is read off the log stays', () => {
    for (const name of names) {
      const [whole, kept] = [log(name), withoutBase64(log(name))];
      assert.doesNotMatch(kept, /[A-Za-z0-9+/]{60}/, name);
      const read = (text: string) => [causeOf(text), directoriesIn(text, '0'), endOf(text, { begun: 0, utcOffset: 0 })];
      assert.deepEqual(read(kept), read(whole), name);
      if (!/[A-Za-z0-9+/]{60}/.test(whole)) assert.equal(kept, whole, name);
    }
    assert.match(withoutBase64(log('host-sshd-down')), /echo "\[… 4444 characters of base64\]/);
  });

  const secret = Buffer.from(`<VM><CONTEXT><ROOT_PW>${'hunter2'.repeat(30)}</ROOT_PW></CONTEXT></VM>`).toString('base64');
  const wrapped = (between: string) => (secret.match(/.{1,60}/g) ?? []).join(between);
  for (const [what, text] of [
    ['in one piece', secret],
    ['in lines of the log', wrapped('\nMon Nov 23 05:30:09 2026 [Z0][VMM][I]: ')],
    ['in lines of the step that failed', wrapped('\nMon Nov 23 05:30:09 2026 [Z0][VMM][E]: prebackup_live: ')],
    ['as bash quotes it', wrapped('\\n')],
  ] as const)
    test(`${what}: how much it was is said`, () => {
      assert.match(withoutBase64(`echo "${text}"\nnext`), new RegExp(`^echo "\\[… ${secret.length} characters of base64\\]"\nnext$`));
    });

  test('what is short stays', () => assert.equal(withoutBase64(`a ${secret.slice(0, 199)} b`), `a ${secret.slice(0, 199)} b`));
});

describe('how a backup ended, by the log', () => {
  const at = (clock: string) => Date.parse(`2026-11-23T${clock}Z`) / 1000;
  const backup = (begins: string, ...rest: string[]) =>
    [`${begins} [Z0][VM][I]: New LCM state is BACKUP`, ...rest].map((line) => `Mon Nov 23 ${line.replace(' ', ' 2026 ')}`).join('\n');
  const created = (from: string, to: string) =>
    backup(from, `${to} [Z0][VMM][I]: VM backup successfully created.`, `${to} [Z0][VM][I]: New LCM state is RUNNING\n`);
  const failed = (from: string, to: string) =>
    backup(
      from,
      `${to} [Z0][VMM][I]: Failed to execute datastore driver operation: backup.`,
      `${to} [Z0][VM][I]: New LCM state is RUNNING\n`,
    );
  const end = (text: string, begun: string, utcOffset = 0) => endOf(text, { begun: at(begun) - utcOffset, utcOffset });

  test('created, failed, and not over', () => {
    assert.equal(end(created('05:00:44', '05:00:47'), '05:00:44'), 'created');
    assert.equal(end(failed('05:00:44', '05:00:47'), '05:00:44'), 'failed');
    assert.equal(end(backup('05:00:44'), '05:00:44'), undefined);
    assert.equal(end('', '05:00:44'), undefined);
    for (const name of names) {
      const met = ['host-own-key-agent-stopped', 'jq-missing-on-backup-flatten'].includes(name);
      assert.equal(endOf(log(name), { begun: 0, utcOffset: 0 }), met ? 'created' : 'failed', name);
    }
  });

  test('of several, the one that began then', () => {
    const text = failed('05:00:10', '05:00:12') + created('05:00:44', '05:00:47') + failed('05:10:00', '05:10:02');
    assert.equal(end(text, '05:00:10'), 'failed');
    assert.equal(end(text, '05:00:44'), 'created');
    assert.equal(end(text, '05:00:45'), 'created', 'whole seconds lie one apart');
    assert.equal(end(text, '05:00:50'), 'failed');
    assert.equal(end(text, '05:10:10'), undefined);
  });

  for (const offset of [5.75 * 3600, -8 * 3600])
    test(`in local time, ${offset} s ahead of UTC`, () =>
      assert.equal(end(failed('05:00:10', '05:00:12') + created('05:00:44', '05:00:47'), '05:00:44', offset), 'created'));

  test('a virtual machine that is powered off', () => {
    const text = created('05:00:44', '05:00:47')
      .replace('BACKUP\n', 'BACKUP_POWEROFF\n')
      .replace('New LCM state is RUNNING', 'New state is POWEROFF');
    assert.equal(end(text, '05:00:44'), 'created');
  });

  test('never begun: it has no end', () =>
    assert.equal(endOf(created('05:00:44', '05:00:47'), { begun: Number.POSITIVE_INFINITY, utcOffset: 0 }), undefined));
});
