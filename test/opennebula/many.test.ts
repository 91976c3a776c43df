/** Many objects asked for by XML-RPC, so many at a time. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { CommandResult, Shell } from '../../support/machines/shell.ts';
import { parseVirtualMachine } from '../../support/opennebula/pools.ts';
import { asking, lookAtMany } from '../../support/opennebula/xmlrpc.ts';
import { byXmlRpc } from '../answers.ts';
import { evidence } from '../made.ts';

const ids = Array.from({ length: 600 }, (_, id) => String(id));

/** What of each is read where the front-end answers so, and what was asked. */
async function asked(odd: (request: string) => Partial<CommandResult> = () => ({})) {
  const requests: string[][] = [];
  const run: Shell['run'] = ({ argv, typed = '' }) => {
    const own = argv.filter((word) => word.startsWith('vm.info '));
    requests.push(own);
    const vm = (id: string) => byXmlRpc(`<VM><ID>${id}</ID><NAME>vm${id}</NAME><CONTEXT>no</CONTEXT></VM>`);
    const stdout = own.map((request) => vm(request.slice('vm.info '.length))).join('');
    return Promise.resolve({ ...evidence({ command: typed, stdout, seconds: 1 }), ...odd(own[0] ?? '') });
  };
  const shell = { machine: 'frontend01', account: 'oneadmin', run } as unknown as Shell;
  const kind = { method: 'vm.info', argv: ['onevm', 'show', '-x'], called: 'vm' } as const;
  return { requests, read: await lookAtMany(shell, kind, ids, parseVirtualMachine, 60) };
}

test('are told in their order, in one piece of evidence, and never all are held at once', async () => {
  const { requests, read } = await asked();
  assert.deepEqual(
    requests.flat(),
    ids.map((id) => `vm.info ${id}`),
  );
  for (const batch of requests) assert.ok(batch.length <= 250, `${batch.length}`);
  assert.deepEqual(
    read.map((vm) => ('value' in vm ? vm.value.id : vm.fault)),
    ids,
  );
  const all = new Set(read.flatMap((vm) => vm.evidence));
  assert.equal(all.size, 1);
  const [one] = all;
  assert.equal(one?.seconds, requests.length);
  assert.match(one?.command ?? '', /^for vm in 0 1 .* 599; do onevm show -x \$vm; done$/);
  assert.match(one?.stdout ?? '', /<NAME>vm0<\/NAME>.*<NAME>vm599<\/NAME>/s);
  assert.doesNotMatch(one?.stdout ?? '', /CONTEXT|methodResponse/, 'no more than is judged');
});

test('endpoint and session are those of the command line, without blanks at their ends', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'ask-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const write = (file: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text, { mode });
  };
  // It shows what it is told.
  write('bin/curl', '#!/bin/sh\ncat\n', 0o755);
  write('stock/one_auth', 'stock:pw\n');
  const [program, ...args] = asking([['vm.info', 7]], 60).map((word) => word.replaceAll('/var/lib/one/.one', join(dir, 'stock')));
  const told = (env: NodeJS.ProcessEnv = {}) => {
    const said = execFileSync(program as string, args, {
      env: { PATH: `${join(dir, 'bin')}:${process.env.PATH}`, HOME: join(dir, 'home'), ...env },
      encoding: 'utf8',
    });
    return [/^url = "(.*)"$/m.exec(said)?.[1], /<string>(.*)<\/string>/.exec(said)?.[1]];
  };
  assert.deepEqual(told(), ['http://localhost:2633/RPC2', 'stock:pw']);
  write('stock/one_endpoint', 'http://stock:1/RPC2 \t\r\n');
  assert.deepEqual(told(), ['http://stock:1/RPC2', 'stock:pw']);
  write('home/.one/one_endpoint', 'http://home:1/RPC2');
  write('home/.one/one_auth', 'home: p w \t\n');
  assert.deepEqual(told(), ['http://home:1/RPC2', 'home: p w']);
  write('auth', 'given:pw\r\n');
  assert.deepEqual(told({ ONE_AUTH: join(dir, 'auth'), ONE_XMLRPC: 'http://given:1/RPC2 ' }), ['http://given:1/RPC2', 'given:pw']);
  assert.deepEqual(told({ ONE_AUTH: join(dir, 'none'), ONE_XMLRPC: '' }), ['http://home:1/RPC2', 'home: p w']);
});

test('behind one that does not come none is asked for, and each says why', async () => {
  const { requests, read } = await asked((first) => (first === 'vm.info 250' ? { stdout: '', stderr: 'curl: (28) timed out\n' } : {}));
  assert.equal(requests.length, 2);
  assert.deepEqual([...new Set(read.map((vm) => ('value' in vm ? 'a value' : vm.fault)))], ['a value', 'curl: (28) timed out']);
  assert.equal(
    read.findIndex((vm) => 'fault' in vm),
    250,
  );
});

test('what comes behind an answer that is empty is taken for none of the others', async () => {
  const emptied = ids.map((id) => (id === '10' ? '\u001d' : byXmlRpc(`<VM><ID>${id}</ID><NAME>vm${id}</NAME></VM>`)));
  const { read } = await asked((first) => (first === 'vm.info 0' ? { stdout: emptied.slice(0, 250).join('') } : {}));
  for (const [at, vm] of read.entries()) assert.equal('value' in vm ? vm.value.id : 'a fault', at < 10 ? ids[at] : 'a fault');
  assert.equal(read.length, ids.length);
});

test('a connection that breaks is told of each that is left', async () => {
  const { read } = await asked((first) =>
    first === 'vm.info 0' ? { stdout: '', failure: { kind: 'lost', message: 'the connection broke' } } : {},
  );
  assert.deepEqual([...new Set(read.map((vm) => ('value' in vm ? 'a value' : vm.fault)))], ['the connection broke']);
});
