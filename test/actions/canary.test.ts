import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { canaryTime, makeCanaries } from '../../support/actions/canary.ts';
import type { Change, RunJournal } from '../../support/actions/journal.ts';
import { canariesOf, remainsOf } from '../../support/actions/remains.ts';
import type { Machines } from '../../support/facts/cloud.ts';
import type { CanaryChoice } from '../../support/facts/gate.ts';
import { LocalShell } from '../../support/machines/local.ts';
import type { Command, CommandResult } from '../../support/machines/shell.ts';
import type { Host } from '../../support/opennebula/pools.ts';
import { evidence, host, image, virtualMachine, wholeCloud } from '../made.ts';

type Told = Partial<CommandResult> | string;
const NAME = 'backup-compliance-r-host1';
const answer = (words: string, told: Told = '') => ({
  ...evidence({ machine: 'frontend01', command: words, stdout: typeof told === 'string' ? told : '' }),
  ...(typeof told === 'object' && told),
});
const vm = (state: string, lcm = '0', on = 'kvm01') =>
  `<VM><ID>8</ID><NAME>${NAME}</NAME><STATE>${state}</STATE><LCM_STATE>${lcm}</LCM_STATE><HISTORY_RECORDS><HISTORY><HOSTNAME>${on}</HOSTNAME></HISTORY></HISTORY_RECORDS></VM>`;

interface Given {
  readonly instantiate?: Told;
  readonly deploy?: Told;
  readonly shown?: string;
  readonly state?: string;
  readonly barrier?: string;
  /** The run is stopped before it. */
  readonly ended?: boolean;
  /** With `bin`, from which machines run what they are asked, and `own`, the datastore's; without it they answer nothing. */
  readonly folder?: string;
  /** Where it is before its backup, and when that has ended, in vain. */
  readonly moves?: readonly [string, string];
}
const T = 1_795_410_100;

/** What a look around tells while it is there. */
function around(stdin: string, on: string): string {
  const mark = `\u001e${stdin.split('\u001e')[1]}\u001e`;
  const answers: Readonly<Record<string, string>> = {
    ...{ zone: '+0100\n/usr/share/zoneinfo/Europe/Berlin', from: `${T} +0100`, now: `${T} +0100`, log: '7' },
    ...{ vm: vm('3', '3', on), images: '<IMAGE_POOL/>', templates: '<VMTEMPLATE_POOL/>' },
  };
  const told = [...stdin.matchAll(/^probe (\S+) /gm)].map(([, name = '']) =>
    ['', name, String(T), '', answers[name] ?? '', '0', String(T)].join(mark),
  );
  return `${told.join('')}${mark}done${mark}`;
}

/** Its backup was taken up, and failed. */
const backedUp = (on: string) =>
  vm('3', '3', on).replace(
    '</VM>',
    `<TEMPLATE><SCHED_ACTION><ID>5</ID><ACTION>backup</ACTION><ARGS>100,0</ARGS><TIME>${T - 421}</TIME><DONE>${T + 4}</DONE></SCHED_ACTION></TEMPLATE><USER_TEMPLATE><ERROR>Mon: BACKUP: cut</ERROR></USER_TEMPLATE></VM>`,
  );

async function made({
  instantiate = 'VM ID: 8\n',
  deploy = '',
  shown = vm('1'),
  state = 'on',
  barrier,
  ended = false,
  folder,
  moves,
}: Given) {
  const asked: string[] = [];
  const changes: Change[] = [];
  const run = async (command: Command) => {
    const words = command.argv.join(' ');
    if (folder !== undefined && ['bash', 'sh'].includes(command.argv[0]))
      return new LocalShell().run({ ...command, env: { PATH: `${folder}/bin:${process.env.PATH}` } });
    if (moves && words.startsWith('onevm show') && asked.some((each) => each.startsWith('onevm backup')))
      return answer(words, backedUp(moves[1]));
    if (moves && command.stdin?.includes('probe vm ')) return answer(words, around(command.stdin, moves[0]));
    return answer(words, words.startsWith('onevm show') ? shown : '');
  };
  const record: RunJournal['record'] = async (written, command) => {
    changes.push(...written);
    const words = command?.argv.join(' ') ?? '';
    if (folder !== undefined && words.startsWith('onevm backup')) {
      asked.push(`(${changes.length} changes) ${words}`);
      return answer(words, { exitCode: 255, stderr: '[one.vm.schedadd] no' });
    }
    if (words !== '') asked.push(words);
    return answer(words, words.includes('onetemplate') ? instantiate : words.startsWith('onevm deploy') ? deploy : '');
  };
  const { site } = wholeCloud();
  const shell = { machine: 'frontend01', account: 'oneadmin', run } as unknown as Machines['onFrontend'];
  const machines: Machines = { site: { ...site, deadlines: { ...site.deadlines, boot: 1 } }, onFrontend: shell, onBackupServer: shell };
  const on = host('1', 'kvm01', state);
  const choice: CanaryChoice = { at: '', template: '3', sizeMb: 1, queue: [{ host: on }], chosen: [{ host: on }], others: [], atOnce: 1 };
  const journal = { run: 'r', changes, opening: { datastore: { id: '100' }, own: `${folder}/own` }, record } as unknown as RunJournal;
  const taken: string[] = [];
  const {
    tried: [canary],
  } = await makeCanaries(machines, {
    ...{ choice, journal, signal: ended ? AbortSignal.abort('stopped') : new AbortController().signal, barrierOf: () => barrier },
    takeAway: async (id) => {
      taken.push(id);
    },
  });
  return { ...(canary ?? assert.fail()), asked, changes, taken };
}

describe('a canary', { concurrency: true }, () => {
  const rows: Readonly<Record<string, readonly [given: Given, stage: string, found: RegExp]>> = {
    'it is refused': [{ instantiate: { exitCode: 255, stderr: '[one.template.instantiate] no\n' } }, 'refused', /no$/],
    'nobody hears of it': [{ instantiate: { exitCode: 255, stderr: 'Failed to open TCP connection to x' } }, 'unseen', /Failed to open/],
    'the file that pins it cannot be written': [
      { instantiate: { exitCode: 99, stderr: 'No space left' } },
      'unseen',
      /host1 could not be made: No space left/,
    ],
    'no host takes it': [{}, 'unplaced', /^PENDING after 1 s$/],
    'it does not boot': [{ shown: vm('3', '36') }, 'failed', /^BOOT_FAILURE$/],
    'it runs elsewhere': [{ shown: vm('3', '3', 'kvm02') }, 'unseen', /started it on kvm02/],
    'it is moved before its backup': [{ shown: vm('3', '3'), moves: ['kvm02', 'kvm02'] }, 'unseen', /it was moved to kvm02/],
    'it is moved, and its backup fails': [{ shown: vm('3', '3'), moves: ['kvm01', 'kvm02'] }, 'unseen', /it was moved to kvm02/],
    'it stays, and its backup fails': [{ shown: vm('3', '3'), moves: ['kvm01', 'kvm01'] }, 'runs', /^$/],
    'its backup cannot be sent': [{ shown: vm('3', '3'), barrier: 'Not checked: BDS-107 is not met.' }, 'barred', /^Not checked: BDS-107/],
    'it cannot be deployed': [
      { state: 'dsbl', deploy: { exitCode: 255, stderr: '[one.vm.deploy] no' } },
      'refused',
      /\[one\.vm\.deploy\] no/,
    ],
    'the host that it is deployed on is full': [
      {
        state: 'dsbl',
        deploy: { exitCode: 255, stderr: '[one.vm.deploy] virtual machine [8] does not fit in host [1]. Not enough CPU: 10/0' },
      },
      'unplaced',
      /does not fit in host \[1\]\. Not enough CPU: 10\/0$/,
    ],
    'nobody hears of its deployment': [
      { state: 'dsbl', deploy: { exitCode: 255, stderr: 'Failed to open TCP connection to x' } },
      'unseen',
      /Failed to open/,
    ],
  };
  for (const [what, [given, stage, found]] of Object.entries(rows))
    test(`${what}: ${stage}, and is taken away`, async () => {
      const canary = await made(given);
      assert.equal(canary.stage, stage);
      assert.match(canary.found, found);
      assert.deepEqual(canary.taken, ['1']);
    });

  test('of which nothing was asked says so, and only that', async () => {
    const given: readonly Given[] = [{ ended: true }, { instantiate: { exitCode: 99 } }, { instantiate: { exitCode: 255 } }, {}];
    const all = await Promise.all(given.map(made));
    assert.deepEqual(
      all.map(({ unasked, asked }) => [unasked, asked.length]),
      [
        [true, 0],
        [true, 1],
        [undefined, 1],
        [undefined, 1],
      ],
    );
  });

  test('is written down before it is made, with what pins it, and then by its id', async () => {
    const { changes, asked } = await made({});
    assert.deepEqual(changes, [
      { change: 'canary', name: NAME, host: '1' },
      { change: 'temporary', path: `/var/tmp/${NAME}` },
      { change: 'canary', name: NAME, host: '1', vm: '8' },
    ]);
    assert.match(asked[0] ?? '', /SCHED_REQUIREMENTS="ID=%s"[\s\S]* 1 3 backup-compliance-r-host1$/);
  });

  test('on a host that is disabled is held, and deployed there once its id is written down', async () => {
    const { changes, asked } = await made({ state: 'dsbl' });
    assert.deepEqual(asked, [`onetemplate instantiate 3 --name ${NAME} --hold`, 'onevm deploy --enforce 8 1']);
    assert.deepEqual(changes.at(-1), { change: 'canary', name: NAME, host: '1', vm: '8' });
  });

  test('notes the directories that lie under its id before its backup is asked for: they are of others', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'canary-'));
    try {
      for (const path of ['own/8/aaaaaa', 'own/9/bbbbbb', 'bin']) mkdirSync(join(folder, path), { recursive: true });
      const says = { onevm: vm('3', '3'), oneimage: '<IMAGE_POOL/>', onetemplate: '<VMTEMPLATE_POOL/>' };
      for (const [name, xml] of Object.entries(says))
        writeFileSync(join(folder, 'bin', name), `#!/bin/sh\necho '${xml}'\n`, { mode: 0o755 });
      const { stage, changes, asked, backup } = await made({ shown: vm('3', '3'), folder });
      assert.deepEqual([stage, backup?.stage], ['runs', 'refused']);
      assert.deepEqual(changes.at(-1), { change: 'canary', name: NAME, host: '1', vm: '8', directories: ['8', '8/aaaaaa'] });
      assert.match(asked.at(-1) ?? '', /^\(4 changes\) onevm backup /);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('is made beside no more than so many others, each taken away before the next', async () => {
    const { site } = wholeCloud();
    const shell = { machine: 'frontend01', account: 'oneadmin', run: async () => answer('') } as unknown as Machines['onFrontend'];
    const hosts = Array.from({ length: 5 }, (_, id): { host: Host } => ({ host: host(String(id), `kvm${id}`) }));
    let [now, most] = [0, 0];
    const record: RunJournal['record'] = async () => {
      now += 1;
      most = Math.max(most, now);
      await sleep(5);
      return answer('', { exitCode: 255, stderr: '[one.template.instantiate] no' });
    };
    const journal = { run: 'r', changes: [], record } as unknown as RunJournal;
    const { tried } = await makeCanaries(
      { site, onFrontend: shell, onBackupServer: shell },
      {
        ...{ choice: { at: '', template: '3', sizeMb: 1, queue: hosts, chosen: hosts, others: [], atOnce: 2 }, journal },
        ...{ signal: new AbortController().signal, barrierOf: () => undefined },
        takeAway: async () => {
          now -= 1;
        },
      },
    );
    assert.deepEqual([most, tried.map((canary) => canary.host.id).join('')], [2, '01234']);
  });

  test('has its time, by how many there are at once', () => {
    const { site } = wholeCloud();
    const canary = { template: 'x', at_once: 2, per_run: 10, proven_within: 1, hosts: 'all' as const };
    assert.equal(canaryTime(site, 10, 2), 0);
    const declared = { ...site, restore: { ...site.restore, canary } };
    const one = canaryTime(declared, 1, 1);
    // Whatever is declared: OpenNebula may allow fewer, or more than five.
    assert.deepEqual(
      [1, 2, 10].map((atOnce) => canaryTime(declared, 10, atOnce) / one),
      [10, 5, 1],
    );
  });
});

describe('what is left of a canary', () => {
  const opening = { opened: 1, datastore: { id: '100', name: 'x' }, vm: '0', own: '/d' } as const;
  const of = (vm?: string): Change => ({ change: 'canary', name: NAME, host: '1', ...(vm !== undefined && { vm }) });
  const images = [
    image({ id: '1', vms: ['8'] }),
    image({ id: '2', vms: ['9'] }),
    image({ id: '3', name: `${NAME}-disk-0`, isBackup: false, vms: [] }),
    image({ id: '4', name: `${NAME}0-disk-0`, isBackup: false, vms: [] }),
    image({ id: '5', vms: ['8'], datastoreId: '101' }),
  ];
  const templates = [NAME, `${NAME}0`, 'backup-compliance-r'].map((name, id) => ({ id: String(id), name }));
  const scene = { vm: virtualMachine(), images, templates, utcOffset: 0, from: 0 };

  test('is all that is of its VM, and all of its name; nothing of another', () => {
    const remains = remainsOf({ run: 'r', opening, changes: [of(), of('8')] }, scene, undefined);
    assert.deepEqual(
      remains.images.map(({ id }) => id),
      ['3', '1', '5'],
    );
    assert.deepEqual(
      remains.templates.map(({ id }) => id),
      ['0'],
    );
  });

  test('is nothing of the test VM, whatever a journal says', () => {
    assert.deepEqual(canariesOf({ opening, changes: [of('0'), of('8'), of('8')] }), ['8']);
  });
});
