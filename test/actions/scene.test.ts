/** OpenNebula as a gate finds it, where it has more images than one answer may be long. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lookAround } from '../../support/actions/scene.ts';
import type { CommandResult, Shell } from '../../support/machines/shell.ts';
import { lookOnceAtImages } from '../../support/opennebula/pages.ts';
import { byXmlRpc, recorded, xmlRpcOf } from '../answers.ts';
import { evidence, wholeCloud } from '../made.ts';

const T = 1_795_410_100;
const images = (ids: readonly number[]) =>
  `<IMAGE_POOL>${ids.map((id) => `<IMAGE><ID>${id}</ID><NAME>tiny</NAME></IMAGE>`).join('')}</IMAGE_POOL>`;

/** A front-end whose list of images is cut off, or refused; the clock goes on by a minute with each look. */
function frontend({ pages = true } = {}) {
  let looks = 0;
  const answers: Readonly<Record<string, () => string>> = {
    ...{ zone: () => '+0100\n/usr/share/zoneinfo/Europe/Berlin', log: () => '7' },
    ...{ from: () => `${T} +0200`, now: () => `${T + 60 * looks} +0200` },
    ...{ vm: () => recorded('200-vm-show-before-x'), templates: () => '<VMTEMPLATE_POOL/>' },
  };
  const surveyed = (stdin: string): Partial<CommandResult> => {
    looks += 1;
    const mark = `\u001e${stdin.split('\u001e')[1]}\u001e`;
    const names = [...stdin.matchAll(/^probe (\S+) /gm)].map(([, name = '']) => name);
    const cut = names.indexOf('images');
    const told = (cut < 0 ? names : names.slice(0, cut)).map((name) =>
      ['', name, String(T), '', answers[name]?.(), '0', String(T)].join(mark),
    );
    return { stdout: told.join('') + (cut < 0 ? `${mark}done${mark}` : `${mark}images${mark}`), truncated: cut >= 0 };
  };
  const run: Shell['run'] = ({ argv, stdin = '' }) => {
    const [method, , first] = xmlRpcOf(argv)?.split(' ') ?? [];
    if (method === undefined && argv[0] === 'bash') return Promise.resolve({ ...evidence({ command: 'bash' }), ...surveyed(stdin) });
    if (method === undefined) return Promise.resolve({ ...evidence({ command: argv.join(' ') }), truncated: true });
    const xml = first === '0' ? images([9, 8]) : '<IMAGE_POOL/>';
    return Promise.resolve(evidence({ command: 'oneimage list -x', stdout: pages ? byXmlRpc(xml) : '', exitCode: pages ? 0 : 7 }));
  };
  return { machine: 'frontend01', account: 'oneadmin', run } as unknown as Shell;
}

const look = (onFrontend: Shell) => lookAround({ onFrontend, site: wholeCloud().site } as never, { vm: '0' } as never);

describe('of more images than one call tells', () => {
  it('a gate knows all, and what was to come after them', async () => {
    const scene = await look(frontend());
    assert.ok('value' in scene, JSON.stringify(scene));
    const { images: all, from, now, utcOffset, localOffset } = scene.value;
    assert.deepEqual(
      all.map(({ id }) => id),
      ['9', '8'],
    );
    assert.deepEqual({ from, now, utcOffset, localOffset }, { from: T, now: T + 120, utcOffset: 3600, localOffset: 7200 });
  });
  it('it says so where it cannot ask for them in pages', async () => {
    const scene = await look(frontend({ pages: false }));
    assert.match('fault' in scene ? scene.fault : '', /oneimage list -x answered more than 64 MiB/);
  });
  it('it finds that of its backup', async () => {
    const found = await lookOnceAtImages(frontend(), (all) => all.find(({ id }) => id === '8')?.id, 60);
    assert.equal('value' in found && found.value, '8');
  });
});
