/** Secrets that machines show, in whatever way: none reaches a file of the run, or the terminal. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Tree } from '../../lab/opennebula/tree.ts';
import { Rig } from '../rig.ts';

const inBase64 = (text: string) => Buffer.from(text).toString('base64');

/** What a login prints, and the secret in it. */
const shown: Readonly<Record<string, readonly [text: string, secret: string]>> = {
  'key material': [
    '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQplanted01\n-----END OPENSSH PRIVATE KEY-----',
    'b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQplanted01',
  ],
  'a password of a template': ['RESTIC_PASSWORD = "Planted-02-template"', 'Planted-02-template'],
  'a password of vm.xml': ['<VNC_PASSWORD><![CDATA[Planted-03-xml]]></VNC_PASSWORD>', 'Planted-03-xml'],
  'a token of the environment': ['DEPLOY_TOKEN=Planted-04-env', 'Planted-04-env'],
  one_auth: ['oneadmin:Planted05oneauth', 'Planted05oneauth'],
  'a header': ['Authorization: Basic UGxhbnRlZDowNi1oZWFkZXI=', 'UGxhbnRlZDowNi1oZWFkZXI='],
  'a URL': ['https://backup:Planted-07-url@s3.example.net/', 'Planted-07-url'],
  'in base64': [inBase64('{"api_key": "Planted-08-base64"}'), inBase64('Planted-08-base64').slice(4, 16)],
  'in JSON': ['{"auth": {"client_secret": "Planted-09-json"}}', 'Planted-09-json'],
  'over two lines': ['ADMIN_PASSPHRASE = "Planted-10-first\nPlanted-10-second"', 'Planted-10-second'],
};
/** Printed without a word on what it is, but known to the suite by its own environment. */
const ofOurs = 'Planted-11-ours';

describe('secrets', () => {
  const rig = { current: Rig.forTests() };

  /** Every file of a run, and what it printed, that holds one of the values. */
  const holding = (values: readonly string[], printed: string): string[] => {
    const folder = join(rig.current.reports, 'latest');
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const texts = files.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), 'utf8')] as const);
    assert.ok(texts.length > 20, 'all files of the run are looked at');
    return [...texts, ['the terminal', printed] as const].flatMap(([name, text]) =>
      values.filter((value) => text.includes(value)).map((value) => `${name}: ${value}`),
    );
  };

  it('that logins print are in no file of the run, and not on the terminal', async () => {
    const { current } = rig;
    const all = [...Object.values(shown).map(([text]) => text), `say ${ofOurs}`].join('\n');
    const noisy = `cat <<'END' > .noise\n${all}\nEND\ncp .bashrc .bashrc.quiet; sed -i '1i cat ~/.noise; cat ~/.noise >&2' .bashrc`;
    for (const machine of ['backup01', 'kvm01']) await current.on(machine, noisy);
    const command = `export CI_JOB_TOKEN=${ofOurs}; exec /opt/suite/bin/backup-compliance audit --site site.yaml --reports reports`;
    const { exitCode, stdout, stderr } = await current.lab.shell('frontend01', ['bash', '-c', command]);
    for (const machine of ['backup01', 'kvm01']) await current.on(machine, 'mv .bashrc.quiet .bashrc; rm .noise');
    assert.equal(exitCode, 1, stdout + stderr);
    assert.match(current.requirement(104).reason, /\[redacted\]/, 'what stood there is marked');
    assert.notDeepEqual(holding(['DEPLOY_TOKEN='], ''), [], 'and what is not secret is shown');
    assert.deepEqual(holding([...Object.values(shown).map(([, secret]) => secret), ofOurs], stdout + stderr), []);
  });

  it('that only the last machine asked betrays are in no file, though another had shown them before', async () => {
    const { current } = rig;
    const late = 'Planted-12-late';
    const says = (line: string) => `cp .bashrc .bashrc.quiet; sed -i "1i ${line}" .bashrc`;
    await current.on('backup01', says(`echo it is ${late}`));
    await current.on('kvm01', says(`sleep 2; echo LATE_PASSWORD=${late} >&2`));
    const { exitCode, stdout, stderr } = await current.suite('audit');
    for (const machine of ['backup01', 'kvm01']) await current.on(machine, 'mv .bashrc.quiet .bashrc');
    assert.equal(exitCode, 1, stdout + stderr);
    assert.notDeepEqual(holding(['it is [redacted]'], ''), [], 'what stood there is marked');
    assert.deepEqual(holding([late], stdout + stderr), []);
  });

  it('of a VM are in no file of a gate, which audits all, backs it up and reads its vm.xml', async () => {
    const { current } = rig;
    const userData = [
      '#cloud-config\nchpasswd:\n  list: |\n    root:Planted-20\n',
      "runcmd:\n - mysql --password Planted-21\n - sshpass -p 'Planted-22' ssh h\n - git clone https://ghp_Planted23Planted23@github.com/x\n",
      'luks:\n  passphrase: Planted-24 Planted-24\n-----BEGIN PGP MESSAGE-----\nPlanted-25\n-----END PGP MESSAGE-----\n',
    ].join('');
    const names = ['DB_PASS', 'MYSQL_PWD', 'APIKEY', 'ROOT_PW', 'WIFI_PSK', 'LUKS_KEY', 'ROOT_PASSWORD'];
    const values = Object.fromEntries(names.map((name, at) => [name, `Planted-3${at}`]));
    await current.edit(({ vms }) => {
      const vm = vms[0] ?? assert.fail();
      const CONTEXT = { ...values, USER_DATA: userData, USERDATA: inBase64(userData) };
      Object.assign(vm, { USER_TEMPLATE: { ...values, HINT: 'it is Planted-30' }, TEMPLATE: { ...(vm.TEMPLATE as Tree), CONTEXT } });
    });
    const seen = await current.on('frontend01', 'onevm show -x 0');
    const planted = [...new Set(`${userData}${seen}`.match(/Planted-?\d\d/g))];
    assert.equal(planted.length, 13, `OpenNebula shows them: ${seen}`);
    const { exitCode, stdout, stderr } = await current.suite('gate');
    assert.equal(exitCode, 0, stdout + stderr);
    assert.deepEqual(holding([...planted, ...planted.map((each) => inBase64(each).slice(4, 12))], stdout + stderr), []);
  });
});
