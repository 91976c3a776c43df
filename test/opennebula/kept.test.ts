import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { Shell } from '../../support/machines/shell.ts';
import { look, readAnswer } from '../../support/opennebula/ask.ts';
import { parseImage, parseImages } from '../../support/opennebula/images.ts';
import { kept, outline } from '../../support/opennebula/kept.ts';
import * as pools from '../../support/opennebula/pools.ts';
import { scrub } from '../../support/outcome/secrets.ts';
import { recorded, recordings } from '../answers.ts';
import { evidence } from '../made.ts';

/** What other people's VMs hold: as OpenNebula's attributes, and in texts. */
const secrets: Readonly<Record<string, string>> = {
  DB_PASS: 'planted-db-1f3a',
  MYSQL_PWD: 'planted-mysql-2b4c',
  APIKEY: 'planted-api-3c5d',
  ROOT_PW: 'planted-root-4d6e',
  WIFI_PSK: 'planted-wifi-5e7f',
  LUKS_KEY: 'planted-luks-6f80',
};
const texts = [
  '#cloud-config\nchpasswd:\n  list: |\n    root:planted-chpasswd-7a91\n',
  'curl --password planted-option-8ba2 https://example.net',
  'sshpass -p planted-sshpass-9cb3 ssh root@example.net',
  'ghp_plantedAdc4ForgeTokenOfSomebody',
  'glpat-plantedBed5Forge',
  '-----BEGIN PGP MESSAGE-----\n\nplantedCfe6PgpBlock\n-----END PGP MESSAGE-----',
  'correct-planted-d0f7 horse-planted-e108',
];
const words = [...Object.values(secrets), ...texts].flatMap((text) => text.match(/[\w-]*planted[\w-]*/g) ?? []);
const attributes = [...Object.entries(secrets), ...texts.map((text, at) => [`SCRIPT_${at}`, text] as const)]
  .map(([name, text]) => `<${name}><![CDATA[${text}]]></${name}>`)
  .join('');
const ERROR = 'Mon Nov 23 05:00:00 2026: BACKUP: no room';
/** The recorded VM, with all of that wherever a user may write. */
const planted = recorded('204-onevm-show-after-x')
  .replace('<TEMPLATE>', `<TEMPLATE><CONTEXT>${attributes}</CONTEXT>${attributes}`)
  .replace(
    /<USER_TEMPLATE>[\s\S]*<\/USER_TEMPLATE>/,
    `<USER_TEMPLATE><ERROR><![CDATA[${ERROR}]]></ERROR><LABELS>Gold</LABELS>${attributes}</USER_TEMPLATE>`,
  );
const inPool = `<VM_POOL>\n${planted}</VM_POOL>`;
const betrays = (text: string) => words.filter((word) => text.includes(word.slice(0, 12)));

describe('of OpenNebula’s documents is kept what is judged', () => {
  test('and nothing of what was planted; ERROR, LABELS and what a person finds it by stay', () => {
    assert.equal(words.length, 14);
    assert.equal(betrays(inPool).length, words.length);
    for (const xml of [planted, inPool]) {
      const text = kept(xml);
      assert.deepEqual(betrays(text), []);
      for (const stays of [
        '<ID>0</ID>',
        `<ERROR><![CDATA[${ERROR}]]></ERROR>`,
        '<LABELS>Gold</LABELS>',
        'kvm01.example.net',
        '<SCHED_ACTION>',
        'is left out',
      ])
        assert.ok(text.includes(stays), stays);
    }
    const template = `<VMTEMPLATE_POOL><VMTEMPLATE><ID>2</ID><NAME>x</NAME><TEMPLATE><CONTEXT>${attributes}</CONTEXT></TEMPLATE></VMTEMPLATE></VMTEMPLATE_POOL>`;
    assert.match(
      kept(template),
      /^<VMTEMPLATE_POOL><VMTEMPLATE><ID>2<\/ID><NAME>x<\/NAME><\/VMTEMPLATE><\/VMTEMPLATE_POOL>\n<!-- .* -->\n$/,
    );
  });

  test('and what is left out is known as a secret wherever else it stands', () => {
    kept(inPool.replaceAll('planted-db-1f3a', 'planted-db-elsewhere'));
    assert.equal(scrub('mysql: access denied for planted-db-elsewhere'), 'mysql: access denied for [redacted]');
  });

  test('what a VM is locked for, and not by whom', () => {
    const locked = planted.replace(
      '<MONITORING',
      '<LOCK><LOCKED>1</LOCKED><OWNER>7</OWNER><TIME>1</TIME><REQ_ID>4711</REQ_ID></LOCK><MONITORING',
    );
    assert.match(kept(locked), /<LOCK><LOCKED>1<\/LOCKED><\/LOCK>/);
    assert.doesNotMatch(kept(locked), /4711/);
    for (const xml of [locked, kept(locked)]) {
      assert.equal(pools.parseVirtualMachine(xml).lock, '1');
      assert.equal(pools.parseVirtualMachines(`<VM_POOL>${xml}</VM_POOL>`)[0]?.lock, '1');
    }
    assert.equal(pools.parseVirtualMachine(locked.replace('<LOCKED>1', '<LOCKED>0')).lock, '');
    assert.equal(pools.parseVirtualMachine(planted).lock, '');
  });

  test('all of it: what is read of it is what is read of the whole', () => {
    const parsers = {
      DATASTORE_POOL: pools.parseDatastores,
      HOST_POOL: pools.parseHosts,
      VM_POOL: pools.parseVirtualMachines,
      VM: pools.parseVirtualMachine,
      IMAGE_POOL: parseImages,
      IMAGE: parseImage,
      VMTEMPLATE_POOL: pools.parseTemplates,
    };
    let tried = 0;
    for (const name of readdirSync(recordings)) {
      const xml = recorded(name.replace('.json', ''));
      const parse = Object.entries(parsers).find(([root]) => new RegExp(`^<${root}[/>]`).test(xml))?.[1];
      if (!parse) continue;
      const judged = (text: string) => [parse(text)].flat().map((each) => ({ ...each, template: undefined }));
      assert.deepEqual(judged(kept(xml)), judged(xml), name);
      tried += 1;
    }
    assert.ok(tried > 15, `${tried}`);
  });

  test('of a datastore’s template the attributes that steer the driver, and those that the site file declares', () => {
    const saved = (text: string) => Object.keys(pools.parseDatastores(text)[0]?.template ?? {}).filter((name) => name !== '#text');
    const xml = recorded('064-ds-list-x').replace(
      '<TEMPLATE>',
      `<TEMPLATE><RESTIC_PASSWORD><![CDATA[x]]></RESTIC_PASSWORD><COMPRESSION><![CDATA[zstd]]></COMPRESSION>${attributes}`,
    );
    assert.deepEqual(saved(kept(xml)).toSorted(), ['DS_MAD', 'RESTRICTED_DIRS', 'RSYNC_HOST', 'RSYNC_USER', 'SAFE_DIRS', 'TM_MAD', 'TYPE']);
    assert.ok(saved(kept(xml, ['COMPRESSION'])).includes('COMPRESSION'));
  });

  test('white space and CDATA as OpenNebula printed them, and no word of what is left out where nothing is', () => {
    const xml = '<HOST_POOL>\n  <HOST>\n    <ID>0</ID>\n    <NAME><![CDATA[a & b]]></NAME>\n    <TEMPLATE/>\n  </HOST>\n</HOST_POOL>\n';
    assert.equal(kept(xml), xml);
    const more = xml.replace('    <TEMPLATE/>\n', '    <TEMPLATE/>\n    <SECRET><A>x</A><B/></SECRET>\n');
    assert.equal(kept(more), `${xml.trimEnd()}\n<!-- The rest is left out: only what is judged is kept. -->\n`);
  });

  test('and nothing of what was planted where it is cut short anywhere', () => {
    for (let length = 1; length < inPool.length; length += 7)
      assert.deepEqual(betrays(kept(inPool.slice(0, length))), [], `after ${length}`);
  });
});

describe('of what is no document of OpenNebula’s is kept how it begins and ends', () => {
  for (const [what, text, expected] of [
    ['nothing', '', ''],
    ['a word', 'Connection refused\n', 'Connection refused'],
    ['a page', '<html><body>502 Bad Gateway</body></html>', '<html><body>502 Bad Gateway</body></html>'],
    ['much', `${'much '.repeat(50)}: Connection refused by oned`, `… ${'much '.repeat(14)}: Connection refused by oned`],
    ['another pool', '<VNET_POOL><VNET><ID>0</ID></VNET></VNET_POOL>', '<VNET_POOL><VNET><ID></ID></VNET></VNET_POOL>'],
    ['words before a pool', 'warning: locale\n<HOST_POOL/>', 'warning: locale\n<HOST_POOL/>'],
    [
      'words after a pool',
      '<HOST_POOL><HOST><NAME>x</NAME></HOST></HOST_POOL>\nSegmentation fault',
      '<HOST_POOL><HOST><NAME></NAME></HOST></HOST_POOL>\nSegmentation fault',
    ],
    ['a pool that is cut in a text', '<VM_POOL><VM><DB_PASS><![CDATA[secret', '<VM_POOL><VM><DB_PASS>'],
    ['a secret by its name', 'PASSWORD=hunter2hunter2', 'PASSWORD=[redacted]'],
    ['an element that is closed by another', '<VM><ID>0</ID><A>x</VM></A>', '<VM><ID></ID><A></VM></A>'],
    ['a tag without an end', '<VM><ID>0</ID', '<VM><ID></ID'],
  ] as const)
    test(what, () => {
      assert.equal(outline(text), expected);
      if (what !== 'words before a pool') assert.equal(kept(text), expected);
    });
});

test('an answer is read whole; its evidence, and what is said of it, hold what is judged', async () => {
  const answering = (stdout: string, more: object = {}): Shell => ({
    machine: 'f',
    account: 'a',
    hop: () => assert.fail(),
    run: async () => evidence({ stdout, ...more }),
  });
  const shown = async (stdout: string, more: object = {}) => {
    const looked = await look(answering(stdout, more), ['onevm', 'list', '-x'], pools.parseVirtualMachines, 5);
    return { looked, text: JSON.stringify(looked) };
  };
  const { looked, text } = await shown(inPool);
  assert.equal('value' in looked && looked.value[0]?.error, ERROR);
  assert.deepEqual(betrays(text), []);
  for (const [stdout, more] of [
    [inPool.slice(0, -30)],
    [inPool, { exitCode: 1 }],
    [`${inPool}oops`],
    [inPool, { exitCode: 124 }],
  ] as const) {
    const cut = await shown(stdout, more);
    assert.ok('fault' in cut.looked);
    assert.deepEqual(betrays(cut.text), []);
  }
  const plain = await look(answering('file\nthere\nNAME = "x"\n'.repeat(20)), ['sh', '-c', 'cat'], String, 5);
  assert.match(plain.evidence[0]?.stdout ?? '', /^file\nthere.*NAME = "x"\n$/s, 'a text of our own is evidence whole');
});

describe('what keeps an answer from being read is said, and what to do', () => {
  const oned = 'Failed to open TCP connection to localhost:2633 (Connection refused)';
  for (const [what, changes, fault, fix] of [
    ['no command line', { exitCode: 127 }, 'onevm: command not found', /in the PATH\?$/],
    ['too late', { exitCode: 124 }, 'onevm did not answer in time', /Check whether oned .*opennebula$/],
    ['too late, by force', { exitCode: 137 }, 'onevm did not answer in time', /oned/],
    [
      'oned is down',
      { exitCode: 255, stderr: `${oned}\n` },
      `onevm ended with exit 255: ${oned}`,
      /^Start OpenNebula: systemctl start opennebula\.$/,
    ],
    ['not known', { exitCode: 255, stderr: "User couldn't be authenticated, aborting call." }, /authenticated/, /one_auth/],
    ['no names', { exitCode: 255, stderr: 'name not found, use the ID' }, /use the ID/, /systemctl status opennebula, and one_auth\.$/],
    ['not allowed', { exitCode: 255, stderr: 'Not authorized' }, /Not authorized/, /grant/],
    ['who knows', { exitCode: 1, stdout: 'oops' }, 'onevm ended with exit 1: oops', undefined],
    [
      'nothing',
      { stdout: '' },
      /^onevm answered something that is not the pool, or not all of it \(expected one <VM_POOL>, found nothing\)$/,
      /look\.$/,
    ],
    [
      'an error beside an empty pool',
      { stdout: '<VM_POOL/>\n', stderr: 'execution expired\n' },
      'onevm ended with exit 0, but said “execution expired”',
      /look\.$/,
    ],
    [
      'one of its own beside an empty pool',
      { stdout: '<VM_POOL></VM_POOL>', stderr: '[one.vmpool.info] Internal' },
      /said “\[one\.vmpool\.info\]/,
      /./,
    ],
    [
      'an error beside half a pool',
      { stdout: '<VM_POOL><VM><ID>0</ID></VM></VM_POOL>', stderr: `${oned}\n` },
      /but said “Failed to open/,
      /Start/,
    ],
    ['text in a pool', { stdout: '<VM_POOL>execution expired</VM_POOL>' }, /found “execution expired”\)$/, /look\.$/],
    ['another pool', { stdout: '<VNET_POOL/>' }, /: “<VNET_POOL\/>” \(expected one <VM_POOL>, found <VNET_POOL>\)$/, /look\.$/],
  ] as const)
    test(what, () => {
      const read = readAnswer(evidence({ command: 'onevm', stdout: '', ...changes }), pools.parseVirtualMachines);
      assert.ok('fault' in read);
      if (typeof fault === 'string') assert.equal(read.fault, fault);
      else assert.match(read.fault, fault);
      if (fix) assert.match(read.fix ?? '', fix);
      else assert.equal(read.fix, undefined);
    });
});

test('an empty pool is believed where nothing is said, or what any Ruby says', () => {
  for (const stderr of [
    '',
    'bash: warning: setlocale: LC_ALL: cannot change locale (C.UTF-8)\n',
    'Ignoring nokogiri-1.15 because its extensions are not built. Try: gem pristine nokogiri\n',
    '/usr/lib/ruby/net/protocol.rb:68: warning: already initialized constant Net::ProtocRetryError\n',
  ])
    assert.deepEqual(readAnswer(evidence({ stdout: '<VM_POOL/>\n', stderr }), pools.parseVirtualMachines), { value: [] }, stderr);
});

test('10,000 VMs, 45 MB, are cut to what is judged in seconds', () => {
  const large = `<VM_POOL>${recorded('204-onevm-show-after-x').repeat(10_000)}</VM_POOL>`;
  assert.ok(large.length > 45_000_000, `${large.length}`);
  const began = process.cpuUsage();
  assert.ok(kept(large).length < large.length / 2);
  const { user, system } = process.cpuUsage(began);
  assert.ok((user + system) / 1e6 < 10, `${(user + system) / 1e6} s of CPU`);
});

test('of images all that is read is kept: large pools are read off it', () => {
  const chain = `<IMAGE_POOL>${recorded('254-oneimage-show-incr-x')}</IMAGE_POOL>`;
  for (const xml of [chain, recorded('209-oneimage-list-x'), recorded('../../6.10.5/calls/040-oneimage-list-x')])
    assert.deepEqual(parseImages(kept(xml)), parseImages(xml));
});
