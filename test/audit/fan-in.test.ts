/** Many hypervisors log in to one backup server, which turns logins away when too many are not through yet (sshd_config, MaxStartups). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Rig, tryAll } from '../rig.ts';

const HOSTS = tryAll ? 100 : 20;

describe(`${HOSTS} hypervisors and one backup server`, () => {
  const rig = Rig.forTests({ hosts: HOSTS });
  const turnedAway = async () => Number(await rig.on('backup01', 'grep -c "drop connection" /var/log/sshd.log || true'));

  it('with the settings of stock OpenSSH: nobody is turned away for long', async () => {
    const { exitCode, stdout } = await rig.suite('audit');
    assert.equal(exitCode, 0, stdout);
    assert.equal(rig.requirement(102).subjects?.length, HOSTS);
  });

  it('that turns away the most of those who come at once: asked again, and undetermined where that is in vain, but never not met', async () => {
    // Otherwise sshd tells of the first one alone that it turns away.
    await rig.on('backup01', 'sed -i "1i LogLevel VERBOSE\\nMaxStartups 3:50:5" /etc/ssh/sshd_config');
    await rig.lab.stop('backup01', 'sshd');
    await rig.lab.start('backup01', 'sshd');
    // Two others who never say who they are, or a slow machine may have no three at once.
    const silent = 'exec 3<>/dev/tcp/backup01.example.net/22 4<>/dev/tcp/backup01.example.net/22; sleep 100';
    await rig.on('kvm01', `timeout 100 bash -c '${silent}' > /dev/null 2>&1 &`);
    const { exitCode, stdout } = await rig.suite('audit');
    const away = await turnedAway();
    assert.ok(away > 0, 'nobody was turned away: this proves nothing');
    const { subjects = [] } = rig.requirement(102);
    const lost = subjects.filter(({ outcome }) => outcome !== 'met');
    assert.ok(
      lost.length < away / 2,
      `${lost.length} of ${HOSTS} were given up, with ${away} logins turned away: most should get in when they try again`,
    );
    for (const { outcome, reason } of lost) {
      assert.equal(outcome, 'undetermined', reason);
      assert.match(reason, /kex_exchange_identification|Connection (closed|reset)/);
    }
    for (const { id, outcome, reason } of rig.latest.requirements) assert.notEqual(outcome, 'not-met', `${id}: ${reason}`);
    // The front-end's own logins may be turned away, too, and those of rsync, after which a plain one got in.
    const letIn = [101, 103, 303].every((id) => rig.requirement(id).outcome === 'met');
    assert.equal(exitCode, lost.length === 0 && letIn ? 0 : 2, stdout);
  });
});
