/** Whose quotas are asked for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { surveyQuotas } from '../../support/facts/quotas.ts';
import type { Shell } from '../../support/machines/shell.ts';
import type { ListedVirtualMachine } from '../../support/opennebula/pools.ts';
import type { Protect, Site } from '../../support/site/schema.ts';
import { evidence, looked, virtualMachine, wholeCloud } from '../made.ts';

/** The users whose quotas are asked for, by their ids, one after the other. */
async function askedFor(vms: readonly ListedVirtualMachine[], protect?: Partial<Protect>): Promise<string[]> {
  const { site: whole, frontend } = wholeCloud();
  const { protect: owed, ...rest } = { ...whole, test_vm: { ...whole.test_vm, id: 0, name: 'backup-probe' } as Site['test_vm'] };
  const site = protect ? { ...rest, protect: { ...(owed as Protect), ...protect } } : rest;
  const asked: string[] = [];
  const run: Shell['run'] = async ({ stdin = '' }) => {
    asked.push(...[...stdin.matchAll(/probe user-(\d+) /g)].map(([, id = '']) => id));
    return evidence({ stdout: '' });
  };
  const shell = { machine: frontend.name, account: 'oneadmin', run } as unknown as Shell;
  const quotas = await surveyQuotas(shell, site, { ...frontend, virtualMachines: looked(vms, 'virtual-machines') });
  assert.deepEqual([...quotas.keys()], asked);
  return asked;
}

const owned = (owner: number, name: string, state = 'RUNNING') =>
  virtualMachine({ id: String(owner + 10), owner: String(owner), name, state });
const many = (state?: string) => Array.from({ length: 31 }, (_, at) => owned(at + 1, `scratch-${at + 1}`, state));
const firstThirty = Array.from({ length: 30 }, (_, at) => String(at + 1));

test('those who own VMs that are there, each once, by their ids, and never oneadmin', async () => {
  assert.deepEqual(await askedFor([owned(7, 'b'), owned(20, 'c'), owned(0, 'a'), { ...owned(7, 'd'), id: '99' }]), ['7', '20']);
  assert.deepEqual(await askedFor([...many('DONE'), owned(200, 'db01')]), ['200']);
  assert.deepEqual(await askedFor([...many(), owned(200, 'db01')]), firstThirty);
});

test('where production is declared, those who own its VMs, and the test VM last', async () => {
  assert.deepEqual(await askedFor([...many(), owned(200, 'db01')], { vms: [{ name: 'db*' }] }), ['200']);
  const probe = virtualMachine({ id: '0', name: 'backup-probe', owner: '5' });
  const others = [owned(200, 'db01'), owned(30, 'db02'), owned(9, 'scratch'), probe];
  assert.deepEqual(await askedFor(others, { vms: [{ name: 'db*' }] }), ['30', '200', '5']);
});
