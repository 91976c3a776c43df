/** A gate that starts what it restored, and dies meanwhile: it is ended by who cleans up, and nobody else's is. `npm run interruptions` runs it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { type Tree, text } from '../../lab/opennebula/tree.ts';
import { Rig, VICTIMS } from '../rig.ts';

/** By the state of what was started, or what is written down before. */
const MOMENTS = ['restored', 'asked', 'PROLOG', 'BOOT', 'RUNNING', 'SHUTDOWN'] as const;
const LCM = { PROLOG: '1', BOOT: '2', RUNNING: '3', SHUTDOWN: '12' };
const THEIRS = 'backup-compliance-2026-01-01T00-00-00Z-0000-boot';

describe('a gate that dies, or not, while it starts what it restored', () => {
  const rig = Rig.forTests({ boot: true });
  let whole: string[] = [];
  before(async () => {
    // Somebody else's VM, which is called as those of gates are.
    await rig.on(
      'frontend01',
      `printf 'NAME=x\\nCPU=0.1\\nMEMORY=64\\n' > t; onetemplate create t; onetemplate instantiate x --name ${THEIRS}; rm t`,
    );
    await rig.until('it runs', async () => (await rig.lab.openNebula()).vms.at(-1)?.LCM_STATE === '3');
    whole = await rig.everything();
  });
  const startedState = async () => {
    const { vms } = await rig.lab.openNebula();
    const isOurs = (vm: Tree) => text(vm, 'NAME').endsWith('-boot') && vm.NAME !== THEIRS && vm.STATE !== '6';
    return text(vms.find(isOurs) ?? {}, 'LCM_STATE');
  };
  const reached = (moment: (typeof MOMENTS)[number]) => {
    if (moment === 'restored') return rig.untilNoted('boot');
    if (moment === 'asked') return rig.untilNoted('start');
    return rig.until(`it is in ${moment}`, async () => (await startedState()) === LCM[moment]);
  };

  it('not, and has the commands among its evidence by which it removed that', async () => {
    await rig.suite('gate');
    const files = rig.requirement(602).evidence ?? [];
    const texts = files.map((file) => readFileSync(join(rig.reports, 'latest', file), 'utf8'));
    assert.ok(
      texts.some((text) => text.includes('onevm terminate --hard')),
      files.join('\n'),
    );
    await rig.assertSame(whole);
  });

  for (const [index, moment] of MOMENTS.entries()) {
    const victim = VICTIMS[index % VICTIMS.length] ?? 'group';
    it(`${moment}, ${victim}`, async () => {
      const stdout = await rig.killedAndSwept('gate', () => reached(moment), { victim });
      assert.match(stdout, /removed: (VM|image|template) \d+ “backup-compliance-.*-boot/);
      await rig.assertSame(whole, stdout);
    });
  }
});
