/** The parts of backups that need no machines: messages, chains, YAML, and what states of older files lack. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chainsOf, flattened, merging, overdue, reconstruction } from '../../lab/opennebula/flatten.ts';
import { backupName, rubyTime } from '../../lab/opennebula/format.ts';
import { completed, freshCloud, type State } from '../../lab/opennebula/state.ts';
import { type Tree, text, trees } from '../../lab/opennebula/tree.ts';
import { failureLines, failureMessage, templateError } from '../../lab/opennebula/vmlog.ts';
import { yaml } from '../../lab/opennebula/yaml.ts';
import { shown } from './recordings.ts';

const remote = { code: 1, script: 'export LANG=C\nmkdir -p /x\n', stdout: '', stderr: 'mkdir: no\n' };

test('a failure is told twice line by line, and once in one line', () => {
  const failure = { action: 'backup', command: '/driver kvm01', remote, silent: true, says: 'Error: mkdir: no\n' };
  assert.deepEqual(failureLines(failure), [
    ...['[I]: Command execution failed (exit code: 255): /driver kvm01', '[I]: Command failed:', '[I]: export LANG=C', '[I]: mkdir -p /x'],
    ...['[E]: backup: Command failed:', '[E]: backup: export LANG=C', '[E]: backup: mkdir -p /x'],
    ...['[E]: backup:   [STDERR] "mkdir: no\\n"', '[I]: Error: mkdir: no'],
  ]);
  assert.equal(failureLines({ ...failure, silent: false }).at(-3), '[E]: backup:   [STDOUT] ""');
  assert.equal(failureMessage(failure), 'BACKUP: Command failed:export LANG=Cmkdir -p /xError: mkdir: no');
});

test('the template keeps 100 characters of it', () => {
  assert.match(templateError('x'.repeat(100)), /: x{100}$/);
  assert.match(templateError('x'.repeat(101)), /: x{100}\.\.\. see more details in VM log$/);
});

test('a chain is flattened down to what is kept', () => {
  const image = structuredClone(shown('254', 'IMAGE'));
  assert.deepEqual(overdue(image, 3), []);
  assert.deepEqual(overdue(image, 0), []);
  const merged = overdue(image, 2);
  assert.deepEqual(
    merged.map((increment) => text(increment, 'SOURCE')),
    ['b57e01', 'eff4d3'],
  );
  flattened(image, merged, 43);
  assert.deepEqual(trees(image, 'BACKUP_INCREMENTS/INCREMENT'), [
    { DATE: '1795410287', ID: '1', PARENT_ID: '-1', SIZE: '43', SOURCE: 'eff4d3', TYPE: 'FULL' },
    { DATE: '1795410308', ID: '2', PARENT_ID: '1', SIZE: '2', SOURCE: '3055af', TYPE: 'INCREMENT' },
  ]);
  assert.deepEqual([text(image, 'SIZE'), text(image, 'SOURCE')], ['45', 'b57e01']);
});

test('each disk of a chain is merged by itself', () => {
  const chains = chainsOf(['/s/b/disk.0.1', '/s/a/disk.1.0', '/s/a/disk.0.0', '/s/b/disk.1.1'], ['a', 'b']);
  assert.deepEqual(chains, [
    ['/s/a/disk.1.0', '/s/b/disk.1.1'],
    ['/s/a/disk.0.0', '/s/b/disk.0.1'],
  ]);
  assert.match(reconstruction(chains), /^qemu-img rebase -u -F qcow2 -b '\/s\/a\/disk\.1\.0' '\/s\/b\/disk\.1\.1'\n/);
  assert.match(merging(chains, ["'/s/a/'", "'/s/b/'"]), /\nrm -rf '\/s\/a\/'\necho "\$SIZE"$/);
});

test('YAML quotes what would be read as something else', () => {
  const tree: Tree = {
    A: ['1', '1.5', 'YES', 'no', '', '2026-11-23', '10,0', '100,0', '12:30'],
    B: ['-', '/', '("x" @> 0)', 'ID=0', 'a: b', "it's", 'n', '10.0.0.1', 'b57e01', 'rsync Backups'],
    C: { D: {}, E: [], F: [{ G: 'x', H: { I: 'z' } }] },
    J: 'one\ntwo',
  };
  const lines = [
    ...['---', 'A:', "- '1'", "- '1.5'", "- 'YES'", "- 'no'", "- ''", "- '2026-11-23'", "- '10,0'", "- '100,0'", "- '12:30'"],
    ...['B:', '- "-"', '- "/"', '- ("x" @> 0)', '- ID=0', "- 'a: b'", "- it's", '- "n"', '- 10.0.0.1', '- b57e01', '- rsync Backups'],
    ...['C:', '  D: {}', '  E: []', '  F:', '  - G: x', '    H:', '      I: z', 'J: |-', '  one', '  two'],
  ];
  assert.equal(yaml(tree), lines.join('\n'));
});

test('times as OpenNebula and Ruby write them', () => {
  const epoch = Date.parse('2026-11-03T05:00:46') / 1000;
  assert.equal(backupName('7', epoch), '7 03-Nov 05.00.46');
  assert.match(rubyTime(epoch), /^2026-11-03 05:00:46 [+-]\d{4}$/);
});

test('a state of an older file gets what it lacks', () => {
  const old = JSON.parse(JSON.stringify(freshCloud({ hosts: ['kvm01'], vms: [{ name: 'a', host: 'kvm01' }] }))) as State;
  const { MANAGER_TIMER: _timer, ...settings } = old.settings;
  const { actions: _actions, ...nextId } = old.nextId;
  Object.assign(old, { settings, nextId });
  Object.assign(old.vms[0] ?? {}, { SCHED_ACTIONS: { ID: ['0', '5'] } });
  assert.deepEqual([completed(old).settings.MANAGER_TIMER, completed(old).nextId.actions], [15, 6]);
});
