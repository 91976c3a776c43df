import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { readZone, zoneIn, zoneProbe } from '../../support/facts/zone.ts';
import type { Survey } from '../../support/machines/survey.ts';

const run = promisify(execFile);
const zoneinfo = '/usr/share/zoneinfo';
const [bash, flag = '', script = ''] = zoneProbe(10).argv;

const folder = mkdtempSync(join(tmpdir(), 'zone-'));
after(() => rmSync(folder, { recursive: true }));
const oned = join(folder, 'oned');
copyFileSync('/bin/sleep', oned);
const own = join(folder, 'localtime');
writeFileSync(own, 'of a zone of our own');

/** What is printed on a machine of its own, in a login that has TZ set. */
async function printed({ etc = [], ofOned }: { etc?: readonly string[]; ofOned?: string }) {
  const begun = ofOned === undefined ? '' : `TZ=${ofOned} ${oned} 20 & `;
  const machine = ['--dev-bind', '/', '/', '--tmpfs', '/etc', ...etc, '--unshare-pid', '--die-with-parent', '--proc', '/proc'];
  // The machine ends with its first process, and oned with it.
  const argv = [...machine, bash, flag, `${begun}sleep 0.2; ${bash} ${flag} "$1" || true`, 'sh', script];
  return (await run('bwrap', argv, { env: { ...process.env, TZ: 'Asia/Tokyo' } })).stdout;
}

const link = (zone: string) => ['--symlink', `${zoneinfo}/${zone}`, '/etc/localtime'];
const copyOf = (file: string) => ['--ro-bind', file, '/etc/localtime'];
const copy = copyOf(`${zoneinfo}/Asia/Kathmandu`);

describe("the zone of OpenNebula's clock", () => {
  const kathmandu = { offset: 5.75 * 3600, name: 'Asia/Kathmandu' };
  const cases = [
    ['is that which the machine links to, whatever a login has', { etc: link('Asia/Kathmandu') }, kathmandu],
    ['is UTC where nobody has set one', {}, { offset: 0, name: 'UTC' }],
    ['is that with which oned was started', { etc: link('Etc/UTC'), ofOned: 'Asia/Kathmandu' }, kathmandu],
    ['is that with which oned was started, by its file', { ofOned: `:${zoneinfo}/Asia/Kathmandu` }, kathmandu],
    ["is the machine's where oned was started with that", { etc: link('Asia/Kathmandu'), ofOned: ':/etc/localtime' }, kathmandu],
    [
      'has the name of what its file is a copy of',
      { etc: copyOf(`${zoneinfo}/Asia/Tashkent`) },
      { offset: 5 * 3600, name: 'Asia/Tashkent' },
    ],
    ['has no name where its file is of nobody else', { etc: copyOf(own) }, { offset: 0, name: '' }],
  ] as const;
  for (const [name, machine, zone] of cases)
    it(name, async () => {
      assert.deepEqual(readZone(await printed(machine)), zone);
    });

  it('has the name that stands beside the copy', async () => {
    const named = join(folder, 'timezone');
    writeFileSync(named, 'Asia/Kathmandu\n');
    assert.deepEqual(readZone(await printed({ etc: [...copy, '--ro-bind', named, '/etc/timezone'] })), kathmandu);
  });

  const told = (stdout: string): Survey => {
    const asked = { machine: 'frontend01', command: 'date +%z; readlink -f /etc/localtime', exitCode: 0, stderr: '', stdout, seconds: 0 };
    return { machine: 'frontend01', noise: '', answers: new Map([['zone', asked]]), asked } as unknown as Survey;
  };
  const summer = Date.parse('2026-07-01T00:00:00Z') / 1000;

  it('is known by a name whose clocks show what it shows', () => {
    const zone = zoneIn(told('+0200\n/usr/share/zoneinfo/Europe/Berlin'), summer);
    assert.equal('value' in zone && zone.value, 'Europe/Berlin');
  });
  for (const [why, stdout] of [
    ['another name', '+0100\nEurope/Berlin'],
    ['no name', '+0200'],
    ['a rule', '+0200\nCET-1CEST'],
  ] as const)
    it(`is not known by ${why}`, () => {
      const zone = zoneIn(told(stdout), summer);
      assert.match('fault' in zone ? zone.fault : '', /time zone/);
    });
  it('is not known where nothing was answered', () => {
    assert.match((zoneIn(told(''), summer) as { fault: string }).fault, /no answer/);
  });
});
