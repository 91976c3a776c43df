import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { surveySchedules } from '../../support/facts/schedules.ts';
import type { Shell } from '../../support/machines/shell.ts';
import { type Answer, recorded, recordedIn, says } from '../answers.ts';
import { evidence, frontend01, looked, unread, virtualMachine, wholeCloud } from '../made.ts';

const { site, frontend } = wholeCloud();
const at = 1_795_900_000;
const two = [virtualMachine({ id: '0' }), virtualMachine({ id: '3', name: 'held' })];

/** What is scheduled for VMs of these ids, where the front-end answers so. */
async function asked(
  scheduled: readonly (readonly string[] | undefined)[],
  answers: Readonly<Record<string, string | Answer>>,
  images = '',
) {
  const commands: string[] = [];
  const run: Shell['run'] = async ({ argv, stdin = '' }) => {
    commands.push(argv[0] === 'bash' ? 'script' : argv.join(' '));
    if (argv[0] !== 'bash') return evidence({ command: argv.join(' '), stdout: images });
    const mark = `\u001e${stdin.split('\u001e')[1]}\u001e`;
    const probes = [...stdin.matchAll(/^(?:.* && )?probe (\S+) /gm)].map(([, name = '']) => name);
    commands.push(...probes);
    const framed = probes.flatMap((name) => {
      const given = answers[name];
      const { stdout, stderr, code } = typeof given === 'string' ? says(given) : (given ?? says(''));
      return given === undefined ? [] : [['', name, '1795410100.5', stderr, stdout, code, '1795410101.5'].join(mark)];
    });
    return evidence({ stdout: `${framed.join('')}${mark}done${mark}` });
  };
  const shell = { machine: frontend01, account: 'oneadmin', run } as unknown as Shell;
  const virtualMachines = looked(
    two.map((vm, index) => ({ ...vm, scheduled: scheduled[index] })),
    'vms',
  );
  return { commands, ...(await surveySchedules(shell, site, { ...frontend, virtualMachines, now: looked(at, 'now') })) };
}
const show = {
  'vm-0': recordedIn('7.4.0/second/a-recurring-end-passed/05-onevm-show-x'),
  'vm-3': recordedIn('7.4.0/second/a0-list-extended/08-onevm-show-x-later'),
};
const late = recordedIn('7.4.0/second/c-max-backups-host/02-onevm-show-x-0').replace(/<DONE>\d+</, '<DONE>-1<');

describe('what is scheduled', () => {
  test('nothing, by the list: nobody is asked', async () => {
    const { commands, machines } = await asked([[], []], show);
    assert.deepEqual([commands, machines], [[], []]);
  });

  test('is asked of those that have something, by one script', async () => {
    const { commands, machines, limits } = await asked([['31', '32'], []], { ...show, limits: 'MAX_BACKUPS = 7' });
    assert.deepEqual(commands, ['script', 'limits', 'vm-0']);
    assert.deepEqual(limits, { inAll: 7, onHost: 2 });
    const [first] = machines;
    assert.ok(first && 'value' in first);
    assert.deepEqual(
      first.value.backupActions.map(({ id }) => id),
      ['31', '32'],
    );
    assert.deepEqual(
      first.evidence.map(({ command }) => command),
      ['onevm show -x 0'],
    );
    assert.doesNotMatch(first.evidence[0]?.stdout ?? '', /GRAPHICS|PERMISSIONS/, 'no more than is judged');
  });

  test('is asked of all where the list does not tell, as before 6.8', async () => {
    assert.deepEqual((await asked([undefined, undefined], show)).machines.length, 2);
  });

  for (const [what, given, fault] of [
    ['is refused', { stdout: '', stderr: '[one.vm.info] no', code: '255' }, /exit 255: \[one\.vm\.info\] no/],
    ['is late', { stdout: '', stderr: '', code: '124' }, /did not answer in time/],
    ['is cut', says(show['vm-0'].slice(0, 900)), /not the pool, or not all of it/],
    ['is of another', says(recorded('200-vm-show-before-x').replace('<ID>0<', '<ID>9<')), /found VM 9, not 0/],
    [
      'is without what is scheduled',
      says(show['vm-0'].replace(/<SCHED_ACTION>.*<\/SCHED_ACTION>/s, '')),
      /nothing of its scheduled action 31, 32/,
    ],
  ] as const)
    test(`an answer that ${what} is none`, async () => {
      const [first] = (await asked([['31', '32'], []], { ...show, 'vm-0': given })).machines;
      assert.match(first && 'fault' in first ? first.fault : 'a value', fault);
    });

  test('what there was no time for is not known', async () => {
    const { machines } = await asked([['31'], ['18']], { 'vm-0': show['vm-0'] });
    assert.deepEqual(
      machines.map((vm) => ('fault' in vm ? vm.fault : 'a value')),
      ['a value', 'there was no time to ask for it'],
    );
  });

  test('when backups ended is asked where one is overdue alone', async () => {
    const pool = `<IMAGE_POOL>${recorded('206-oneimage-show-x')}${recorded('254-oneimage-show-incr-x')}</IMAGE_POOL>`;
    const idle = await asked([['31', '32'], []], show, pool);
    assert.ok(!idle.commands.includes('oneimage list -x') && 'value' in idle.ends && idle.ends.value.size === 0);
    const { commands, ends } = await asked([['36'], []], { 'vm-0': late }, pool);
    assert.ok(commands.includes('oneimage list -x'));
    const [full, chain] = [/<REGTIME>(\d+)/, /.*<DATE>(?:<!\[CDATA\[)?(\d+)/s].map((pattern) => Number(pattern.exec(pool)?.[1]));
    assert.deepEqual('value' in ends && [...ends.value], [
      ['0', full],
      ['1', chain],
    ]);
    const blind = await asked([['36'], []], { 'vm-0': late }, '<IMAGE_POOL>no</IMAGE_POOL>');
    assert.ok('fault' in blind.ends);
  });

  test('VMs that are not listed are not asked', async () => {
    const shell = { run: () => assert.fail() } as unknown as Shell;
    const { machines } = await surveySchedules(shell, site, { ...frontend, virtualMachines: unread('no', 'vms') });
    assert.deepEqual(machines, []);
  });
});
