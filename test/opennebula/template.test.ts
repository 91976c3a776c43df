import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { templateAttributes, templateDrift, templateText } from '../../support/opennebula/template.ts';
import type { Site } from '../../support/site/schema.ts';
import fc from '../fuzz.ts';
import { wholeCloud } from '../made.ts';

const site = (changes: Partial<Site['datastore']> = {}): Site => {
  const whole = wholeCloud().site;
  return { ...whole, datastore: { ...whole.datastore, ...changes } };
};
const text = templateText(site());

describe('the template of a datastore', () => {
  test('as the guide writes it', () => {
    const guide = `NAME = "rsync Backups"
TYPE = "BACKUP_DS"
DS_MAD = "rsync"
TM_MAD = "-"
RSYNC_USER = "oneadmin"
RSYNC_HOST = "backup01.example.net"
`;
    assert.equal(text, guide);
  });

  test('what is declared beyond that comes after, and may replace the TM_MAD', () => {
    const template = { RSYNC_ARGS: '-aS -e "ssh -4"', TM_MAD: 'ssh' };
    assert.deepEqual(Object.entries(templateAttributes(site({ template }))).slice(3), [
      ['TM_MAD', 'ssh'],
      ['RSYNC_USER', 'oneadmin'],
      ['RSYNC_HOST', 'backup01.example.net'],
      ['RSYNC_ARGS', '-aS -e "ssh -4"'],
    ]);
    assert.match(templateText(site({ template })), /^RSYNC_ARGS = "-aS -e \\"ssh -4\\""$/m);
  });

  test('bridge hosts are in it, where some are declared', () => {
    const bridged = site({ bridge_list: ['bridge01', 'bridge02.example.net'], template: { LIMIT_MB: '9' } });
    assert.equal(templateText(bridged), `${text}BRIDGE_LIST = "bridge01 bridge02.example.net"\nLIMIT_MB = "9"\n`);
    assert.deepEqual(templateDrift(text, bridged), [
      'BRIDGE_LIST is missing, expected “bridge01 bridge02.example.net”',
      'LIMIT_MB is missing, expected “9”',
    ]);
    assert.equal(templateText(site({ bridge_list: [] })), text);
  });

  const same: readonly (readonly [what: string, text: string])[] = [
    ['as it is written', text],
    ['without a newline at its end', text.trimEnd()],
    ['in another order', text.trimEnd().split('\n').toReversed().join('\n')],
    ['with comments and empty lines', `# the guide\n\n  ${text.replaceAll('\n', ' # so\n\n')}# end`],
    ['in lower case, without blanks', text.replace('RSYNC_USER = ', 'rsync_user=')],
    ['with tabs', text.replaceAll(' = ', '\t=\t')],
    ['unquoted', text.replace('"oneadmin"', 'oneadmin').replace('"-"', '-')],
  ];
  for (const [what, found] of same) test(`${what} it says the same`, () => assert.deepEqual(templateDrift(found, site()), []));

  const other: readonly (readonly [what: string, found: string, drift: readonly string[]])[] = [
    ['empty', '', Object.entries(templateAttributes(site())).map(([name, value]) => `${name} is missing, expected “${value}”`)],
    ['another server', text.replace('backup01', 'backup02'), ['RSYNC_HOST is “backup02.example.net”, expected “backup01.example.net”']],
    ['an attribute more', `${text}LIMIT_MB = 10\n`, ['LIMIT_MB is “10”, expected none']],
    ['commented out', text.replace('RSYNC_HOST', '#RSYNC_HOST'), ['RSYNC_HOST is missing, expected “backup01.example.net”']],
    [
      'two servers',
      `RSYNC_HOST = "backup02"\n${text}`,
      ['RSYNC_HOST is “backup02”, “backup01.example.net”, expected “backup01.example.net”'],
    ],
    [
      'the same server twice',
      `rsync_host = backup01.example.net\n${text}`,
      ['RSYNC_HOST is “backup01.example.net”, “backup01.example.net”, expected “backup01.example.net”'],
    ],
    ['a value in single quotes', text.replace('"oneadmin"', "'oneadmin'"), ["RSYNC_USER is “'oneadmin'”, expected “oneadmin”"]],
    ['a blank in a value', text.replace('"oneadmin"', '"oneadmin "'), ['RSYNC_USER is “oneadmin ”, expected “oneadmin”']],
  ];
  for (const [what, found, drift] of other) test(`${what}: it differs`, () => assert.deepEqual(templateDrift(found, site()), drift));

  for (const [what, found] of [
    ['XML', '<DATASTORE/>'],
    ['a list', `${text}DISK = [ A = "b" ]\n`],
    ['a quote that is not closed', text.replace('oneadmin"', 'oneadmin')],
    ['two on a line', text.replace('\n', ' ')],
    ['blanks in an unquoted value', text.replace('"rsync Backups"', 'rsync Backups')],
    ['lines that end as in DOS', text.replaceAll('\n', '\r\n')],
    ['a name with a hyphen', `${text}RSYNC-ARGS = "x"\n`],
    ['nothing but a NUL', '\0'],
  ] as const) {
    test(`${what}: it differs as a whole`, () => assert.deepEqual(templateDrift(found, site()), ['it is not a list of NAME = "value"']));
  }

  const value = fc.string({ unit: 'binary' }).filter((word) => !/[\p{Cc}\\]/u.test(word));
  test('whatever is declared, what is written says it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[A-Z][A-Z0-9_]{0,8}$/), value), (template) => {
        const declared = site({ template });
        assert.deepEqual(templateDrift(templateText(declared), declared), []);
      }),
    );
  });

  test('no other text says it, whatever it is, and none is too long to read', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('NAME', '=', '"', '\\"', '\\', '#', '\n', ' ', 'rsync Backups', ...text.split('\n')),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), (words) => {
        const found = words.join('');
        const lines = found.split('\n').map((line) => line.trim());
        const hasAll = text
          .trimEnd()
          .split('\n')
          .every((line) => lines.some((each) => each.includes(line.replace(/ = .*/, ''))));
        if (!hasAll) assert.notDeepEqual(templateDrift(found, site()), []);
      }),
      { numRuns: 2000 },
    );
    for (const found of [
      `A = "${'\\"'.repeat(500_000)}`,
      'A = "x'.repeat(100_000),
      ' \t'.repeat(500_000),
      `A = "${'x'.repeat(1_000_000)}"`,
    ]) {
      const began = process.cpuUsage();
      assert.notDeepEqual(templateDrift(found, site()), []);
      assert.ok(process.cpuUsage(began).user < 5e6, found.slice(0, 8));
    }
  });
});
