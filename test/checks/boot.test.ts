import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restoredVmStarts } from '../../support/checks/boot.ts';
import type { Audited } from '../../support/facts/audited.ts';
import type { Boot } from '../../support/facts/gate.ts';
import type { Judgement } from '../../support/outcome/judgement.ts';
import type { Protect } from '../../support/site/schema.ts';
import { evidence, kvm01, looked, virtualMachine, wholeCloud } from '../made.ts';

const protect: Protect = {
  ...{ vms: 'all', except: [], rpo: 93_600, restore_points: 2, keep_for: 604_800, rto: undefined, quiesced: false },
  ...{ datastores: 'declared', disks: 'all', classes: [] },
};
const asked = [evidence({ command: 'asked' })];
function judged(boot: Partial<Boot> | undefined, starts = true, cloud: Audited = wholeCloud()): Judgement {
  const { site } = cloud;
  const whole = boot && { stage: 'runs' as const, found: '', host: kvm01, vm: '7', notes: [], evidence: asked, ...boot };
  const [judgement] = [
    restoredVmStarts.judge({
      ...cloud,
      site: { ...site, restore: { ...site.restore, boot: starts } },
      gate: whole ? { boot: whole } : {},
    }),
  ].flat();
  return judgement as Judgement;
}

test('it runs: how long that took, its agent, and what could not be asked', () => {
  const met = judged({ seconds: 15, agentAnswers: true, notes: ["No picture of the restored VM's screen: no."] });
  assert.deepEqual(
    [met.outcome, met.measured, met.note],
    ['met', 'RUNNING after 15 s (limit 120 s); its guest agent answers', "No picture of the restored VM's screen: no."],
  );
  assert.equal(judged({ seconds: 15 }).measured, 'RUNNING after 15 s (limit 120 s)');
});

test('nothing is to be started: not applicable, whatever was found', () => {
  for (const boot of [undefined, { stage: 'died' as const }]) assert.equal(judged(boot, false).outcome, 'not-applicable');
});

const rows: Readonly<Record<string, readonly [boot: Partial<Boot> | undefined, outcome: string, says: RegExp]>> = {
  'nothing was tried': [undefined, 'undetermined', /that nothing was tried/],
  'could not look': [{ stage: 'unseen', found: 'no answer', fix: 'Mend it.' }, 'undetermined', /found no answer\. Mend it\. Run it again/],
  'no host': [
    { stage: 'unplaced', found: 'PENDING after 120 s', host: '' },
    'undetermined',
    /^frontend01.*no host for it: PENDING after 120 s\. Look at the hosts that SCHED_REQUIREMENTS of the test VM names: whether they are enabled/,
  ],
  'no room': [
    { stage: 'unplaced', found: 'PENDING after 120 s: No host with enough capacity to deploy the VM', host: '' },
    'undetermined',
    /to deploy the VM\. Make room on a host that SCHED_REQUIREMENTS of the test VM names\. Then run the gate again\.$/,
  ],
  'made of nothing': [{ stage: 'refused', found: 'no image' }, 'not-met', /made no VM of it: “no image”/],
  'a disk of the original': [
    { stage: 'foreign', found: 'disk 0 is that of image 9000 “system”', foreign: ['0'], host: '' },
    'not-met',
    /^frontend01.*found that it would start with a disk that is not of the backup: disk 0 is that of image 9000 “system”\. Nothing was started\. .*onevm updateconf /,
  ],
  'too slow': [{ stage: 'late', found: 'BOOT after 120 s' }, 'not-met', /still in BOOT after 120 s.*7\.log on frontend01.*deadlines\.boot/],
  'a state of failure': [
    { stage: 'failed', found: 'BOOT_FAILURE: x' },
    'not-met',
    /^kvm01.*found BOOT_FAILURE: x\. .*\/var\/log\/one\/7\.log/,
  ],
  died: [{ stage: 'died', found: 'POWEROFF' }, 'not-met', /that it ran, and 10 s later no more: POWEROFF/],
  'a silent agent': [{ stage: 'silent', found: 'not available' }, 'not-met', /agent does not answer: “not available”/],
};
for (const [what, [boot, outcome, says]] of Object.entries(rows))
  test(`${what}: ${outcome}`, () => {
    const { outcome: found, reason, fix = '' } = judged(boot);
    assert.equal(found, outcome);
    assert.match(`${reason} ${fix}`, says);
  });

test('a disk of the original that is left out on purpose: not applicable', () => {
  const of = (disks: 'all' | 'selected', chosenDisks: readonly string[]) => {
    const whole = wholeCloud();
    const vm = virtualMachine({ chosenDisks });
    const site = {
      ...whole.site,
      test_vm: { id: 0, name: vm.name, max_size: 1024 },
      protect: { ...protect, classes: [{ name: vm.name, disks }] },
    };
    const cloud = { ...whole, site, frontend: { ...whole.frontend, virtualMachines: looked([vm], 'VMs') } };
    return judged({ stage: 'foreign', found: 'disk 0 is that of image 9000', foreign: ['0'], host: '' }, true, cloud);
  };
  const { outcome, reason } = of('selected', ['1']);
  assert.equal(outcome, 'not-applicable');
  assert.match(
    reason,
    /leave out disks on purpose \(DISK_IDS\), and a VM of them starts with those of the original: disk 0 is that of image 9000\. Nothing was started\./,
  );
  for (const { outcome: other } of [of('all', ['1']), of('selected', []), of('selected', ['0', '1'])]) assert.equal(other, 'not-met');
});
