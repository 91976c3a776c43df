/** Gates that make canaries: what they refuse, what they say beforehand, and what is left of one that is killed meanwhile. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { type Tree, text } from '../../lab/opennebula/tree.ts';
import { Rig, tryAll, VICTIMS } from '../rig.ts';

/** By the state of a canary, or what is written down before; on a disabled host it is held; restored: the image of its backup is there. */
const MOMENTS = ['canary', 'temporary', 'PENDING', 'PROLOG', 'BOOT', 'RUNNING', 'BACKUP', 'restored', 'SHUTDOWN', 'HOLD'] as const;
const STATES: Readonly<Record<string, string>> = {
  ...{ PENDING: '1/0', HOLD: '2/0', PROLOG: '3/1', BOOT: '3/2', RUNNING: '3/3', BACKUP: '3/69', SHUTDOWN: '3/12' },
};
const OWN = '/var/lib/one/datastores/100';
const THEIRS = 'backup-compliance-2026-01-01T00-00-00Z-0000-host1';

describe('a gate with canaries', () => {
  const rig = Rig.forTests({ canary: true });
  before(async () => {
    // Somebody else's VM, which is called as canaries are, made of the same template, and backed up.
    await rig.on('frontend01', `onetemplate instantiate backup-canary --name ${THEIRS}`);
    await rig.until('it runs', async () => (await rig.lab.openNebula()).vms.at(-1)?.LCM_STATE === '3');
    await rig.othersBackup(2);
    // And of another OpenNebula, whose VMs have the ids that canaries will get.
    await rig.on('backup01', `cd ${OWN}; for id in {3..60}; do mkdir -p $id/aaaaaa; echo theirs > $id/aaaaaa/disk.0.0; done`);
    rig.whole = await rig.everything();
  });
  const canaries = async () => {
    const { vms } = await rig.lab.openNebula();
    const isOurs = (vm: Tree) => /^backup-compliance-.*-host\d+$/.test(text(vm, 'NAME')) && vm.NAME !== THEIRS && vm.STATE !== '6';
    return vms.filter(isOurs).map((vm) => `${text(vm, 'STATE')}/${text(vm, 'LCM_STATE')}`);
  };
  const restored = async () =>
    (await rig.lab.openNebula()).images.some((image) => /^backup-compliance-.*-host\d+-disk/.test(text(image, 'NAME')));
  const reached = (moment: (typeof MOMENTS)[number]) => {
    if (moment === 'restored') return rig.until('one is restored', restored, 120);
    if (STATES[moment] === undefined) return rig.untilSays('frontend01', `grep -r '"${moment}".*-host' .backup-compliance`);
    return rig.until(`one is in ${moment}`, async () => (await canaries()).includes(STATES[moment] ?? ''), 120);
  };
  /** kvm02 is disabled meanwhile, and what is deployed there waits a little. */
  const disabled = async <T>(work: () => Promise<T>): Promise<T> => {
    const kvm02Is = (STATE: string) => rig.edit(({ hosts }) => void Object.assign(hosts[1] ?? {}, { STATE, PREV_STATE: STATE }));
    await kvm02Is('4');
    return rig.wrapped('onevm', 'case $* in deploy*) sleep 3 ;; esac; exec $0.real "$@"', work).finally(() => kvm02Is('2'));
  };

  it('says beforehand on which hosts, and changes nothing', async () => {
    const { exitCode, stdout } = await rig.suite('gate', 'site.yaml', '--plan');
    assert.equal(exitCode, 0, stdout);
    for (const name of ['kvm01', 'kvm02'])
      assert.match(stdout, new RegExp(`^- make a VM of the template “backup-canary” on ${name}\\S* \\(never proven before\\),`, 'm'));
    assert.match(stdout, /^- do that on 2 hosts at a time$/m);
    await rig.assertSame(rig.whole);
  });

  it('refuses a template that others would notice, and proofs that outlive their runs', async () => {
    const none = rig.runs.length;
    await rig.on(
      'frontend01',
      `printf 'NAME=with-a-nic\\nCPU=0.1\\nMEMORY=64\\nDISK=[IMAGE_ID=9000]\\nNIC=[NETWORK=x]\\n' > t; onetemplate create t; rm t`,
    );
    for (const [script, says] of [
      [
        's/template: backup-canary/template: with-a-nic/',
        /restore\.canary\.template “with-a-nic”: expected a template without network.*found NIC/,
      ],
      ['s/template: backup-canary/template: gone/', /found no template of that name/],
      ['s/template: backup-canary/&, proven_within: 91d/', /restore\.canary\.proven_within: expected a time no longer than runs are kept/],
      ['s/template: backup-canary/&, hosts: [kvm09]/', /restore\.canary\.hosts: .*found kvm09/],
    ] as const) {
      const { exitCode, stdout, stderr } = await rig.suite('gate', await rig.site('refused.yaml', script));
      assert.equal(exitCode, 3, stdout + stderr);
      assert.match(stderr, says);
    }
    await rig.on('frontend01', 'onetemplate delete with-a-nic');
    assert.equal(rig.runs.length, none);
    await rig.assertSame(rig.whole);
  });

  it('proves hosts by turns, or all of them where that is asked for', { skip: !tryAll }, async () => {
    const site = await rig.site('turns.yaml', 's/template: backup-canary/&, per_run: 1/');
    const gate = async (...args: string[]) => {
      await rig.suite('gate', site, '--only', 'BDS-604', ...args);
      const { subjects = [] } = rig.requirement(604);
      return subjects.map(({ outcome, tried }) => `${outcome}${tried === undefined ? '' : ' tried'}`).join(', ');
    };
    assert.equal(await gate(), 'met tried, undetermined');
    assert.match(
      rig.requirement(604).subjects?.[1]?.fix ?? '',
      /one more gate\. Or prove all hosts at once: backup-compliance gate --all-hosts/,
    );
    assert.equal(await gate(), 'met, met tried');
    assert.equal(await gate('--all-hosts'), 'met tried, met tried');
    await rig.assertSame(rig.whole);
  });

  it('leaves what another OpenNebula backs up meanwhile under the id of a canary, and names it', { skip: !tryAll }, async () => {
    const { ended } = await rig.begin('gate --only BDS-604,BDS-602');
    await reached('BACKUP');
    const ids = (await rig.lab.openNebula()).vms.filter(({ LCM_STATE }) => LCM_STATE === '69').map((vm) => text(vm, 'ID'));
    const made = ids.map((id) => `${OWN}/${id}/bbbbbb`);
    await rig.on('backup01', made.map((path) => `mkdir ${path}; echo theirs > ${path}/disk.0.0`).join('; '));
    const { stdout } = await ended;
    assert.ok(ids.length > 0);
    assert.equal(rig.requirement(602).outcome, 'not-met', stdout);
    for (const path of made) assert.ok(rig.requirement(602).reason.includes(`${path} on backup01.example.net is new`), stdout);
    await rig.on('backup01', made.map((path) => `grep theirs ${path}/disk.0.0; rm -r ${path}`).join(' && '));
    const swept = await rig.suite('cleanup');
    assert.equal(swept.exitCode, 0, swept.stdout);
    await rig.assertSame(rig.whole);
  });

  for (const [index, moment] of (tryAll ? MOMENTS : []).entries()) {
    const victim = VICTIMS[index % VICTIMS.length] ?? 'group';
    it(`killed at ${moment}, ${victim}, leaves nothing once it is cleaned up`, async () => {
      const killed = () => rig.killedAndSwept('gate --only BDS-604', () => reached(moment), { victim });
      const stdout = await (moment === 'HOLD' ? disabled(killed) : killed());
      assert.deepEqual([await canaries(), await restored()], [[], false], stdout);
      await rig.assertSame(rig.whole, stdout);
    });
  }
});

if (tryAll)
  describe('a gate of twelve hosts', () => {
    it('proves those that can be, and says of each other why not', async () => {
      const rig = await new Rig().up({ hosts: 12, canary: true });
      try {
        await rig.edit(({ hosts }) => {
          // kvm03 has no CPU left; kvm12, on which files01 is, is OFFLINE.
          Object.assign(hosts[2]?.HOST_SHARE as Tree, { CPU_USAGE: '200' });
          Object.assign(hosts[11] ?? {}, { STATE: '8', PREV_STATE: '8' });
        });
        await rig.on('kvm05', 'rm -r /var/tmp/one');
        await rig.on('kvm06', 'rm /run/libvirt/libvirt-sock');
        const site = await rig.site('twelve.yaml', '$a deadlines: { boot: 60, schedule: 60 }');
        const whole = await rig.everything();
        const { stdout } = await rig.suite('gate', site, '--all-hosts');
        const { subjects = [] } = rig.requirement(604);
        const came = Object.fromEntries(subjects.map(({ name, outcome }) => [name.replace(/\..*/, ''), outcome]));
        const met = ['01', '02', '04', '07', '08', '09', '10', '11'].map((number) => [`kvm${number}`, 'met']);
        const others = { kvm03: 'undetermined', kvm05: 'blocked', kvm06: 'blocked', kvm12: 'not-applicable' };
        assert.deepEqual(came, { ...Object.fromEntries(met), ...others }, stdout);
        const why = {
          kvm03: /does not place it there: PENDING after 60 s: .*No host meets capacity.* Make room on kvm03\.example\.net/,
          kvm05: /^Not checked: BDS-305 is not met\./,
          kvm06: /^Not checked: BDS-306 is not met\./,
          kvm12: /^kvm12\.example\.net is OFFLINE in OpenNebula: nothing can be started there\./,
        };
        for (const [host, says] of Object.entries(why)) {
          const { reason = '', fix = '' } = subjects.find(({ name }) => name.startsWith(`${host}.`)) ?? {};
          assert.match(`${reason} ${fix}`, says);
        }
        assert.equal(rig.requirement(602).outcome, 'met', stdout);
        await rig.assertSame(whole, stdout);
      } finally {
        await rig.down();
      }
    });
  });
