import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { everyHostIsProven } from '../../support/checks/canaries.ts';
import type { Audited } from '../../support/facts/audited.ts';
import type {
  Backup,
  BackupFiles,
  Canaries,
  Canary,
  CanaryHost,
  GateFacts,
  Restoration,
  Trial,
  Uncounted,
} from '../../support/facts/gate.ts';
import { MiB } from '../../support/machines/shell.ts';
import type { Host } from '../../support/opennebula/pools.ts';
import type { Judgement } from '../../support/outcome/judgement.ts';
import { evidence, host, image, looked, virtualMachine, wholeCloud } from '../made.ts';

const AT = '2026-11-29T06:00:00.000Z';
const names = ['kvm01', 'kvm02', 'kvm03'];
const [first, second, third] = names.map((name, id) => host(String(id), name)) as [Host, Host, Host];
const seen = [evidence({ command: 'seen' })];

const ended: Backup = { stage: 'done', started: true, found: '', inTheWay: [], seconds: 3, evidence: seen };
const done: Backup = { ...ended, image: image({ vms: ['8'] }) };
const filesOf = (vm: string, state: 'sound' | 'broken' = 'sound', allocated = 640): BackupFiles => ({
  disks: [
    {
      disk: '0',
      path: '/d/8/5de970/disk.0.0',
      whole: true,
      bytes: 41 * MiB,
      content: { value: { state, said: 'ERROR: 3 errors', allocated } },
    },
  ],
  description: { path: '/d/8/5de970/vm.xml', bytes: 100, content: { value: { vm, made: virtualMachine().made } } },
  evidence: seen,
});
const restored = (content: 'equal' | 'different' = 'equal'): Restoration => ({
  ...{ stage: 'ready', found: '', seconds: 4, evidence: seen },
  comparisons: [{ disk: '0', content, found: 'Content mismatch at offset 0!', bytes: 41 * MiB, evidence: [] }],
});
const canary = (on: Host, changes: Partial<Canary> = {}): Canary => ({
  ...{ host: on, stage: 'runs', found: '', vm: '8', seconds: 12, before: virtualMachine({ id: '8', host: on.name }) },
  ...{ backup: done, files: filesOf('8'), restore: restored(), ended: '2026-11-29T06:05:00.000Z', evidence: seen },
  ...changes,
});
const stopped = (stage: Canary['stage'], found: string): Canary => {
  const { backup: _backup, files: _files, restore: _restore, before: _before, ...rest } = canary(first);
  return { ...rest, stage, found };
};
const trial = (proven: string | undefined, changes: Partial<Trial> = {}): Trial => ({
  ...{ tried: proven ?? AT, ended: proven ?? AT, outcome: 'met', run: '2026-11-01T00-00-00Z-1f3a' },
  ...(proven !== undefined && { proven }),
  ...changes,
});
const failed = trial(undefined, { outcome: 'not-met', tried: '2026-11-20T06:00:00.000Z', ended: '2026-11-20T06:00:00.000Z' });

const failedIn = (...runs: readonly string[]): readonly Uncounted[] =>
  runs.map((run) => ({ run, why: 'its backups went to datastore 101, not 100', saysFailed: true }));
const changed: readonly Uncounted[] = ['r9', 'r8'].map((run) => ({ run, why: 'its files differ from SHA256SUMS' }));

interface Given {
  readonly hosts?: readonly Host[];
  readonly tried?: readonly Canary[];
  /** What earlier runs tell, by the name of the host. */
  readonly before?: Readonly<Record<string, Trial>>;
  readonly barriers?: Readonly<Record<string, string>>;
  /** Of each host. */
  readonly uncounted?: readonly Uncounted[];
  readonly gate?: GateFacts;
  readonly declared?: Partial<NonNullable<Audited['site']['restore']['canary']>> | 'no';
}

function judged({
  hosts = [first, second, third],
  tried = [],
  before = {},
  barriers = {},
  declared = {},
  ...given
}: Given): readonly Judgement[] {
  const { site, frontend, ...whole } = wholeCloud();
  const canaryOf = {
    template: 'backup-canary',
    at_once: 2,
    per_run: 1,
    proven_within: 30 * 86_400,
    hosts: 'all' as const,
    ...(declared === 'no' ? {} : declared),
  };
  const all = hosts.map((each): CanaryHost => {
    const [earlier, barrier] = [before[each.name], barriers[each.name]];
    const { uncounted } = given;
    return { host: each, ...(earlier && { before: earlier }), ...(uncounted && { uncounted }), ...(barrier !== undefined && { barrier }) };
  });
  const ready = (each: CanaryHost) => each.barrier === undefined && ['on', 'dsbl'].includes(each.host.state);
  const canaries: Canaries = {
    ...{ at: AT, template: '3', sizeMb: 256, atOnce: 2, chosen: [], tried },
    ...{ queue: all.filter(ready), others: all.filter((each) => !ready(each)) },
  };
  const cloud: Audited = {
    ...whole,
    site: {
      ...site,
      test_vm: { id: 0, name: 'vm0', max_size: 1024 },
      restore: { ...site.restore, canary: declared === 'no' ? undefined : canaryOf },
    },
    frontend: { ...frontend, hosts: looked(hosts, 'hosts') },
    gate: given.gate ?? { canaries: { value: canaries } },
  };
  return [everyHostIsProven.judge(cloud)].flat();
}

/** What it comes to of the first host. */
function told(given: Given): string {
  const [{ outcome, reason, fix, measured, note, tried, proven } = assert.fail()] = judged(given);
  return [outcome, reason, fix, measured, note, tried && `tried ${tried}`, proven && `proven ${proven}`].filter(Boolean).join(' | ');
}

describe('BDS-604', () => {
  const cases: readonly (readonly [what: string, given: Given, says: RegExp])[] = [
    [
      'is not asked for',
      { declared: 'no' },
      /^not-applicable \| .*no restore\.canary: the backups of the test VM prove kvm01\.example\.net alone/,
    ],
    ['was not tried', { gate: {} }, /^undetermined \| .*nothing was tried/],
    ['could not begin', { gate: { canaries: { fault: 'another gate is under way' } } }, /^undetermined \| .*could not begin: another gate/],
    [
      'is proven in this run',
      { tried: [canary(first)] },
      /^met \| RUNNING after 12 s; backup 42 MiB in 3 s, 14\.0 MiB\/s \(limit 600 s\); disk 0: 41 MiB restored in 4 s \(10\.3 MiB\/s\), identical \| tried 2026-11-29T06:05:00.000Z \| proven 2026-11-29T06:05:00.000Z$/,
    ],
    [
      'was proven exactly as long ago as a proof counts',
      { before: { kvm01: trial('2026-10-30T06:00:00.000Z') } },
      /^met \| proven on 2026-10-30, 30 d ago \(limit 30 d\) \| proven 2026-10-30T06:00:00.000Z$/,
    ],
    [
      'was proven a second longer ago',
      { before: { kvm01: trial('2026-10-30T05:59:59.000Z') } },
      /^undetermined \| kvm01: expected a backup made there and restored, not longer than 30 d ago, found the last one on 2026-10-30\. \| Its turn comes with one more gate\. .*gate --all-hosts/,
    ],
    [
      'was proven on a day to come',
      { before: { kvm01: trial('2026-11-29T06:00:01.000Z') } },
      /^undetermined \| .*found the last one on 2026-11-29\. \| Its turn comes/,
    ],
    ['was never tried', {}, /^undetermined \| .*found none so far\. \| Its turn comes with one more gate/],
    [
      'failed when it was tried last, and was not proven since',
      { before: { kvm01: { ...failed, proven: '2026-11-19T06:00:00.000Z' } } },
      /^not-met \| .*found that it was not met on 2026-11-20 \(run 2026-11-01T00-00-00Z-1f3a\), and was not proven since\..* \| proven 2026-11-19/,
    ],
    [
      'has no proof but by runs that are not counted',
      { uncounted: changed },
      /^undetermined \| .*found none so far\. Earlier runs that are not counted: r9, r8 \(its files differ from SHA256SUMS\)\. \| Its turn/,
    ],
    [
      'is proven by a run before one that is not counted',
      { before: { kvm01: trial(AT) }, uncounted: changed },
      /^met \| proven on 2026-11-29.* \| Earlier runs that are not counted: r9, r8 \(its files differ from SHA256SUMS\)\. \|/,
    ],
    [
      'failed before, and has no proof since but by runs that are not counted',
      { before: { kvm01: failed }, uncounted: changed },
      /^not-met \| .*was not proven since\. .* \| Earlier runs that are not counted: r9, r8 /,
    ],
    [
      'has no room, and was proven by a run before one that is not counted',
      { tried: [stopped('unplaced', 'PENDING')], before: { kvm01: trial(AT) }, uncounted: changed },
      /^met \| .* \| Not proven anew: .*OpenNebula does not place it there: PENDING\. Earlier runs that are not counted: r9, r8 /,
    ],
    [
      'was proven, and failed since in a run that is not counted',
      { before: { kvm01: trial('2026-11-28T06:00:00.000Z') }, uncounted: failedIn('r9') },
      /^undetermined \| .*found the last one on 2026-11-28, and a failure since then, in a run that is not counted: r9\. Earlier runs .* r9 \(its backups .*\)\. \| Look at the report of that run\. Its turn comes .* \| proven 2026-11-28/,
    ],
    [
      'has no room, and failed since it was proven in a run that is not counted',
      { tried: [stopped('unplaced', 'PENDING')], before: { kvm01: trial('2026-11-28T06:00:00.000Z') }, uncounted: failedIn('r9') },
      /^undetermined \| .*does not place it there: PENDING\..* \| There is a failure since then, in a run that is not counted: r9\. Earlier runs /,
    ],
    [
      'is in ERROR, and failed since it was proven in a run that is not counted',
      { hosts: [{ ...first, state: 'err' }], before: { kvm01: trial('2026-11-28T06:00:00.000Z') }, uncounted: failedIn('r9') },
      /^undetermined \| .*in state ERROR.* \| There is a failure since then, in a run that is not counted: r9\./,
    ],
    [
      'was never proven, and failed in a run that is not counted',
      { uncounted: failedIn('r9') },
      /^undetermined \| .*found none so far\. Earlier runs that are not counted: r9 /,
    ],
    [
      'is proven now, and failed before in a run that is not counted',
      { tried: [canary(first)], before: { kvm01: trial('2026-11-28T06:00:00.000Z') }, uncounted: failedIn('r9') },
      /^met/,
    ],
    ['is proven now, whatever runs are not counted', { tried: [canary(first)], uncounted: changed }, /^met \| (?!.*not counted)/],
    ['failed before, and is proven now', { tried: [canary(first)], before: { kvm01: failed } }, /^met/],
    [
      'was not refused a canary for a state, but for a requirement',
      { barriers: { kvm01: 'Not checked: BDS-305 is not met.' }, before: { kvm01: trial(AT) } },
      /^blocked \| Not checked: BDS-305 is not met\./,
    ],
    ['is OFFLINE, though VMs are on it', { hosts: [{ ...first, state: 'off', vms: ['7'] }] }, /^not-applicable \| kvm01 is OFFLINE/],
    ['runs containers', { hosts: [{ ...first, vmMad: 'lxc' }] }, /^not-applicable \| kvm01 runs its VMs by lxc/],
    ['is left out', { declared: { hosts: ['kvm02'] } }, /^not-applicable \| The site file leaves kvm01 out/],
    ['is named beside others', { declared: { hosts: ['kvm02', 'kvm01'] }, before: { kvm01: trial(AT) } }, /^met/],
    ['is in ERROR', { hosts: [{ ...first, state: 'err' }] }, /^undetermined \| .*found it in state ERROR in OpenNebula/],
    [
      'is in ERROR, and was proven not long ago',
      { hosts: [{ ...first, state: 'err' }], before: { kvm01: trial('2026-11-28T06:00:00.000Z') } },
      /^met \| proven on 2026-11-28, 24 h ago \(limit 30 d\) \| Not proven anew: .*in state ERROR/,
    ],
    [
      'has no room',
      { tried: [stopped('unplaced', 'PENDING after 120 s: No host meets capacity')] },
      /^undetermined \| .*found that OpenNebula does not place it there: PENDING after 120 s.* \| Make room on kvm01.* \| tried/,
    ],
    [
      'has no room, and failed before that',
      { tried: [stopped('unplaced', 'PENDING')], before: { kvm01: { ...failed, proven: '2026-11-19T06:00:00.000Z' } } },
      /^not-met \| .*not met on 2026-11-20 .*not proven since\..* \| Not proven anew: .*does not place it there.* \| tried 2026-11-29.* \| proven 2026-11-19/,
    ],
    [
      'could not be checked, and failed before that',
      { tried: [stopped('unseen', 'no answer')], before: { kvm01: failed }, uncounted: changed },
      /^not-met \| .*not met on 2026-11-20 .* \| Not proven anew: .*found no answer\. Earlier runs that are not counted: r9, r8 /,
    ],
    [
      'has a bridge host that cannot send, and failed before that',
      { tried: [stopped('barred', 'Not checked: BDS-107 is not met.')], before: { kvm01: failed } },
      /^blocked/,
    ],
    [
      'has no room, and was proven not long ago',
      { tried: [stopped('unplaced', 'PENDING')], before: { kvm01: trial('2026-11-28T06:00:00.000Z') } },
      /^met \| proven on 2026-11-28.* \| Not proven anew: .*does not place it there.* \| tried 2026-11-29T06:05:00.000Z \| proven 2026-11-28/,
    ],
    [
      'starts nothing',
      { tried: [stopped('failed', 'BOOT_FAILURE: DEPLOY: no')] },
      /^not-met \| .*found BOOT_FAILURE: DEPLOY: no\. \| Look on kvm\S* at what keeps .*: libvirt, .*\/var\/log\/one\/8\.log/,
    ],
    [
      'starts too slowly',
      { tried: [stopped('late', 'BOOT after 120 s')] },
      /^not-met \| .*found it still in BOOT after 120 s\..*deadlines\.boot/,
    ],
    [
      'is refused',
      { tried: [stopped('refused', '[one.template.instantiate] no')] },
      /^not-met \| .*refused it: “\[one\.template\.instantiate\] no”/,
    ],
    ['could not be checked', { tried: [stopped('unseen', 'no answer')] }, /^undetermined \| .*found no answer/],
    [
      'has a bridge host that cannot send',
      { tried: [stopped('barred', 'Not checked: BDS-107 is not met.')] },
      /^blocked \| Not checked: BDS-107 is not met\./,
    ],
    [
      'fails to be backed up',
      { tried: [canary(first, { backup: { ...ended, stage: 'failed', found: 'rsync: command not found' } })] },
      /^not-met \| .*a backup of the canary on kvm01 \(8\) to complete .*rsync: command not found/,
    ],
    [
      'has its backup not taken up',
      {
        tried: [
          canary(first, { backup: { ...ended, started: false, stage: 'waiting', found: '', waitsFor: 'as many backups run as may' } }),
        ],
      },
      /^undetermined \| .*the canary on kvm01 \(8\) .*still waiting: as many backups run as may/,
    ],
    [
      'has its backup not taken up for one that has no end, and was proven not long ago',
      {
        tried: [
          canary(first, {
            backup: {
              ...{ ...ended, started: false, stage: 'waiting', found: '', behindHung: '12' },
              waitsFor: 'a backup of hung2 (12) runs since 400 minutes (deadlines.job: 360)',
            },
          }),
        ],
        before: { kvm01: trial('2026-11-28T06:00:00.000Z') },
      },
      /^undetermined \| .*still waiting: a backup of hung2 \(12\) runs since 400 minutes .* \| .*onevm backup-cancel 12\. .*Then run the gate again\. .* \| proven 2026-11-28/,
    ],
    [
      'has broken files',
      { tried: [canary(first, { files: filesOf('8', 'broken') })] },
      /^not-met \| .*qemu-img check says “ERROR: 3 errors”/,
    ],
    [
      'has broken files, and restores otherwise',
      { tried: [canary(first, { files: filesOf('8', 'broken'), restore: restored('different') })] },
      /^not-met \| .*qemu-img check says “ERROR: 3 errors”/,
    ],
    [
      'has a backup without any data, and was proven before',
      { tried: [canary(first, { files: filesOf('8', 'sound', 0) })], before: { kvm01: trial('2026-11-28T06:00:00.000Z') } },
      /^undetermined \| .*found no data in any disk: a backup that lost them looks the same\. \| .*look at qemu-img on kvm01: /,
    ],
    ['has the files of another', { tried: [canary(first, { files: filesOf('9') })] }, /^not-met \| .*vm\.xml is that of VM 9/],
    ['restores otherwise', { tried: [canary(first, { restore: restored('different') })] }, /^not-met \| .*disk 0 differs/],
    [
      'is restored, but of its files nothing is known',
      { tried: [canary(first, { files: { ...filesOf('8'), fault: 'no answer' } })] },
      /^undetermined \| .*found no answer/,
    ],
  ];
  for (const [what, given, says] of cases) test(`of a host that ${what}`, () => assert.match(told(given), says));

  test('is told to be given room only where OpenNebula says that there is none, and what else it may be', () => {
    const fixOf = (words: string) => judged({ tried: [stopped('unplaced', `PENDING after 120 s: ${words}`)] })[0]?.fix ?? '';
    const room = 'Make room on kvm01, or use a smaller template.';
    const besides =
      "the cluster of kvm01, which must have the datastores of the template's images and a system datastore that meets its SCHED_DS_REQUIREMENTS.";
    const then = 'Then run the gate again.';
    for (const [words, fix] of [
      ['Cannot dispatch VM: No host with enough capacity to deploy the VM', `${room} ${then}`],
      ['[one.vm.deploy] virtual machine [8] does not fit in host [1]. Not enough memory: 65536/0', `${room} ${then}`],
      [
        'No system datastore with enough capacity for the VM',
        `Make room in the system datastores of kvm01, or use a smaller template. ${then}`,
      ],
      ['No host meets capacity and SCHED_REQUIREMENTS: (CLUSTER_ID = 0) & (ID=1)', `${room} If there is room, look at ${besides} ${then}`],
      ['Cannot dispatch VM: No host meets SCHED_REQUIREMENTS', `Look at ${besides} ${then}`],
      ['No system datastore meets SCHED_DS_REQUIREMENTS', `Look at ${besides} ${then}`],
      ['', `Look at ${besides} ${then}`],
    ] as const)
      assert.equal(fixOf(words), fix, words);
  });

  test('is no try of a host of which nothing was asked: it keeps its turn', () => {
    const [one, other] = judged({
      tried: [{ ...stopped('unseen', 'the time was over'), unasked: true }],
      before: { kvm01: { ...failed, outcome: 'undetermined' } },
    });
    assert.deepEqual([one?.outcome, one?.tried, other?.outcome, other?.tried], ['undetermined', undefined, 'undetermined', undefined]);
    assert.match(one?.reason ?? '', /the time was over/);
    assert.match(other?.fix ?? '', /with 2 more gates/);
  });

  test('says of each host how many gates its turn is away', () => {
    const hosts = Array.from({ length: 23 }, (_, id) => host(String(id), `kvm${id}`));
    const fixes = judged({ hosts, tried: [canary(hosts[0] ?? first)], declared: { per_run: 10 } }).map(
      ({ fix = '' }) => /with (\w+) more/.exec(fix)?.[1],
    );
    assert.deepEqual([fixes[0], fixes[1], fixes[10], fixes[11], fixes[21]], [undefined, 'one', 'one', '2', '3']);
  });

  test('is judged of every host by itself', () => {
    const all = judged({ tried: [canary(first), { ...stopped('failed', 'BOOT_FAILURE'), host: second }], before: { kvm03: trial(AT) } });
    assert.deepEqual(
      all.map(({ subject, outcome }) => `${subject?.name} ${outcome}`),
      ['kvm01 met', 'kvm02 not-met', 'kvm03 met'],
    );
  });
});
