/** Many hypervisors log in to one backup server, which turns logins away when too many are not through yet (sshd_config, MaxStartups). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Rig, tryAll } from '../rig.ts';

const HOSTS = tryAll ? 100 : 20;

/** How many logins had begun at most, and were neither through nor given up, by what sshd wrote. */
function mostAtOnce(log: string): number {
  const open = new Set<string>();
  const sizes = log.split('\n').map((line) => {
    const [, come] = /Connection from (\S+ port \d+)/.exec(line) ?? [];
    const [, gone] =
      /(?:Accepted publickey for \S+ from|(?:closed|reset) by(?: authenticating user \S+)?|isconnected from(?: user \S+)?) (\S+ port \d+)/.exec(
        line,
      ) ?? [];
    if (come !== undefined) open.add(come);
    if (gone !== undefined) open.delete(gone);
    return open.size;
  });
  return Math.max(...sizes);
}

describe(`${HOSTS} hypervisors and one backup server`, () => {
  const rig = Rig.forTests({ hosts: HOSTS });
  /** With a setting more. Only a verbose sshd tells of each connection, and of each login that it turns away. */
  const restartSshd = async (setting: string) => {
    await rig.on('backup01', `sed -i "1i ${setting}" /etc/ssh/sshd_config`);
    await rig.lab.restart('backup01', 'sshd');
  };
  const turnedAway = async () => Number(await rig.on('backup01', 'grep -c "drop connection" /var/log/sshd.log || true'));

  it('with the settings of stock OpenSSH: all are asked at once, and never are more than 8 logins not through yet, by sshd’s own log', async () => {
    await restartSshd('LogLevel VERBOSE');
    const { exitCode, stdout } = await rig.suite('audit');
    assert.equal(exitCode, 0, stdout);
    assert.equal(rig.requirement(102).subjects?.length, HOSTS);
    const most = mostAtOnce(await rig.on('backup01', 'cat /var/log/sshd.log'));
    assert.ok(most > 4, `${most} at once are no crowd: this proves nothing`);
    assert.ok(most <= 8, `${most} logins were not through yet at once`);
    assert.equal(await turnedAway(), 0);
  });

  it('that turns away the most of those who come at once: asked again, and undetermined where that is in vain, but never not met', async () => {
    await restartSshd('MaxStartups 3:50:5');
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
