/** An audit that somebody ends while a machine does not answer: it says what it did not come to, and accuses nobody. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { INTERRUPTED } from '../../support/outcome/judgement.ts';
import { isToDo } from '../../support/outcome/outcome.ts';
import { OUTSIDE, Rig } from '../rig.ts';

describe('an audit that is interrupted while the backup server is frozen', () => {
  const rig = Rig.forTests();

  /** Every reason is that nobody waited, and on the terminal no machine is named but the front-end. */
  const accusesNobody = (stdout: string) => {
    const { requirements, exitCode } = rig.latest;
    assert.equal(exitCode, 130);
    const toDo = requirements.flatMap(({ id, outcome, reason, subjects = [] }) => [
      ...(isToDo(outcome) ? [`${id}: ${reason}`] : []),
      ...subjects.flatMap((each) => (isToDo(each.outcome) ? [`${id} on ${each.name}: ${each.reason}`] : [])),
    ]);
    assert.ok(toDo.length > 0);
    for (const each of toDo) assert.ok(each.includes(INTERRUPTED) || each.includes('Not reached: the run ended'), each);
    assert.match(stdout, /^Not checked, since the run was interrupted: \d+ requirements/m);
    assert.doesNotMatch(stdout, /NOT MET|UNDETERMINED \(|kvm0|backup01/);
  };

  it('on the front-end', async () => {
    await rig.broken('server-frozen', async () => {
      const { ended, signal } = await rig.begin('audit');
      // The hosts are being asked.
      await rig.untilSays('kvm01', 'pgrep -f "bash [-]s"');
      await signal('INT', 'group');
      const { exitCode, stdout } = await ended;
      assert.equal(exitCode, 130, stdout);
      accusesNobody(stdout);
    });
  });

  it('from outside', async () => {
    await rig.broken('server-frozen', async () => {
      const { stdout } = await rig.lab.run(['timeout', '-s', 'INT', '6', OUTSIDE, 'audit', '--reports', join(rig.reports)]);
      accusesNobody(stdout);
    });
  });

  it('from outside, it leaves nothing running on the front-end that nobody waits for', async () => {
    // As an ssh to a host that is frozen while others have their turn: nothing on the front-end ends it within the hour.
    const asks = `
      import { RemoteShell } from '${join(import.meta.dirname, '../../support/machines/remote.ts')}';
      const shell = new RemoteShell({ user: 'oneadmin', host: 'frontend01.example.net', connectTimeout: 20 });
      const { failure } = await shell.run({ argv: ['sleep', '977'], deadline: 1, turn: { asks: 'turn', ends: 'done', rest: '' } });
      console.log(failure.kind);
      shell.close();`;
    const { stdout, stderr } = await rig.lab.run(['node', '--input-type=module', '-e', asks]);
    assert.equal(stdout, 'silent\n', stderr);
    await rig.untilSays('frontend01', 'pgrep -f "[s]leep 977" > /dev/null || echo gone');
  });
});
