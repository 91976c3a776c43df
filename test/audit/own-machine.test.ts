/** What may go wrong on the machine that the suite runs on: it says so, and takes nothing for a verdict. How it is interrupted: read-only.test.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COMMAND, Rig, tryAll } from '../rig.ts';

const FULL = '/var/lib/one/full';

describe('on a machine of its own troubles, an audit', () => {
  const rig = Rig.forTests();

  /** Audits into a disk of its own; what was said, and what lies there then. */
  const auditInto = async (mount: string, audit = () => rig.inside('audit', '--reports', 'full')) => {
    await rig.lab.admin('frontend01', `mkdir ${FULL}; mount -t tmpfs -o ${mount},mode=777 none ${FULL}`);
    const { exitCode, stdout, stderr } = await audit();
    const listed = await rig.on('frontend01', 'cd full; ls; cat latest/verdict.json 2> /dev/null || true');
    await rig.lab.admin('frontend01', `umount ${FULL}; rmdir ${FULL}`);
    return { exitCode, stdout, stderr, listed };
  };

  for (const [size, what] of [
    ['96k', 'the evidence'],
    ...(tryAll ? ([['6m', 'the report, when it is put together']] as const) : []),
  ] as const) {
    it(`says so when the disk is full, in the middle of ${what}`, async () => {
      const { exitCode, stdout, stderr, listed } = await auditInto(`size=${size}`);
      const said = `${stdout}${stderr}\n${listed}`;
      assert.equal(exitCode, 2, said);
      assert.match(stdout, /UNDETERMINED/, said);
      assert.match(stdout, /ENOSPC: no space left on device, write\s+in\s+\S*full\/\d{4}/, said);
      assert.ok(!listed.includes('latest') || /"exitCode": 2/.test(listed), said);
    });
  }

  it('still says what is not met, with its exit code, when the disk is full in the middle of the report', async () => {
    const audit = () => rig.inside('audit', '--reports', 'full');
    const { exitCode, stdout } = await auditInto('size=2m', () => rig.broken('noisy-bashrc-on-backup', audit));
    assert.equal(exitCode, 1, stdout);
    assert.match(stdout, /BDS-104 +NOT MET/);
    assert.match(stdout, /ENOSPC/);
  });

  it('names the folder it may not write to, and ends with 3', async () => {
    const { exitCode, stderr } = await auditInto('ro');
    assert.equal(exitCode, 3, stderr);
    assert.match(stderr, /reports folder \/var\/lib\/one\/full cannot be written: EROFS/);
  });

  it('is compliant with 64 open files, and undetermined, for that reason, with too few', async () => {
    const limited = (files: number) =>
      rig.lab.shell('frontend01', ['bash', '-c', `ulimit -n ${files}; ${COMMAND} audit --reports reports`]);
    const enough = await limited(64);
    assert.equal(enough.exitCode, 0, enough.stdout);
    const few = await limited(36);
    assert.equal(few.exitCode, 2, few.stdout);
    assert.match(few.stdout, /EMFILE/);
    assert.doesNotMatch(few.stdout, /NOT MET/);
  });
});
