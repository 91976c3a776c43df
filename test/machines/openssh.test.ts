import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { readLogin } from '../../support/facts/login.ts';
import { added, addedToRsync, OWN_CONNECTION, QUIET } from '../../support/machines/added.ts';
import { LocalShell } from '../../support/machines/local.ts';
import { acceptedKey, clientFailure, cutOff, loginTo, ownSettings, setRemoteShell, spoken } from '../../support/machines/openssh.ts';
import { evidence } from '../made.ts';

const refused = 'ssh: connect to host backup01.example.net port 22: Connection refused';
const denied = 'oneadmin@backup01.example.net: Permission denied (publickey).';
const unverified = 'Host key verification failed.';
const rsyncClosed = 'rsync: connection unexpectedly closed (0 bytes received so far) [sender]';
const learned = "Warning: Permanently added 'backup01.example.net' (ED25519) to the list of known hosts.";
const negotiate = (what: string) => `Unable to negotiate with 198.18.0.9 port 22: no matching ${what}`;
const connect = (why: string) => `ssh: connect to host backup01.example.net port 22: ${why}`;
const resolve = (why: string) => `ssh: Could not resolve hostname backup01.example.net: ${why}`;
const config = '/var/lib/one/.ssh/config';

/** Word for word from OpenSSH clients 8.2 to 9.9 and from the recordings of OpenNebula 7.4.0, by kind of failure and its reason. */
const sayings: Readonly<Record<string, readonly string[]>> = {
  'refused port-closed': [refused],
  'refused denied': [
    denied,
    'oneadmin@backup01.example.net: Permission denied (publickey,password,keyboard-interactive).',
    'Received disconnect from 198.18.0.9 port 22:2: Too many authentication failures\nDisconnected from 198.18.0.9 port 22',
    // What rsync and the far shell say around it does not matter.
    `${denied}\n${rsyncClosed}\nrsync error: unexplained error (code 255) at io.c(285) [sender=3.5.0]`,
    `${learned}\r\n${denied}\r`,
  ],
  'refused host-key': [
    unverified,
    `No ED25519 host key is known for backup01.example.net and you have requested strict checking.\n${unverified}`,
    'No RSA host key is known for [backup01]:2222 and you have requested strict checking.',
    `${'@'.repeat(59)}\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nIT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\n${unverified}`,
    '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @',
    // A refusal outweighs what came of it.
    `${unverified}\n${rsyncClosed}\nConnection closed by 198.18.0.9 port 22`,
  ],
  'refused unknown-name': [resolve('Name or service not known'), resolve('No address associated with hostname')],
  'lost unknown-name': [resolve('Temporary failure in name resolution')],
  refused: [
    'Cannot execute command-line and remote command.',
    'Access denied',
    negotiate('host key type found. Their offer: ssh-rsa'),
    negotiate('key exchange method found. Their offer: diffie-hellman-group1-sha1'),
    negotiate('cipher found. Their offer: aes128-cbc'),
    `Bad owner or permissions on ${config}`,
    'vdollar_percent_expand: unknown key %1',
    'percent_expand: unknown key %1',
    `${config}: line 3: Bad configuration option: forwardagents\n${config}: terminating, 1 bad configuration options`,
  ],
  silent: [
    connect('Connection timed out'),
    'Connection timed out during banner exchange\nConnection to 198.18.0.9 port 22 timed out',
    'Timeout, server backup01.example.net not responding.',
    connect('Permission denied'),
  ],
  'lost dropped': [
    'kex_exchange_identification: Connection closed by remote host\nConnection closed by 198.18.0.9 port 22',
    'kex_exchange_identification: read: Connection reset by peer\nConnection reset by 198.18.0.9 port 22',
    'ssh_exchange_identification: Connection closed by remote host',
    'Connection closed by 198.18.0.9 port 22',
    'Connection reset by 198.18.0.9 port 22',
  ],
  lost: [
    'banner exchange: Connection to UNKNOWN port 65535: Broken pipe',
    'client_loop: send disconnect: Broken pipe',
    'Connection to backup01.example.net closed by remote host.',
    connect('Network is unreachable'),
    connect('No route to host'),
    connect('Cannot allocate memory'),
    `socket: Too many open files\n${connect('failure')}`,
  ],
  // These are about other things than getting in.
  'nothing we know': [
    '',
    learned,
    "mkdir: cannot create directory '/var/lib/one/datastores/100/0/3aba71/': Permission denied",
    'protocol version mismatch -- is your shell clean?\n(see the rsync manpage for an explanation)',
    `bash: line 1: rsync: command not found\n${rsyncClosed}`,
    'rsync: [sender] write failed on "/var/lib/one/datastores/disk.0.0": No space left on device (28)',
  ],
};

describe('what an OpenSSH client says', () => {
  for (const [expected, texts] of Object.entries(sayings))
    for (const stderr of texts)
      test(`${expected}: ${stderr.split('\n').find((line) => /[a-z]/.test(line)) ?? '(empty)'}`, () => {
        const failure = clientFailure(stderr);
        assert.equal(failure ? [failure.kind, failure.reason].filter(Boolean).join(' ') : 'nothing we know', expected);
        assert.equal(failure?.name, /unknown-name/.test(expected) ? 'backup01.example.net' : undefined);
        if (!failure) return;
        assert.ok(stderr.includes(failure.message), `its own words, not ours: ${failure.message}`);
        assert.doesNotMatch(failure.message, /[\r\n]/);
      });

  test('255 is its own exit code: then it did not get in, whatever it says', () => {
    assert.deepEqual(clientFailure('who knows\n', 255), { kind: 'lost', message: 'who knows' });
    assert.deepEqual(clientFailure('', 255), { kind: 'lost', message: 'ssh ended with 255 and said nothing' });
    assert.deepEqual([clientFailure('who knows', 1), clientFailure(denied, 255)?.reason], [undefined, 'denied']);
  });

  test('of a connection that is cut while a command runs', () => {
    for (const words of [
      'Connection to far closed by remote host.',
      'client_loop: send disconnect: Broken pipe',
      'Timeout, server far not responding.',
    ])
      assert.deepEqual(cutOff(`half\n${words}\r\n`), { kind: 'stuck', message: words });
    assert.equal(cutOff('it said: Connection to far closed by remote host.'), undefined);
  });

  test('in the middle of a far command’s line is taken out of it', () => {
    const said = 'cat: /var/lib/one/x: No such file or directory';
    for (const stderr of [
      `debug1: a\ncat: debug1: client_input_channel_req: channel 0 rtype exit-status reply 0\r\n/var/lib/one/x: No such file or directory\n`,
      'cat: debug1: a\r\ndebug1: b\r\n/var/lib/one/x: debug2: c\nNo such file or directory\n',
      `${said}\ndebug1: a\n`,
      `${said}debug1: a\r\n`,
    ])
      assert.equal(spoken(stderr), said);
    assert.equal(spoken('one\ntwo\ndebug1: a\nthree\n'), 'one\ntwo\nthree');
  });

  test('of a key exchange that we preferred is not the machine’s word', () => {
    const warning =
      '** WARNING: connection is not using a post-quantum key exchange algorithm.\n** This session may be vulnerable to "store now, decrypt later" attacks.\n** The server may need to be upgraded. See https://openssh.com/pq.html\n';
    assert.equal(spoken(`${warning}** Maintenance tonight\n`), '** Maintenance tonight');
  });
});

describe('the key exchanges of our own logins', () => {
  const folder = mkdtempSync(join(tmpdir(), 'openssh test '));
  after(() => rmSync(folder, { recursive: true }));
  const preferred = async (setting: string) => {
    const file = join(folder, 'ssh_config_of_kex');
    writeFileSync(file, `KexAlgorithms ${setting}\n`);
    const script = `${ownSettings(`-F '${file}' far`, 7)}\nprintf %s "$kex"`;
    return (await new LocalShell().run({ argv: ['sh', '-c', script], deadline: 5 })).stdout;
  };
  test('are those that the settings allow, the cheapest first', async () => {
    const allowed = 'ecdh-sha2-nistp256,curve25519-sha256,ecdh-sha2-nistp521';
    assert.equal(await preferred(allowed), `curve25519-sha256,${allowed}`);
    assert.match(await preferred('+diffie-hellman-group1-sha1'), /^curve25519-sha256,.*,diffie-hellman-group1-sha1$/);
  });
  test('are left as they are where the settings do not allow it', async () => {
    for (const setting of ['ecdh-sha2-nistp256', '-curve25519-sha256', 'curve25519-sha256@libssh.org'])
      assert.equal(await preferred(setting), '', setting);
  });
});

describe('what our own logins take from the settings', () => {
  const folder = mkdtempSync(join(tmpdir(), 'openssh test '));
  after(() => rmSync(folder, { recursive: true }));
  const taken = async (setting: string) => {
    const file = join(folder, 'ssh_config');
    writeFileSync(file, `${setting}\n`);
    const script = `${ownSettings(`-F '${file}' far`, 7)}\nprintf '%s|%s' "$known" "$patience"`;
    return (await new LocalShell().run({ argv: ['sh', '-c', script], deadline: 5 })).stdout.split('|');
  };
  test('what the client itself runs after a login is told where it is permitted', async () => {
    const after = async (setting: string) => {
      writeFileSync(join(folder, 'ssh_config_local'), `${setting}\n`);
      const script = `${ownSettings(`-F '${folder}/ssh_config_local' far`, 7)}\nprintf %s "$after"`;
      return (await new LocalShell().run({ argv: ['sh', '-c', script], deadline: 5 })).stdout;
    };
    assert.equal(await after('PermitLocalCommand yes\nLocalCommand echo "to %h" $HOME'), 'echo "to %h" $HOME');
    for (const setting of ['', 'LocalCommand echo hi', 'PermitLocalCommand yes', 'PermitLocalCommand no\nLocalCommand echo hi'])
      assert.equal(await after(setting), '', setting);
  });
  test('they wait as long as we do, or as is set, if that is less', async () => {
    for (const [setting, patience] of [
      ['', '7'],
      ['ConnectTimeout 2', '2'],
      ['ConnectTimeout 1m', '7'],
      ['ConnectTimeout 7', '7'],
      ['ConnectTimeout none', '7'],
    ] as const)
      assert.equal((await taken(setting))[1], patience, setting);
  });
  test('they search the files of known hosts, blanks in their names included', async () => {
    for (const [setting, known] of [
      ['/a /b', '/a /b'],
      ['"/a b/known hosts" /c', '"/a b/known hosts" /c'],
      ['/c "/a b"', '/c "/a b"'],
      ['none', '/dev/null'],
      ['known', 'known'],
    ] as const)
      assert.equal((await taken(`UserKnownHostsFile ${setting}`))[0], known, setting);
  });
});

describe('what is added to the driver’s own words', () => {
  const to = { host: 'backup01', user: 'oneadmin', connectTimeout: 7 };
  const list = [...added, ...addedToRsync, OWN_CONNECTION, QUIET];
  test('says of itself why it changes nothing', () => {
    for (const { words, why } of list) {
      assert.ok(words.length > 0);
      assert.match(why, /^[A-Z].{20,}\.$/, words.join(' '));
    }
  });
  test('is all of what a login has', () => {
    const words = list.flatMap((each) => each.words);
    const [, , script = '', name, destination, ...rest] = loginTo({ ...to, forwardAgent: true }, 'true');
    assert.deepEqual(
      [name, destination, rest],
      ['ssh', 'oneadmin@backup01', [...OWN_CONNECTION.words, '-o', 'ForwardAgent=yes', '--', destination, 'true']],
    );
    for (const [text, before, after] of [
      [script, /exec ssh /, / "\$@"$/],
      [setRemoteShell(to), /rsh="\$\{RSYNC_RSH:-ssh\} /, /"$/],
    ] as const) {
      const line = text.split('\n').at(-1) ?? '';
      const given =
        line
          .replace(before, '')
          .replace(after, '')
          .match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
      assert.deepEqual(
        given.map((word) => word.replace(/^["']|["']$/g, '')).filter((word) => !words.includes(word)),
        [],
        line,
      );
      assert.ok(given.length >= 10, line);
    }
  });

  /** What a host's settings of shared connections come to. */
  const quiet = async (settings: string) => {
    const file = join(folder, 'ssh_config_of_mux');
    writeFileSync(file, `Host backup01\n${settings}\n`);
    const script = setRemoteShell(to).replace('ssh -G ', `ssh -F '${file}' -G `);
    return (await new LocalShell().run({ argv: ['bash', '-c', `${script}\nprintf %s "$quiet"`], deadline: 5 })).stdout;
  };
  const folder = mkdtempSync('/tmp/mux');
  after(() => rmSync(folder, { recursive: true }));
  const name = (length: number) => join(folder, 'x'.repeat(length - folder.length - 1));
  for (const [what, settings, expected] of [
    ['is made', `ControlMaster auto\nControlPath ${folder}/%C`, '-oControlMaster=no'],
    ['is made, and none may stand', `ControlMaster yes\nControlPath ${folder}/%C`, '-oControlMaster=no -oControlPath=none'],
    ['is not made', `ControlMaster no\nControlPath ${folder}/%C`, ''],
    ['has no name', 'ControlMaster auto', ''],
    ['has no folder', `ControlMaster auto\nControlPath ${folder}/mux/%C`, ''],
    ['has a name as long as can be', `ControlMaster auto\nControlPath ${name(90)}`, '-oControlMaster=no'],
    ['has too long a name', `ControlMaster auto\nControlPath ${name(91)}`, ''],
  ] as const)
    test(`a shared connection that ${what}: “${expected}”`, async () => assert.equal(await quiet(settings), expected));
});

describe('a verbose client', () => {
  const login = (...lines: string[]) => readLogin('kvm01', 'backup01', evidence({ exitCode: 255, stderr: lines.join('\n') }), /^runs$/m);
  /** As `ssh -v` of OpenSSH 9.2 prints it. */
  const verbose = [
    'OpenSSH_9.2p1 Debian-2+deb12u7, OpenSSL 3.0.17 1 Jul 2025',
    'debug1: Reading configuration data /etc/ssh/ssh_config',
    'debug1: Connection established.',
    'debug1: Server host key: ssh-ed25519 SHA256:q1w2e3',
    "debug1: Host 'backup01' is known and matches the ED25519 host key.",
    'debug1: Authentications that can continue: publickey',
    'Authenticated to backup01 ([198.18.0.9]:22) using "publickey".',
  ];
  const early = verbose.slice(0, 4);
  const changed = '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @';
  for (const [what, lines, standing] of [
    ['the stored one', verbose, 'stored'],
    ['a new one that was let pass', [...early, learned, ...verbose.slice(5)], 'new'],
    ['an unknown one that was not', [...early, unverified], 'refused'],
    ['a changed one', [...early, changed, unverified], 'refused'],
    ['none: refused before', ['debug1: Connecting to backup01 [198.18.0.9] port 22.', refused], undefined],
  ] as const)
    test(`tells which host key was shown: ${what}`, () => {
      const { hostKey } = login(lines.join('\r\n'));
      const key = { type: 'ssh-ed25519', fingerprint: 'SHA256:q1w2e3', ...(standing !== 'refused' && { address: '198.18.0.9' }) };
      assert.deepEqual(hostKey, standing && { ...key, standing });
    });

  test('goes by way of a machine that is not the one we go to', () => {
    const way = "debug1: Setting implicit ProxyCommand from ProxyJump: ssh -v -W '[%h]:%p' jump01";
    const [key, letIn] = [
      'debug1: Server host key: ssh-ed25519 SHA256:jump',
      'Authenticated to jump01 ([198.18.0.8]:22) using "publickey".',
    ];
    const far = verbose.slice(3).map((line) => line.replace('q1w2e3', 'far'));
    assert.equal(login(way, key, letIn, ...far).failure, undefined);
    assert.equal(login(way, key, letIn, ...far).hostKey?.fingerprint, 'SHA256:far');
    const byProxy = far.map((line) => line.replace('[198.18.0.9]:22', 'via proxy'));
    assert.deepEqual(login(way, key, letIn, ...byProxy).hostKey, { type: 'ssh-ed25519', fingerprint: 'SHA256:far', standing: 'stored' });
    assert.equal(login(way, key, letIn, ...far.slice(0, 1), denied).failure?.message, denied);
    assert.deepEqual([login(way, key, letIn, 'Connection reset by').hostKey, login(way, key, unverified).hostKey], [undefined, undefined]);
    assert.equal(login(way, key, learned, ...far).hostKey?.standing, 'stored');
  });

  /** As sshd of OpenSSH 9.2 shows it, its client and a banner: the one with carriage returns, the other without. */
  const banner = (...greeting: string[]) => [
    ...verbose.slice(0, 5),
    'debug1: SSH2_MSG_SERVICE_ACCEPT received',
    ...greeting,
    'debug1: Authentications that can continue: publickey,password,keyboard-interactive',
    'debug1: Next authentication method: publickey',
  ];
  const greetings = [
    'Access denied to all but staff.',
    'Authenticated to this machine is staff only.',
    'Authenticated to backup01 ([198.18.0.9]:22) using "publickey".',
    'Connection refused',
    'Host key verification failed.',
    'oneadmin@backup01: Permission denied (publickey).',
    'debug1: mux_client_request_session: master session id: 2',
  ];
  for (const greeting of greetings) {
    test(`is not taken for the server, which greets with “${greeting}”`, () => {
      const lost = 'Connection closed by 198.18.0.9 port 22';
      const kind = (...lines: string[]) => login(...lines).failure?.reason;
      assert.equal(kind(...banner(greeting), denied), 'denied');
      assert.equal(login(...banner(greeting), denied).failure?.message, denied);
      assert.equal(login(...banner(greeting), verbose[6] ?? '').failure, undefined);
      assert.equal(kind(...banner(greeting), lost), 'dropped');
      assert.equal(login(...banner(greeting), denied).hostKey?.standing, 'stored');
      // The greeting may be the last that comes.
      assert.equal(kind(...banner(greeting).slice(0, -2), lost), greeting.includes('using') ? undefined : 'dropped');
    });
  }

  test('tells an agent’s key from a file, whatever the settings offer', () => {
    const accepts = (key: string) => acceptedKey(`debug1: Server accepts key: ${key}\r\n${verbose[6]}\r\n`);
    const key = 'ED25519 SHA256:fBmBxlcCKaABtULvLXC6WbZfE5cbd3civfnQ1zkvp38';
    assert.deepEqual(
      [`root@vm ${key} agent`, `/k1 ${key} explicit agent`, `/k1 ${key} explicit`, `/k1 ${key}`, `/my agent ${key} explicit`].map(accepts),
      ['agent', 'agent', 'file', 'file', 'file'],
    );
    // OpenSSH 7.4 does not say whose it is.
    assert.equal(accepts('pkalg ssh-ed25519 blen 51'), undefined);
  });

  test('may go over a connection that stands already', () =>
    assert.equal(login('debug1: mux_client_request_session: master session id: 2').failure, undefined));

  test('chats about what is no evidence, and no failure', () => {
    const chat = [...verbose, 'debug1: connect to address 198.18.0.9 port 22: Connection refused', 'debug2: Permission denied (x)'];
    assert.equal(clientFailure(chat.join('\n')), undefined);
    const [shown] = login(...chat, denied).evidence;
    assert.match(shown?.stderr ?? '', /Server host key: ssh-ed25519 SHA256:q1w2e3[\s\S]*Permission denied \(publickey\)/);
    assert.doesNotMatch(shown?.stderr ?? '', /Reading configuration|OpenSSH_9|debug2/);
  });
});
