/** What is asked about the driver: its scripts, libvirt, limits, and where increments are merged; the questions run on this machine. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, beforeEach, describe, test } from 'node:test';
import { confinementOf, libvirtProbe, libvirtSetup, numberlessOf, readBus, readLibvirt, rubyInteger } from '../../support/facts/libvirt.ts';
import { brokenOf, brokenPrograms, missingOf, missingPrograms, type Program, program } from '../../support/facts/programs.ts';
import { looksInSbin } from '../../support/facts/release.ts';
import {
  differencesProbe,
  placesProbe,
  readDifferences,
  readPlaces,
  readScripts,
  type Scripts,
  scriptsProbe,
  scriptsSetup,
} from '../../support/facts/scripts.ts';
import { readWanted, wantedProbe } from '../../support/facts/storage.ts';
import { LocalShell } from '../../support/machines/local.ts';
import type { CommandResult, Failure } from '../../support/machines/shell.ts';
import { type Probe, read, type Survey, survey } from '../../support/machines/survey.ts';
import { datastore, evidence } from '../made.ts';

const folder = mkdtempSync(join(tmpdir(), 'driver test '));
after(() => rmSync(folder, { recursive: true }));
const put = (path: string, text: string, mode = 0o644) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
  chmodSync(join(folder, path), mode);
};
/** The answer to one question; words of it that name a place of OpenNebula's are changed for one of ours. */
async function answerTo(
  probe: Probe,
  options: { setup?: string; env?: Record<string, string> } = {},
  instead: readonly (readonly [string, string])[] = [],
) {
  const [first, ...more] = probe.argv.map((word) => instead.reduce((text, [of, by]) => text.replaceAll(of, by), word));
  const told = await survey(new LocalShell(), [{ ...probe, argv: [first ?? '', ...more] }], { deadline: 30, ...options });
  return told.answers.get(probe.name) ?? assert.fail('no answer');
}

describe('the driver’s scripts', () => {
  const frontend = "front end's";
  const [qcow2, kvm, backup, rc] = ['tm/lib/backup_qcow2.rb', 'tm/lib/kvm.rb', 'datastore/rsync/backup', 'vmm/kvm/kvmrc'];
  const ours = async (): Promise<Scripts> => {
    const answer = await answerTo(scriptsProbe(10), {}, [['/var/lib/one/remotes', `"${join(folder, frontend)}"`]]);
    return readScripts(answer) ?? assert.fail(JSON.stringify(answer));
  };
  const compared = async (host: string) => {
    const place = join(folder, host);
    return readDifferences(await answerTo(differencesProbe(place, 10), { setup: scriptsSetup(await ours()) }));
  };
  const bring = (to: string) => {
    for (const [path, mode] of [
      [qcow2, 0o755],
      [kvm, 0o644],
      [backup, 0o755],
      [rc, 0o644],
    ] as const)
      put(join(to, path), `the text of ${path}\n`, mode);
  };
  beforeEach(() => {
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    bring(frontend);
    bring('host');
  });

  test('are those of three folders, links followed; what editors and packages leave is none', async () => {
    mkdirSync(join(folder, frontend, 'tm/ssh'));
    symlinkSync('../lib/backup_qcow2.rb', join(folder, frontend, 'tm/ssh/prebackup'));
    for (const left of ['backup_qcow2.rb~', 'kvm.rb.bak', 'kvm.rb.rpmnew', 'x.dpkg-dist', '.kvm.rb.swp', 'kvm.rb.orig'])
      put(join(frontend, 'tm/lib', left), '');
    put(join(frontend, 'im/probe'), '', 0o755);
    put(join(frontend, 'etc/vmm/kvm/kvmrc'), '');
    const { sums, executable } = await ours();
    const paths = sums.split('\n').map((line) => line.slice(66));
    assert.deepEqual(paths.toSorted(), [qcow2, kvm, 'tm/ssh/prebackup', backup, rc].toSorted());
    assert.deepEqual(executable.toSorted(), [qcow2, 'tm/ssh/prebackup', backup].toSorted());
  });

  test('and what their bash scripts source beside those folders, where it is there; hosts are not compared in that', async () => {
    put(join(frontend, 'scripts_common.sh'), 'common\n', 0o755);
    put('host/scripts_common.sh', 'other\n');
    const { sums, executable } = await ours();
    assert.match(sums, / scripts_common\.sh$/m);
    assert.ok(executable.includes('scripts_common.sh'));
    assert.deepEqual(await compared('host'), none);
  });

  test('that cannot be read as such are none', () => {
    for (const [stdout, exitCode] of [
      ['', 0],
      ['x tm/a', 0],
      [`${'0'.repeat(64)}  tm/a\nhello`, 0],
      [`${'0'.repeat(64)}  tm/a`, 1],
    ] as const)
      assert.equal(readScripts(evidence({ stdout, exitCode })), undefined, stdout);
  });

  const none = { missing: [], other: [], notExecutable: [] };
  for (const [what, change, expected] of [
    ['are the same', () => undefined, none],
    ['has further files beside them', () => [put('host/tm/lib/more.rb', 'x'), put('host/etc/x', 'x')], none],
    ['has another version', () => put(`host/${qcow2}`, 'old\n', 0o755), { ...none, other: [qcow2] }],
    ['lacks one', () => unlinkSync(join(folder, 'host', kvm)), { ...none, missing: [kvm] }],
    ['has one that may not be run', () => chmodSync(join(folder, 'host', backup), 0o644), { ...none, notExecutable: [backup] }],
    [
      'has a directory in place of one',
      () => [unlinkSync(join(folder, 'host', kvm)), mkdirSync(join(folder, 'host', kvm))],
      { ...none, missing: [kvm] },
    ],
    ['has one that is empty', () => put(`host/${rc}`, ''), { ...none, other: [rc] }],
    [
      'has an empty folder',
      () => [rmSync(join(folder, 'host'), { recursive: true }), mkdirSync(join(folder, 'host'))],
      { ...none, missing: [backup, qcow2, kvm, rc] },
    ],
    ['has no folder', () => rmSync(join(folder, 'host'), { recursive: true }), 'absent'],
    ['has a file in its place', () => [rmSync(join(folder, 'host'), { recursive: true }), put('host', '')], 'absent'],
  ] as const satisfies readonly (readonly [string, () => unknown, unknown])[])
    test(`a host ${what}`, async () => {
      change();
      const found = await compared('host');
      assert.deepEqual(typeof found === 'object' ? { ...found, missing: found.missing.toSorted() } : found, expected);
    });

  test('are compared in names with blanks and quotes', async () => {
    for (const to of [frontend, 'host']) put(join(to, "tm/lib/it's a $(file) *.rb"), 'x', 0o755);
    assert.deepEqual(await compared('host'), none);
    put("host/tm/lib/it's a $(file) *.rb", 'y', 0o644);
    assert.deepEqual(await compared('host'), {
      ...none,
      other: ["tm/lib/it's a $(file) *.rb"],
      notExecutable: ["tm/lib/it's a $(file) *.rb"],
    });
  });

  test('of which it is not told whether they are the same: no answer', () => {
    for (const exitCode of [1, 2, 124, 127, 137])
      assert.equal(readDifferences(evidence({ exitCode, stdout: '' })), undefined, `${exitCode}`);
  });
});

describe('OpenNebula’s settings', () => {
  const conf = 'one/oned.conf';
  const ask = async () =>
    readPlaces(
      await answerTo(placesProbe(10), {}, [
        ['/etc/one/oned.conf', join(folder, conf)],
        ['/var/lib/one/remotes/etc/datastore', join(folder, 'datastore')],
      ]),
    );
  for (const [what, oned, conf2, expected] of [
    [
      'as packages have them',
      'DB = [ BACKEND = "mysql",\n  PASSWD = "secret" ]\nSCRIPTS_REMOTE_DIR=/var/tmp/one\n',
      '#BACKUP_BASE_PATH="/x"\n',
      { scripts: '/var/tmp/one' },
    ],
    [
      'in quotes, with a comment',
      ' SCRIPTS_REMOTE_DIR = "/opt/one scripts" # ours\n',
      "export BACKUP_BASE_PATH='/srv/stage'\n",
      { scripts: '/opt/one scripts', staging: '/srv/stage' },
    ],
    ['commented out', '# SCRIPTS_REMOTE_DIR=/opt/one\n', '', {}],
    [
      'twice',
      'SCRIPTS_REMOTE_DIR=/a\nSCRIPTS_REMOTE_DIR=/b\n',
      'BACKUP_BASE_PATH=/srv/old\nBACKUP_BASE_PATH=/srv/stage',
      { scripts: '/a', staging: '/srv/stage' },
    ],
    ['empty', 'SCRIPTS_REMOTE_DIR=""\n', 'BACKUP_BASE_PATH=\n', { staging: '/' }],
    ['empty in quotes, which the driver does not read', '', 'BACKUP_BASE_PATH=""\n', {}],
    ['with a blank before its sign, which the driver does not read', '', 'BACKUP_BASE_PATH = /srv/stage\n', {}],
  ] as const)
    test(`are read: ${what}`, async () => {
      put(conf, oned);
      put('datastore/datastore.conf', conf2);
      assert.deepEqual(await ask(), expected);
    });

  test('of a file that cannot be read, that is told; the other one counts', async () => {
    rmSync(join(folder, conf), { force: true });
    put('datastore/datastore.conf', 'BACKUP_BASE_PATH=/srv/stage\n');
    const stderr = "sed: can't read /etc/one/oned.conf: Permission denied\n";
    assert.equal((await ask())?.staging, '/srv/stage');
    assert.deepEqual(readPlaces(evidence({ exitCode: 2, stderr, stdout: '' })), { unread: stderr.trim() });
    assert.equal(readPlaces(evidence({ exitCode: 124, stdout: '' })), undefined);
  });
});

describe('where increments are merged', () => {
  const there = async (path: string) => {
    const { path: _path, ...found } = readWanted(await answerTo(wantedProbe('tmp', path, 10)), path) ?? assert.fail(path);
    return found;
  };
  beforeEach(() => {
    rmSync(folder, { recursive: true });
    mkdirSync(join(folder, 'tmp dir'), { recursive: true });
    put('file', '');
    symlinkSync('nowhere', join(folder, 'dangling'));
    symlinkSync('tmp dir', join(folder, 'link'));
  });
  for (const [what, path, at, is] of [
    ['it is there', 'tmp dir', 'tmp dir', 'directory'],
    ['it is there, written with a slash', 'tmp dir/', 'tmp dir/', 'directory'],
    ['it is a link to a directory', 'link', 'link', 'directory'],
    ['it is not there', 'tmp dir/a/b', 'tmp dir', 'directory'],
    ['it is a file', 'file', 'file', 'no directory'],
    ['it lies below a file', 'file/a', 'file', 'no directory'],
    ['it is a link to nothing', 'dangling', 'dangling', 'link to nothing'],
    ['it lies below a link to nothing', 'dangling/a/b', 'dangling', 'link to nothing'],
  ] as const)
    test(what, async () => {
      const { there: found, is: kind } = await there(join(folder, path));
      assert.deepEqual([found, kind], [join(folder, at), is]);
    });

  test('nothing of it but / is there', async () => assert.deepEqual((await there('/no such place/at/all')).there, '/'));

  test('a file system that may not be written, and one that may', async () => {
    assert.deepEqual(await there('/proc/sys'), { there: '/proc/sys', is: 'directory', usable: false });
    assert.equal((await there(join(folder, 'tmp dir'))).usable, true);
  });

  test('an answer that is none', () => {
    for (const [stdout, exitCode] of [
      ['', 0],
      ['yes\tdirectory', 0],
      ['yes\tsocket\t/x', 0],
      ['yes\tdirectory\t/x', 124],
    ] as const)
      assert.equal(readWanted(evidence({ stdout, exitCode }), '/x'), undefined, stdout);
  });
});

describe('programs that are run', () => {
  const named = ['good', 'loader', 'silent', 'mute', 'wordy', 'old', 'busy', 'ssh', 'gone'].map((name) => program(name, name, 'x'));
  test('those that do not end well are told, with what they said first; those that are not there are missing', async () => {
    rmSync(folder, { recursive: true });
    put('good', '#!/bin/sh\necho 1.0; echo warning >&2\n', 0o755);
    put('loader', '#!/bin/sh\necho "loader: error while loading shared libraries: libx.so.1" >&2; echo more >&2; exit 127\n', 0o755);
    put('silent', '#!/bin/sh\nexit 3\n', 0o755);
    put('mute', '#!/bin/sh\n', 0o755);
    put('old', '#!/bin/sh\necho "old: not an option: --version" >&2; exit 2\n', 0o755);
    put('busy', '#!/bin/sh\necho "busy: unrecognized: --version" >&2; exit 1\n', 0o755);
    put('wordy', '#!/bin/sh\necho "on standard output"; exit 1\n', 0o755);
    const env = { PATH: `${folder}:${process.env.PATH}` };
    const told = await survey(new LocalShell(), [missingPrograms(named), brokenPrograms(named, 10)], {
      deadline: 30,
      env,
    });
    const broken = brokenOf(told, named);
    assert.deepEqual('value' in broken && broken.value.map(({ program: { name }, said }) => `${name}: ${said}`), [
      'loader: loader: error while loading shared libraries: libx.so.1',
      'silent: exit 3',
      'mute: nothing',
      'wordy: on standard output',
    ]);
  });
});

describe('a bash that does not run', () => {
  const needed = ['bash', 'ls'].map((name) => program(name, name, 'x'));
  const ended = (exitCode: number, stderr = '', failure?: Failure): Survey => {
    const asked: CommandResult = { ...evidence({ stdout: '', stderr, exitCode }), ...(failure && { failure }) };
    return read(asked, [], 'mark');
  };
  const lacks = (told: Survey) => {
    const [missing, broken] = [missingOf(told, needed), brokenOf(told, needed)];
    const names = (programs: readonly Program[]) => programs.map(({ name }) => name).join();
    return 'value' in missing && 'value' in broken && [names(missing.value), broken.value.map(({ said }) => said).join()];
  };
  test('is what is wrong where we were let in, and nothing answered', () => {
    assert.deepEqual(lacks(ended(1)), ['', 'exit 1']);
    assert.deepEqual(lacks(ended(127, 'bash: error while loading shared libraries: libtinfo.so.6')), [
      '',
      'bash: error while loading shared libraries: libtinfo.so.6',
    ]);
    assert.deepEqual(lacks(ended(127, "timeout: failed to run command 'bash': No such file or directory")), ['bash', '']);
  });
  test('is not taken for one where something else may have cut the answer off', () => {
    for (const told of [ended(124), ended(137), ended(255), ended(0), ended(1, '', { kind: 'stuck', message: 'x' })])
      assert.equal(lacks(told), false);
  });
});

describe('libvirt', () => {
  const compiled =
    'Compiled against library: libvirt 9.0.0\nUsing library: libvirt 9.0.0\nUsing API: QEMU 9.0.0\nRunning hypervisor: QEMU 7.2.22\n';
  const socket =
    "error: failed to connect to the hypervisor\nerror: Failed to connect socket to '/var/run/libvirt/libvirt-sock': Permission denied\n";
  for (const [what, answer, expected] of [
    [
      'answers: the version is that of its daemon',
      { stdout: `${compiled}Running against daemon: 8.0.0\n` },
      { state: 'answers', version: '8.0.0' },
    ],
    ['answers, and names no daemon', { stdout: compiled }, { state: 'answers', version: '9.0.0' }],
    ['answers something else', { stdout: 'virsh: a stand-in\n' }, undefined],
    [
      'refuses: the cause is told last',
      { exitCode: 1, stdout: '', stderr: socket },
      {
        state: 'refuses',
        said: "failed to connect to the hypervisor: Failed to connect socket to '/var/run/libvirt/libvirt-sock': Permission denied",
      },
    ],
    ['refuses, and says nothing', { exitCode: 1, stdout: '' }, { state: 'refuses', said: 'exit 1' }],
    ['cannot be asked: virsh is missing', { exitCode: 127, stdout: '', stderr: 'virsh: not found' }, { state: 'unasked' }],
    ['cannot be asked: virsh may not be run', { exitCode: 126, stdout: '' }, { state: 'unasked' }],
    ['does not answer in time', { exitCode: 124, stdout: '' }, undefined],
  ] as const)
    test(what, () => assert.deepEqual(readLibvirt(evidence(answer)), expected));

  test('is the one that the driver means', async () => {
    put('virsh', '#!/bin/sh\necho "$@"\n', 0o755);
    put('kvmrc', '# LIBVIRT_URI=no\nexport LANG=C\nexport LIBVIRT_URI="qemu+unix:///system"\n');
    const PATH = `${folder}:${process.env.PATH}`;
    const asked = async (kvmrc: string, env: Record<string, string>) =>
      (
        await answerTo(libvirtProbe(10), {
          setup: libvirtSetup.replaceAll('/var/lib/one/remotes/etc/vmm/kvm/kvmrc', `"${join(folder, kvmrc)}"`),
          env,
        })
      ).stdout;
    assert.equal(await asked('none', { PATH }), '--connect qemu:///system version --daemon');
    assert.equal(await asked('none', { PATH, LIBVIRT_URI: 'qemu:///session' }), '--connect qemu:///session version --daemon');
    assert.equal(await asked('kvmrc', { PATH }), '--connect qemu+unix:///system version --daemon');
  });
});

describe('limits of what the driver runs on hosts', () => {
  const saved = (template: Record<string, string[]>) => datastore({ template });
  for (const [what, template, release, expected] of [
    ['none', {}, '7.4.0', '|false|'],
    ['nice', { RSYNC_NICE: ['19'] }, '7.4.0', 'nice|false|RSYNC_NICE'],
    ['both kinds of nice', { RSYNC_NICE: ['19'], RSYNC_IONICE: ['7'] }, '7.4.0', 'nice ionice|false|RSYNC_NICE RSYNC_IONICE'],
    [
      'a quota; nice counts no more',
      { RSYNC_NICE: ['19'], RSYNC_CPU_QUOTA: ['50'] },
      '7.4.0',
      'systemctl systemd-run flock|true|RSYNC_CPU_QUOTA',
    ],
    ['memory', { RSYNC_MEMORY_MAX_MB: ['512'] }, '7.4.0', 'systemctl systemd-run flock|true|RSYNC_MEMORY_MAX_MB'],
    ['memory, before the driver knew it', { RSYNC_MEMORY_MAX_MB: ['512'] }, '6.10.5', '|false|'],
    [
      'memory, of a release that is not known',
      { RSYNC_MEMORY_MAX_MB: ['512'] },
      undefined,
      'systemctl systemd-run flock|true|RSYNC_MEMORY_MAX_MB',
    ],
    ['empty, or -1, is no limit', { RSYNC_NICE: [''], RSYNC_MAX_RIOPS: ['-1'] }, '7.4.0', '|false|'],
    [
      'reads and writes',
      { RSYNC_MAX_RIOPS: ['100'], RSYNC_MAX_WIOPS: ['9'] },
      '6.10.5',
      'systemctl systemd-run flock|true|RSYNC_MAX_RIOPS RSYNC_MAX_WIOPS',
    ],
  ] as const)
    test(what, () => {
      const { programs, bus, attributes } = confinementOf(saved(template as unknown as Record<string, string[]>), release);
      assert.equal([programs.map(({ name }) => name).join(' '), bus, attributes.join(' ')].join('|'), expected);
    });

  test('priorities are tried as the driver sets them, and what is no number is not', () => {
    const polite = (template: Record<string, string[]>) => confinementOf(saved(template), '7.4.0').polite.join(' ');
    assert.equal(polite({ RSYNC_NICE: ['010'], RSYNC_IONICE: ['7'] }), 'nice -n 8 ionice -c2 -n 7');
    assert.equal(polite({ RSYNC_IONICE: ['-5'] }), 'ionice -c2 -n -5');
    assert.equal(polite({ RSYNC_NICE: ['low'], RSYNC_IONICE: ['7'] }), '');
  });
  test('numbers are what Ruby takes for such', () => {
    const numbers = { '5': 5, ' -7 ': -7, '+3': 3, '010': 8, '0x1F': 31, '0b11': 3, '1_000': 1000, '0': 0 };
    for (const [text, number] of Object.entries(numbers)) assert.equal(rubyInteger(text), number, text);
    for (const text of ['', 'low', '50%', '1.5', '08', '1e3', '5 6', '_1', '1__0', '0x', '--1'])
      assert.equal(rubyInteger(text), undefined, text);
  });
  test('what is no number is told; a priority beside a slice may not be read', () => {
    const numberless = (template: Record<string, string[]>) => numberlessOf(saved(template), '7.4.0');
    assert.deepEqual(numberless({ RSYNC_NICE: ['low'] }), { sure: ['RSYNC_NICE is “low”'], unsure: [] });
    assert.deepEqual(numberless({ RSYNC_NICE: ['low'], RSYNC_CPU_QUOTA: ['50'] }), { sure: [], unsure: ['RSYNC_NICE is “low”'] });
    assert.deepEqual(numberless({ RSYNC_NICE: ['19'] }), { sure: [], unsure: [] });
  });
  test('without a datastore there are none', () => assert.deepEqual(confinementOf(undefined, '7.4.0').programs, []));

  for (const [what, answer, expected] of [
    ['answers', { stdout: 'Version=252.39-1~deb12u1\n' }, ''],
    [
      'is not there',
      { exitCode: 1, stdout: '', stderr: 'Failed to connect to bus: No medium found\n' },
      'Failed to connect to bus: No medium found',
    ],
    ['is not there, and nobody says so', { exitCode: 1, stdout: '' }, 'exit 1'],
    ['does not answer in time', { exitCode: 124, stdout: '' }, undefined],
  ] as const)
    test(`systemd’s manager of the account ${what}`, () => assert.equal(readBus(evidence(answer)), expected));
});

test('the driver looks for programs in /usr/sbin from 7.2 on', () => {
  for (const [release, expected] of [
    ['6.10.5', false],
    ['7.0.2', false],
    ['7.1.99', false],
    ['7.2', true],
    ['7.2.0', true],
    ['7.10', true],
    [undefined, true],
  ] as const)
    assert.equal(looksInSbin(release), expected, release);
});
