/** A hundred hypervisors log in to one backup server, which turns logins away when too many are not through yet (sshd_config, MaxStartups). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TestLab } from './lab.ts';

const HOSTS = 100;

describe(`${HOSTS} hypervisors and one backup server`, () => {
  const cloud = new TestLab('fan-in', { hosts: HOSTS });
  const turnedAway = async () => Number(await cloud.on('backup01', 'grep -c "drop connection" /var/log/sshd.log || true'));

  it('with the settings of stock OpenSSH: nobody is turned away for long', async () => {
    const { exitCode, stdout } = await cloud.audit();
    assert.equal(exitCode, 0, stdout);
    assert.equal(cloud.requirement('BDS-102').machines?.length, HOSTS);
  });

  it('that turns away the most of those who come at once: asked again, and undetermined where that is in vain, but never not met', async () => {
    // Otherwise sshd tells of the first one alone that it turns away.
    await cloud.on('backup01', 'sed -i "1i LogLevel VERBOSE\\nMaxStartups 3:50:5" /etc/ssh/sshd_config');
    await cloud.lab.stop('backup01', 'sshd');
    await cloud.lab.start('backup01', 'sshd');
    // Two others who never say who they are, or a slow machine may have no three at once.
    const silent = 'exec 3<>/dev/tcp/backup01.example.net/22 4<>/dev/tcp/backup01.example.net/22; sleep 100';
    await cloud.on('kvm01', `timeout 100 bash -c '${silent}' > /dev/null 2>&1 &`);
    const { exitCode, stdout } = await cloud.audit();
    const away = await turnedAway();
    assert.ok(away > 0, 'nobody was turned away: this proves nothing');
    const { machines = [] } = cloud.requirement('BDS-102');
    const lost = machines.filter(({ outcome }) => outcome !== 'met');
    assert.ok(
      lost.length < away / 2,
      `${lost.length} of ${HOSTS} were given up, with ${away} logins turned away: most should get in when they try again`,
    );
    for (const { outcome, reason } of lost) {
      assert.equal(outcome, 'undetermined', reason);
      assert.match(reason, /kex_exchange_identification|Connection (closed|reset)/);
    }
    for (const { id, outcome, reason } of cloud.latest.requirements) assert.notEqual(outcome, 'not-met', `${id}: ${reason}`);
    // The front-end's own logins may be turned away, too, and those of rsync, after which a plain one got in.
    const letIn = ['BDS-101', 'BDS-103', 'BDS-303'].every((id) => cloud.requirement(id).outcome === 'met');
    assert.equal(exitCode, lost.length === 0 && letIn ? 0 : 2, stdout);
  });
});
