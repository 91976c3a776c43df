import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { boot } from '../../support/actions/boot.ts';
import { readGuest } from '../../support/actions/guest.ts';
import type { Change, RunJournal } from '../../support/actions/journal.ts';
import { endMachines } from '../../support/actions/machines.ts';
import type { Machines } from '../../support/facts/cloud.ts';
import { LocalShell } from '../../support/machines/local.ts';
import type { Command, CommandResult } from '../../support/machines/shell.ts';
import type { Evidence } from '../../support/outcome/evidence.ts';
import { disk as diskOf, evidence, image, link, wholeCloud } from '../made.ts';

type Told = Partial<CommandResult> | string;
const NAME = 'backup-compliance-r-boot';

/** OpenNebula as a function from a command's words to what it says, by turns; and all that was asked. */
function cloud(answers: (words: string, turn: number, command: Command) => Told | undefined) {
  const asked: string[] = [];
  const run = async (command: Command): Promise<CommandResult> => {
    const words = command.argv.join(' ');
    const told = answers(words, asked.filter((each) => each === words).length, command) ?? '';
    asked.push(words);
    const stdout = typeof told === 'string' ? told : '';
    return { ...evidence({ machine: 'frontend01', command: words, stdout }), ...(typeof told === 'object' && told) };
  };
  const { site } = wholeCloud();
  const shell = { machine: 'frontend01', account: 'oneadmin', run } as unknown as Machines['onFrontend'];
  const deadlines = { ...site.deadlines, restore: 1, boot: 1, cleanup: 1 };
  const machines: Machines = { site: { ...site, deadlines }, onFrontend: shell, onBackupServer: shell };
  return { machines, asked };
}

const template = (parts = '') => `<VMTEMPLATE><ID>3</ID><TEMPLATE><CPU>1</CPU>${parts}</TEMPLATE></VMTEMPLATE>`;
const disk = (parts: string) => `<DISK>${parts}</DISK>`;
const restoredImages = `<IMAGE_POOL><IMAGE><ID>5</ID><NAME>${NAME}-disk-0</NAME><STATE>1</STATE></IMAGE></IMAGE_POOL>`;
const vm = (state: string, lcm = '0', more = '') =>
  `<VM><ID>8</ID><NAME>${NAME}</NAME><STATE>${state}</STATE><LCM_STATE>${lcm}</LCM_STATE>${more}</VM>`;

interface Given {
  readonly restore?: Told;
  readonly templates?: readonly string[];
  readonly instantiate?: Told;
  /** By turns, the last one for good. */
  readonly vm?: string | readonly string[];
  /** What virsh does on its host, as a script. */
  readonly virsh?: string;
  /** What OpenNebula shows of image 9000. */
  readonly original?: Told;
}
async function started({
  restore = 'VM Template: 3\nImages: 5\n',
  templates = [template()],
  instantiate = 'VM ID: 8\n',
  vm: shown = vm('1'),
  virsh = 'exit 1',
  original = '<IMAGE><ID>9000</ID><NAME>system</NAME><TYPE>0</TYPE></IMAGE>',
}: Given) {
  const looks: number[] = [];
  const { machines, asked } = cloud((words, turn) => {
    if (words.startsWith('oneimage list')) return restoredImages;
    if (words === 'oneimage show -x 9000') return original;
    if (words.startsWith('onetemplate show')) return templates[Math.min(turn, templates.length - 1)];
    if (!words.startsWith('onevm show')) return undefined;
    looks.push(Date.now());
    return [shown].flat()[Math.min(turn, [shown].flat().length - 1)];
  });
  const host = {
    run: (command: Command) => new LocalShell().run({ ...command, env: { PATH: `${virshSaying(virsh)}:${process.env.PATH}` } }),
  };
  Object.assign(machines.onFrontend, { hop: () => host });
  const changes: Change[] = [];
  const record: RunJournal['record'] = async (written, command) => {
    changes.push(...written);
    const words = command?.argv.join(' ') ?? '';
    asked.push(words);
    const told = words.startsWith('oneimage') ? restore : instantiate;
    return { ...evidence({ command: words, stdout: typeof told === 'string' ? told : '' }), ...(typeof told === 'object' && told) };
  };
  const journal = { run: 'r', changes, record } as unknown as RunJournal;
  const backup = image({ id: '10', increments: [link('0', 'a', 1), link('4', 'b', 2)] });
  const disks = ['0', '3'].map((id) => diskOf({ id }));
  return { ...(await boot(machines, { backup, disks, journal, signal: new AbortController().signal })), changes, asked, looks };
}

/** A folder with a virsh that does that. */
function virshSaying(script: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'virsh-'));
  after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'virsh'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return folder;
}

describe('what was restored is started', { concurrency: true }, () => {
  const rows: Readonly<Record<string, readonly [given: Given, stage: string, found: RegExp]>> = {
    'it cannot be restored': [{ restore: 'Not enough space\n' }, 'unseen', /could not be restored to be started: Not enough space/],
    'no template comes of it': [{ restore: 'Images: 5\n' }, 'unseen', /no template/],
    'a network stays': [{ templates: [template('<NIC><IP>1</IP></NIC>')] }, 'unseen', /networks or devices .* could not be taken out/],
    'it has words for libvirt': [
      { templates: [template('<RAW><DATA><![CDATA[<devices/>]]></DATA></RAW>')] },
      'unseen',
      /^RAW in the restored template: .* Nothing was started$/,
    ],
    'a disk is that of the original': [
      { templates: [template(`${disk('<IMAGE_ID>5</IMAGE_ID>')}${disk('<IMAGE_ID>9000</IMAGE_ID>')}`)] },
      'foreign',
      /^disk 3 is that of image 9000 “system”$/,
    ],
    'nobody knows what image a disk is of': [
      { templates: [template(disk('<IMAGE_ID>9000</IMAGE_ID>'))], original: { exitCode: 255, stderr: 'no' } },
      'unseen',
      /oneimage show -x 9000 ended with exit 255: no/,
    ],
    'it is refused': [{ instantiate: { exitCode: 255, stderr: '[one.template.instantiate] no\n' } }, 'refused', /no$/],
    'nobody hears of it': [{ instantiate: { exitCode: 255, stderr: 'Failed to open TCP connection to x' } }, 'unseen', /Failed to open/],
    'it has no host': [
      { vm: vm('1', '0', '<USER_TEMPLATE><SCHED_MESSAGE>no host</SCHED_MESSAGE></USER_TEMPLATE>') },
      'unplaced',
      /^PENDING after 1 s: no host$/,
    ],
    'it is slow': [{ vm: vm('3', '2') }, 'late', /^BOOT after 1 s$/],
    'it cannot be brought to its host': [
      { vm: vm('3', '39', '<USER_TEMPLATE><ERROR>no room</ERROR></USER_TEMPLATE>') },
      'failed',
      /^PROLOG_FAILURE: no room$/,
    ],
    'it does not boot': [{ vm: vm('3', '36') }, 'failed', /^BOOT_FAILURE$/],
    'its host is lost': [{ vm: vm('3', '16') }, 'unseen', /lost sight/],
    'it has ended': [{ vm: vm('8') }, 'failed', /^POWEROFF$/],
  };
  for (const [what, [given, stage, found]] of Object.entries(rows))
    test(`${what}: ${stage}`, async () => {
      const booted = await started(given);
      assert.equal(booted.stage, stage);
      assert.match(booted.found, found);
    });

  test('all is written down before it is done, without network, of the newest increment', async () => {
    const { changes, asked } = await started({});
    assert.deepEqual(changes, [
      { change: 'boot', name: NAME, image: '10' },
      { change: 'start', name: NAME, template: '3' },
    ]);
    const [restore] = asked;
    assert.match(restore ?? '', new RegExp(`^oneimage restore 10 -d default --name ${NAME} --increment 4 --no_nic$`));
    assert.ok(asked.includes(`onetemplate instantiate 3 --name ${NAME}`));
    assert.ok(!asked.some((words) => words.startsWith('onetemplate update')), 'what has no device is left as it is');
  });

  test('nothing is started with a disk of the original, or with words for libvirt', async () => {
    const parts = [disk('<IMAGE_ID>9000</IMAGE_ID>'), '<RAW><TYPE>kvm</TYPE><DATA>x</DATA></RAW>'];
    for (const [at, part] of parts.entries()) {
      const { asked, foreign } = await started({ templates: [template(part)] });
      assert.deepEqual(foreign, at === 0 ? ['0'] : undefined);
      assert.ok(!asked.some((words) => words.startsWith('onetemplate instantiate')));
    }
    for (const empty of ['<RAW><DATA></DATA></RAW>', '<RAW><DATA_VMX>x</DATA_VMX></RAW>'])
      assert.equal((await started({ templates: [template(empty)] })).stage, 'unplaced');
  });

  test('it is started with restored disks, volatile ones, and the CD-ROMs of the original', async () => {
    const disks = ['<IMAGE_ID>5</IMAGE_ID>', '<TYPE>fs</TYPE><SIZE>100</SIZE>', '<TYPE>swap</TYPE><SIZE>100</SIZE>'];
    const [whole, cdrom] = [disks.map(disk).join(''), disk('<IMAGE_ID>9000</IMAGE_ID>')];
    const original = '<IMAGE><ID>9000</ID><NAME>cd</NAME><TYPE>1</TYPE></IMAGE>';
    const rows: readonly Given[] = [
      { templates: [template(whole)] },
      { templates: [template(whole + cdrom)], original },
      { templates: [template(disk('<IMAGE_ID>9000</IMAGE_ID><TYPE>CDROM</TYPE>'))], original: { exitCode: 255 } },
    ];
    for (const given of rows) assert.equal((await started(given)).stage, 'unplaced');
  });

  test('devices are taken out, and only then is it started', async () => {
    const { asked, stage } = await started({ templates: [template('<PCI><CLASS>0302</CLASS></PCI>'), template()] });
    assert.equal(stage, 'unplaced');
    assert.ok(asked.indexOf('onetemplate update 3') < asked.findIndex((words) => words.startsWith('onetemplate instantiate')));
  });
});

describe('what runs is looked at again ten seconds later', { concurrency: true }, () => {
  const runs = vm('3', '3');
  const agent = (words: string, exit: number) =>
    `case "$*" in *domstate*) echo running ;; *agent*) ${words}; exit ${exit} ;; *) exit 1 ;; esac`;
  const silent = agent('echo "error: Guest agent is not responding: Guest agent not available for now" >&2', 1);
  const rows: Readonly<Record<string, readonly [given: Given, stage: string, found: RegExp, answers?: boolean]>> = {
    'it runs, and nobody inside can be asked': [{ vm: runs }, 'runs', /^$/, false],
    'it runs, and its agent answers': [{ vm: runs, virsh: agent(`echo '{"return":{}}'`, 0) }, 'runs', /^$/, true],
    'its agent is silent': [{ vm: runs, virsh: silent }, 'silent', /Guest agent not available for now/],
    'it has ended': [{ vm: [runs, vm('8')] }, 'died', /^POWEROFF$/],
    'it has ended, and its agent is silent': [{ vm: [runs, vm('8')], virsh: silent }, 'died', /^POWEROFF$/],
    'libvirt no longer has it': [{ vm: runs, virsh: 'echo "error: failed to get domain" >&2; exit 1' }, 'died', /libvirt no longer has it/],
    'its host is lost': [{ vm: [runs, vm('3', '16')] }, 'unseen', /lost sight/],
    'nobody can tell': [{ vm: [runs, '<VM>'] }, 'unseen', /./],
  };
  for (const [what, [given, stage, found, answers]] of Object.entries(rows))
    test(`${what}: ${stage}`, async () => {
      const booted = await started(given);
      assert.deepEqual([booted.stage, booted.agentAnswers], [stage, answers]);
      assert.match(booted.found, found);
      assert.equal(booted.looks.length, 2);
      const [first = 0, second = 0] = booted.looks;
      assert.ok(second - first >= 9900, `${second - first} ms`);
    });
});

describe('what libvirt tells of it', () => {
  const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABAQAAAAA3bvkkAAAACklEQVR42mNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==';
  const said = Buffer.concat([Buffer.from(PNG, 'base64'), Buffer.from('Screenshot saved to /dev/stdout\n')]).toString('base64');
  const answer = (changes: Partial<Evidence> = {}) => evidence({ stdout: '', ...changes });
  const whole = { state: answer({ stdout: 'running\n' }), agent: answer({ stdout: '{"return":{}}\n' }), screen: answer({ stdout: said }) };
  const read = (changes: Readonly<Record<string, Evidence | undefined>> = {}) =>
    readGuest(new Map(Object.entries({ ...whole, ...changes }).flatMap(([name, each]) => (each ? [[name, each] as const] : []))));
  const failed = (stderr: string) => answer({ exitCode: 1, stderr: `${stderr}\n` });

  test('it is there, answers, and has a picture, without what virsh says behind it', () => {
    const { gone, agent, notes, evidence: kept } = read();
    assert.deepEqual([gone, agent, notes], [undefined, 'answers', []]);
    assert.deepEqual([kept[2]?.picture, kept[2]?.stdout], [PNG, '']);
  });
  test('it is gone, or does not work', () => {
    assert.match(read({ state: failed("error: failed to get domain 'one-8'") }).gone ?? '', /no longer has it/);
    for (const word of ['paused', 'shut off', 'crashed'])
      assert.match(read({ state: answer({ stdout: `${word}\n` }) }).gone ?? '', new RegExp(`“${word}”`));
  });
  test('who could not be asked says nothing of it', () => {
    for (const state of [undefined, failed('error: failed to connect to the hypervisor'), answer({ stdout: '' })]) {
      const { gone, notes } = read({ state });
      assert.equal(gone, undefined);
      assert.match(notes.join(), /could not be asked about it/);
    }
  });
  test('an agent that is not connected, or not there, is no miss; one that is, and does not answer, is', () => {
    for (const words of [
      'Guest agent is not responding: QEMU guest agent is not connected',
      'argument unsupported: QEMU guest agent is not configured',
      'x',
    ]) {
      const { agent, notes } = read({ agent: failed(`error: ${words}`) });
      assert.equal(agent, 'none');
      assert.match(
        notes.join(),
        /^No guest agent of the restored VM could be asked \(.*\)\. OpenNebula says .* The picture of its screen shows .*\.$/,
      );
    }
    assert.equal(read({ agent: failed('error: Guest agent is not responding: Guest agent not available for now') }).agent, 'silent');
    assert.equal(read({ agent: undefined }).agent, 'none');
    assert.match(read({ agent: undefined, screen: undefined }).notes.join(), /Whether its operating system started is not known/);
  });
  test('what is no whole picture is none', () => {
    for (const stdout of ['', 'x', Buffer.from(PNG, 'base64').subarray(0, 30).toString('base64')]) {
      const { notes, evidence: kept } = read({ screen: answer({ stdout }) });
      assert.match(notes.join(), /No picture of the restored VM's screen/);
      assert.equal(kept[2]?.picture, undefined);
    }
  });
});

describe('what was started is ended', { concurrency: true }, () => {
  const pool = (...vms: string[]) => `<VM_POOL>${vms.join('')}</VM_POOL>`;
  const ended = async (pools: readonly string[], refuses: RegExp = /^$/) => {
    const { machines, asked } = cloud((words, turn) => {
      if (words.startsWith('onevm list')) return pools[Math.min(turn, pools.length - 1)];
      return refuses.test(words) ? { exitCode: 255, stderr: 'no' } : undefined;
    });
    const result = await endMachines(machines, { names: [NAME], not: '0', evidence: [] });
    return { result, asked: asked.filter((words) => !words.startsWith('onevm list')) };
  };
  const others = `<VM><ID>0</ID><NAME>${NAME}</NAME></VM><VM><ID>9</ID><NAME>${NAME}2</NAME></VM>`;

  test('by its whole name, and never the original', async () => {
    const { result, asked } = await ended([pool(vm('3', '3'), others), pool(others)]);
    assert.deepEqual(asked, ['onevm terminate --hard 8']);
    assert.deepEqual('value' in result && result.value, { undone: [`VM 8 “${NAME}”`], left: [] });
  });
  test('one that failed to start is deleted', async () => {
    const { asked } = await ended([pool(vm('3', '36')), pool()], /terminate/);
    assert.deepEqual(asked, ['onevm terminate --hard 8', 'onevm recover --delete 8']);
  });
  test('one that goes by itself is waited for', async () => {
    const { asked } = await ended([pool(vm('3', '11')), pool()], /terminate/);
    assert.deepEqual(asked, ['onevm terminate --hard 8']);
  });
  test('what stays is named', async () => {
    const { result } = await ended([pool(vm('3', '3'))], /./);
    assert.match(
      'value' in result ? result.value.left.map(({ why }) => why).join() : '',
      /VM 8 \(RUNNING\): remove it with onevm terminate --hard 8/,
    );
  });
  test('nobody knows: so it is said', async () => {
    const { result } = await ended(['<VM_POOL>']);
    assert.ok('fault' in result);
  });
});
