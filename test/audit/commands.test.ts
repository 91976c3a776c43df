/** What an audit runs is what docs/commands.md lists: the programs that are really started on the machines, and the commands in evidence. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Rig, tryAll } from '../rig.ts';
import { unlistedCommands, unlistedEvidence, unlistedProgram } from './commands.ts';

/** What the stand-ins for OpenNebula's commands are made of: none of it is there on a real front-end. */
const STAND_IN = /^(env NODE_COMPILE_CACHE=\S+ )?\/opt\/node\/node \/opt\/suite\/lab\//;

/** All that sessions of a machine's sshd start meanwhile, as [machine, argv]. */
async function started({ lab }: Rig, act: () => Promise<unknown>): Promise<(readonly [string, string[]])[]> {
  const trace = `strace -f -qq -xx --seccomp-bpf -e trace=execve -e abbrev=none -s 100000 -o /tmp/started -p "$(pgrep -o -x sshd)"`;
  const machines = lab.machines.map(({ name }) => name);
  const tracers = machines.map((machine) => lab.admin(machine, trace));
  const isTraced = 'until ! grep -q "TracerPid:\t0" "/proc/$(pgrep -o -x sshd)/status"; do sleep 0.05; done';
  const early = Promise.race(tracers).then(({ stderr }) => Promise.reject(new Error(`strace ended: ${stderr}`)));
  await Promise.race([early, Promise.all(machines.map((machine) => lab.admin(machine, isTraced)))]);
  early.catch(() => 'it ends in the end');
  await act();
  await sleep(200);
  await Promise.all(machines.map((machine) => lab.admin(machine, 'pkill -INT -x strace')));
  await Promise.all(tracers);
  const seen = machines.map(async (machine) => {
    const { stdout } = await lab.admin(machine, 'cat /tmp/started; rm /tmp/started');
    return [...stdout.matchAll(/execve\("[^"]*", \[([^\]]*)\]/g)].map(([, list = '']) => [machine, unhex(list)] as const);
  });
  return (await Promise.all(seen)).flat();
}

/** `"\x6c\x73", "\x2f"` as words. */
const unhex = (list: string) =>
  [...list.matchAll(/"([^"]*)"/g)].map(([, word = '']) => Buffer.from(word.replaceAll(String.raw`\x`, ''), 'hex').toString());

describe('what an audit runs', () => {
  const rig = Rig.forTests();

  it('a command that is not listed is told from those that are', () => {
    assert.deepEqual(unlistedCommands('kvm01', "ssh -A kvm01 'rsync --version; rm x; echo $SSH_AUTH_SOCK'"), ['kvm01: rm x']);
    assert.deepEqual(unlistedCommands('frontend01', 'hostname -f > /tmp/x'), ['frontend01: hostname -f > /tmp/x']);
    assert.equal(unlistedProgram('backup01', ['find', '-L', '/', '-maxdepth', '0', '-delete']).length, 1);
    const receives = (flags: string) => unlistedProgram('backup01', ['rsync', '--server', flags, '.', '/x']).length;
    assert.deepEqual([receives('-vnlogDtprSe.iLsfxCIvu'), receives('-vlogDtprSe.iLsfxCIvu'), receives('--sender')], [0, 1, 1]);
    assert.equal(unlistedProgram('frontend01', ['onehost', 'delete', '0']).length, 1);
    assert.equal(unlistedProgram('kvm01', ['onehost', 'list', '-x']).length, 1, 'each where it belongs');
  });

  // What was refused or is not there is asked for in another way.
  const lacking = [
    'a cloud that lacks much',
    ['rsync-missing-on-backup', 'rsync-missing-on-host', 'dir-missing', 'agent-stopped'],
  ] as const;
  for (const [what, worlds] of [['a whole cloud', []] as const, ...(tryAll ? [lacking] : [])]) {
    it(`is listed, in ${what}`, async () => {
      const programs = await rig.broken(worlds, () =>
        started(rig, async () => {
          await rig.outside('audit', '--reports', rig.reports);
          await rig.outside('setup', '--plan');
        }),
      );
      assert.ok(
        programs.some(([machine, [name]]) => machine === 'frontend01' && name === 'onehost'),
        'the trace shows what is started',
      );
      const unlisted = programs
        .filter(([, argv]) => !STAND_IN.test(argv.join(' ')))
        .flatMap(([machine, argv]) => unlistedProgram(machine, argv));
      assert.deepEqual([...new Set(unlisted)], []);
      assert.deepEqual(unlistedEvidence(join(rig.reports, 'latest')), []);
    });
  }
});
