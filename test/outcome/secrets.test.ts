import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleaned, redact, rememberEnvironment, scrub } from '../../support/outcome/secrets.ts';
import fc from '../fuzz.ts';

const inBase64 = (text: string) => Buffer.from(text).toString('base64');

/** Base64 of a secret in the middle of a text, at each of the three places where it may begin in a group; and of the same in a longer word. */
const atEachPlace = (secret: string) =>
  ['', 'x', 'xy'].flatMap((before) =>
    ['', 'z', 'zz'].flatMap((behind) => [inBase64(`${before}${secret}${behind}`), `1${inBase64(`${before}${secret}, and more${behind}`)}`]),
  );

/** Fails where four characters of a secret in a row are left, as they are or in base64, wherever that begins. */
function hidden(text: string, secret: string): void {
  const pieces = text.split('[redacted]').flatMap((piece) => piece.split(/[^A-Za-z0-9+/]+/));
  const read = pieces.flatMap((piece) => [0, 1, 2, 3].map((at) => Buffer.from(piece.slice(at), 'base64').toString('latin1')));
  for (let at = 0; at + 4 <= secret.length; at += 1) {
    const part = secret.slice(at, at + 4);
    for (const each of [text.replaceAll('[redacted]', ' '), ...read]) assert.ok(!each.includes(part), `${part} of ${secret} in ${text}`);
  }
}

/** Each text, and what is to be left of it; what begins with SECRET is one, over a blank or line end, too. */
const rows: Readonly<Record<string, readonly [text: string, kept: string]>> = {
  'a private key': [
    'before\n-----BEGIN OPENSSH PRIVATE KEY-----\nSECRETkeyBODY1\nSECRETkeyBODY2\n-----END OPENSSH PRIVATE KEY-----\nafter',
    'before\n-----BEGIN OPENSSH PRIVATE KEY-----[redacted]-----END OPENSSH PRIVATE KEY-----\nafter',
  ],
  'a private key that is cut off': ['x\n-----BEGIN RSA PRIVATE KEY-----\nSECRETrsaBODY', 'x\n-----BEGIN RSA PRIVATE KEY-----[redacted]'],
  'a private key of PGP': [
    '-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nSECRETpgp1\n-----END PGP PRIVATE KEY BLOCK-----',
    '-----BEGIN PGP PRIVATE KEY BLOCK-----[redacted]-----END PGP PRIVATE KEY BLOCK-----',
  ],
  'a message of PGP': [
    '-----BEGIN PGP MESSAGE-----\nSECRETpgp2\n-----END PGP MESSAGE-----',
    '-----BEGIN PGP MESSAGE-----[redacted]-----END PGP MESSAGE-----',
  ],
  'an element': ['<VNC_PASSWORD>SECRETvnc1</VNC_PASSWORD>', '<VNC_PASSWORD>[redacted]</VNC_PASSWORD>'],
  'an element in CDATA': ['<TOKEN><![CDATA[SECRETtok1]]></TOKEN>', '<TOKEN><![CDATA[[redacted]]]></TOKEN>'],
  'an element DB_PASS': ['<DB_PASS><![CDATA[SECRETdb1]]></DB_PASS>', '<DB_PASS><![CDATA[[redacted]]]></DB_PASS>'],
  'an attribute of a template': ['RESTIC_PASSWORD = "SECRETrestic"', 'RESTIC_PASSWORD = "[redacted]"'],
  'an attribute LUKS_KEY': ['LUKS_KEY = "SECRETluks1 SECRETluks2", NAME = "a"', 'LUKS_KEY = "[redacted]", NAME = "a"'],
  'a value of JSON': ['{"token": "SECRETjson"}', '{"token": "[redacted]"}'],
  'a value of JSON with a short name': ['{"db_pass":"SECRETjson2","port":22}', '{"db_pass":"[redacted]","port":22}'],
  'a password in a URL': ['ftp://user:SECRETurl@host/', 'ftp://user:[redacted]@host/'],
  'a value of JSON in JSON': ['{"body": "{\\"token\\": \\"SECRETinner\\"}"}', '{"body": "{\\"token\\": \\"[redacted]\\"}"}'],
  'a value of JSON in JSON in JSON': [
    JSON.stringify(JSON.stringify('PASSWORD="SECRETdeep"')),
    JSON.stringify(JSON.stringify('PASSWORD="[redacted]"')),
  ],
  'a value over two lines': ['PASSWORD = "SECRETline1\nSECRETline2"', 'PASSWORD = "[redacted]"'],
  'a variable of the environment': ['GITHUB_TOKEN=SECRETenv1 HOME=/root', 'GITHUB_TOKEN=[redacted] HOME=/root'],
  MYSQL_PWD: ['MYSQL_PWD=SECRETmysql1 PWD=/root', 'MYSQL_PWD=[redacted] PWD=/root'],
  APIKEY: ['export APIKEY=SECRETapi1', 'export APIKEY=[redacted]'],
  apiKey: ["apiKey: 'SECRETapi2'", "apiKey: '[redacted]'"],
  ROOT_PW: ["ROOT_PW='SECRETroot1'", "ROOT_PW='[redacted]'"],
  WIFI_PSK: ['WIFI_PSK: SECRETwifi1', 'WIFI_PSK: [redacted]'],
  'a value of YAML': ['db:\n  passphrase: SECRETyaml1\n', 'db:\n  passphrase: [redacted]\n'],
  'a passphrase of two words': ['  LUKS_PASSPHRASE = SECRETfirst SECRETsecond\nnext', '  LUKS_PASSPHRASE = [redacted]\nnext'],
  'a passphrase in quotes': ['passphrase "SECRETthird SECRETfourth" set', 'passphrase "[redacted]" set'],
  'the query of a URL': ['https://host/?access_token=SECRETquery1&x=1', 'https://host/?access_token=[redacted]&x=1'],
  'a header': ['GET / HTTP/1.1\nAuthorization: Bearer SECRETbearer1', 'GET / HTTP/1.1\nAuthorization: Bearer [redacted]'],
  one_auth: ['oneadmin:SECRETone1auth', 'oneadmin:[redacted]'],
  'an option': ['mysqldump --password SECRETopt1 --all', 'mysqldump --password [redacted] --all'],
  'an option with =': ['restic --password=SECRETopt2 ls', 'restic --password=[redacted] ls'],
  'an option in quotes': [`x --passphrase "SECRETopt3 SECRETopt4" y`, 'x --passphrase "[redacted]" y'],
  'sshpass -p': ["sshpass -v -p 'SECRETsp1 SECRETsp2' ssh -p 22 host", "sshpass -v -p '[redacted]' ssh -p 22 host"],
  'sshpass -p at once': ['sshpass -pSECRETsp3 ssh host', 'sshpass -p[redacted] ssh host'],
  "cloud-init's chpasswd": [
    '#cloud-config\nchpasswd:\n  expire: false\n  list: |\n    root:SECRETch1\n    oper:SECRETch2\nssh_pwauth: true\n',
    '#cloud-config\nchpasswd:\n  expire: false\n  list: |\n    root:[redacted]\n    oper:[redacted]\nssh_pwauth: true\n',
  ],
  "cloud-init's chpasswd as a list": ['chpasswd:\n  list:\n    - "root:SECRETch3"]]>', 'chpasswd:\n  list:\n    - "root:[redacted]"]]>'],
  'what is piped into chpasswd': ['echo "root:SECRETch4" | sudo chpasswd', 'echo "root:[redacted]" | sudo chpasswd'],
  'a token of GitHub': ['as ghp_SECRETforge1x', 'as ghp_[redacted]'],
  'another of GitHub': ['as gho_SECRETforge2x', 'as gho_[redacted]'],
  'a finer one of GitHub': ['github_pat_SECRETforge3x', 'github_pat_[redacted]'],
  'a token of GitLab': ['glpat-SECRETforge4x', 'glpat-[redacted]'],
};
for (const [what, [text, kept]] of Object.entries(rows)) {
  test(`${what} is taken out, remembered, and taken out elsewhere`, () => {
    assert.equal(redact(text), kept);
    assert.equal(redact(`${kept}\nand more`), `${kept}\nand more`);
    for (const secret of text.match(/SECRET\w+(\s+SECRET\w+)?/g) ?? assert.fail())
      for (const each of [secret, `ab${secret}cd`, ...atEachPlace(secret)]) {
        assert.ok(scrub(each).includes('[redacted]'), each);
        hidden(scrub(each), secret);
      }
  });
}

test('a secret that was seen is taken out however else it is written', () => {
  const secret = 'SECRET <way> & "means" ü1';
  redact(`<VNC_PASSWORD><![CDATA[${secret}]]></VNC_PASSWORD>`);
  for (const text of [
    secret,
    JSON.stringify({ said: secret }),
    encodeURIComponent(secret),
    'SECRET &lt;way&gt; &amp; "means" ü1',
    'SECRET &lt;way&gt; &amp; &quot;means&quot; ü1',
    '001-curl-SECRET-way-means-1.txt',
    ...['', 'x', 'xy'].map((before) => `data:${inBase64(`${before}${secret}, and more`)}`),
    ...['', 'x', 'xy'].map((before) => `1${inBase64(`${before}${secret}, and more`)}`),
  ]) {
    const clean = scrub(text);
    assert.match(clean, /\[redacted\]/, text);
    assert.doesNotMatch(clean, /SECRET/, text);
    hidden(clean, secret);
  }
});

test('base64 of something secret is taken out as a whole, over several lines, too', () => {
  const file = '<VM><TEMPLATE><PASSWORD><![CDATA[SECRETinBase64]]></PASSWORD></TEMPLATE></VM>';
  const lines = inBase64(file.repeat(3)).replace(/.{76}/g, '$&\n');
  assert.equal(redact(`vm.xml:\n${lines}\nend of it`), 'vm.xml:\n[redacted]\nend of it');
  const plain = inBase64('<VM><NAME>nothing secret</NAME></VM>');
  assert.equal(redact(plain), plain);
});

test('base64 is found wherever it begins, behind whatever comes before', () => {
  const secret = inBase64('PASSWORD=SECRETplace1');
  for (let before = 0; before < 45; before += 1)
    for (const [left, end] of [
      ['<'.repeat(before), ''],
      [`${'ab<'.repeat(before)}=`, '\nand more'],
      [`${'x'.repeat(19)}<`.repeat(before), '='],
    ] as const)
      assert.equal(redact(`${left}${secret}${end}`), `${left}[redacted]${end === '=' ? '' : end}`);
});

test('a secret that is cut within a character is one', () => assert.equal(redact('PASSWORD=SECRET\ud83d'), 'PASSWORD=[redacted]'));

test('base64 of megabytes is looked at to its end', () => {
  const long = 'A'.repeat(4 * 2 ** 20);
  assert.equal(redact(long), long);
  assert.ok(redact(`${long}${inBase64('PASSWORD="SECRETatTheEnd"')}`).endsWith('[redacted]'));
});

test('a quote inside of a value does not end it', () => {
  const text = String.raw`PASSWORD = "half\"the other half", NAME = "a"`;
  assert.equal(redact(text), 'PASSWORD = "[redacted]", NAME = "a"');
});

test('what is redacted can be read as before: no element ends elsewhere, none is gone', () => {
  const bits = [
    'password',
    'TOKEN',
    'DB_PASS',
    'passphrase ',
    '--password ',
    'sshpass -p ',
    'chpasswd\n',
    'root:',
    'ghp_',
    '=',
    ': ',
    '"',
    "'",
    ' ',
  ];
  const more = ['\n', '\\', 'Authorization: Basic ', 'oneadmin:', 'x9x9x9x9x9x9', 'ftp://u:', '@', '<', '&', ' | chpasswd'];
  const blocks = ['-----BEGIN RSA PRIVATE KEY-----', '-----BEGIN PGP MESSAGE-----', inBase64('password=x9x9x9x9x9')];
  const texts = fc.array(fc.constantFrom(...bits, ...more, ...blocks), { maxLength: 12 }).map((some) => some.join(''));
  fc.assert(
    fc.property(texts, fc.constantFrom('ROOT_PASSWORD', 'ROOT_PW', 'HINT'), (text, name) => {
      const xml = `<VM><ID>1</ID><${name}><![CDATA[${text}]]></${name}><STATE>3</STATE></VM>`;
      assert.match(redact(xml), new RegExp(`^<VM><ID>1</ID><${name}><!\\[CDATA\\[[\\s\\S]*\\]\\]></${name}><STATE>3</STATE></VM>$`));
    }),
  );
});

test('secrets of our own environment are known from the beginning, paths are none', () => {
  rememberEnvironment({ CI_JOB_TOKEN: 'SECRETci-job1', HOME: '/root', PWD: '/root/here', API_KEY: 'short', DB_PASS: 'SECRETdb-env' });
  assert.equal(scrub('said SECRETci-job1, SECRETdb-env in /root/here, short'), 'said [redacted], [redacted] in /root/here, short');
});

test('a word behind something that only sounds secret is gone there, and stays elsewhere', () => {
  assert.equal(redact('token: expired. password=wrong!'), 'token: [redacted] password=[redacted]');
  assert.equal(scrub('The certificate has expired.'), 'The certificate has expired.');
});

test('a value too short to be told from other text is taken out where it stands, and nowhere else', () => {
  assert.equal(redact('PASSWORD="on"'), 'PASSWORD="[redacted]"');
  assert.equal(scrub('STAT on'), 'STAT on');
});

test('what only looks like a secret stays', () => {
  for (const text of [
    'Permission denied (publickey,password).',
    'ssh://oneadmin@frontend01:22',
    '<NAME>password</NAME>',
    '-----BEGIN PUBLIC KEY-----\nabc',
    '-----BEGIN PGP SIGNATURE-----\nabc',
    'chown oneadmin:oneadmin, oneadmin:x:9869:9869, oneadmin:backup-operators',
    "oneadmin@backup01's password: ",
    'Authorization: denied',
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxTbwRQoNxwZr0oWvUqPMhwcnXkHrGVB5bEo4qs5sHt',
    'SSH_PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxTbwRQ"',
    'debug1: Server host key: ssh-ed25519 SHA256:xJNQqmSxjPOgRUfrHWcvMYGM1LHvKxZxnBlqJTjMbRA',
    'debug1: Offering public key: /var/lib/one/.ssh/id_ed25519 ED25519 SHA256:xJNQqmSx agent',
    'KEY=/var/lib/one/.ssh/id_rsa SSH_KEY: ssh-rsa AAAA LUKS_KEY="/etc/luks/key"',
    'PWD=/var/lib/one OLDPWD=~/x',
    'ssh -p 2222 -o StrictHostKeyChecking=accept-new host, rsync -p a b',
    'Enter passphrase for key: incorrect passphrase supplied to decrypt private key',
    'The private key wants a passphrase "',
    'chpasswd is not installed on kvm01: install it.\nbackup01: ok\n',
  ])
    assert.equal(redact(text), text);
});

test('what is long and odd is looked through in no time', { timeout: 20_000 }, () => {
  const long = (text: string) => text.repeat(200_000 / text.length);
  for (const odd of ['\\', '_', 'A_', 'KEY=', 'x_PASS=', 'passphrase: a ', '"', ' ', 'a:', 'root:x\n', '-v '])
    for (const begin of ['', 'password=', 'KEY', 'TOKEN: "', 'chpasswd\n', 'sshpass ']) redact(`${begin}${long(odd)}`);
});

test('of secrets that reach into one another nothing is left', () => {
  redact('TOKEN=SECRETone-SECRETtwo PASSWORD=SECRETtwo-SECRETthree');
  assert.equal(scrub('x SECRETone-SECRETtwo-SECRETthree y'), 'x [redacted] y');
  assert.equal(scrub('SECRETone-SECRETtwoSECRETtwo-SECRETthree'), '[redacted][redacted]');
});

test('of the secrets of thousands of VMs none stays, in no time', { timeout: 20_000 }, () => {
  const all = Array.from({ length: 5000 }, (_, at) => `SECRET${at}-of-vm`);
  redact(all.map((secret) => `<PASSWORD>${secret}</PASSWORD>`).join('\n'));
  const text = `${'nothing to be seen here\n'.repeat(20_000)}${all.join(' ')}`;
  assert.doesNotMatch(scrub(text), /SECRET/);
});

test('plain data that is clean is not made again', () => {
  const data = { a: ['b', { c: 1, d: null }], e: 'f' };
  assert.equal(cleaned(data, scrub), data);
  const { a, e } = cleaned({ ...data, e: 'PASSWORD=SECRETdata1' }, scrub);
  assert.deepEqual([a === data.a, e], [true, 'PASSWORD=[redacted]']);
});

test('of plain data every text is cleaned, and no word that is ours', () => {
  redact('PASSWORD="not-met" TOKEN="2026-11"');
  const told = {
    outcome: 'not-met',
    startedAt: '2026-11-23T09:10:00.000Z',
    reason: 'it is not-met',
    list: [{ fix: 'not-met', at: 1, none: null }],
  };
  assert.deepEqual(cleaned(told, scrub), {
    ...{ outcome: 'not-met', startedAt: '2026-11-23T09:10:00.000Z', reason: 'it is [redacted]' },
    list: [{ fix: '[redacted]', at: 1, none: null }],
  });
});
