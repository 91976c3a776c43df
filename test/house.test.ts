/** How the code is laid out: each room of support/ imports only from those above it, and no files import each other in a circle. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');

/** The rooms in the order in which a fact travels; suite.ts, which knows nothing, stands above them, index.ts below. */
const rooms = [
  'suite.ts',
  'outcome',
  'site',
  'machines',
  'opennebula',
  'facts',
  'checks',
  'verdict',
  'report',
  'archive',
  'actions',
  'run',
  'index.ts',
];

const MODIFIER = /\(\?[ims]*-?[ims]+:/;

function sourcesBelow(...folders: string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).flatMap((name) =>
      name.endsWith('.ts') ? [join(folder, name)] : [],
    ),
  );
}

/** Every file to those it imports; all by their path from the root. */
function importsBelow(...folders: string[]): ReadonlyMap<string, readonly string[]> {
  return new Map(sourcesBelow(...folders).map((file) => [file, importsIn(readFileSync(join(root, file), 'utf8'), file)]));
}

function importsIn(source: string, file: string): string[] {
  return [...source.matchAll(/\b(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, path = '']) =>
    relative(root, join(root, dirname(file), path)),
  );
}

/** Imports of a room below; and what is in no room. */
function climbing(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const roomOf = (file: string) => rooms.indexOf(file.split('/')[1] ?? '');
  return [...imports].flatMap(([file, imported]) => {
    if (roomOf(file) < 0) return [`${file} is in no room`];
    const wrong = imported.filter((other) => !other.startsWith('support/') || roomOf(other) > roomOf(file));
    return wrong.map((other) => `${file} imports ${other}`);
  });
}

/** Files that import each other in a circle, one circle for each way back. */
function circles(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) found.push([...way.slice(way.indexOf(file)), file].join(' → '));
    if (way.includes(file) || done.has(file)) return;
    for (const other of imports.get(file) ?? []) visit(other, [...way, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  return found;
}

test('each room of support/ imports only from rooms above it', () => {
  assert.deepEqual(climbing(importsBelow('support')), []);
});

test('no files import each other in a circle', () => {
  assert.deepEqual(circles(importsBelow('bin', 'support', 'steps', 'lab', 'test', 'bench', 'docs')), []);
});

test('what is shipped has no modifier of a group in a regular expression, which Node.js 22 cannot read', () => {
  const modified = sourcesBelow('bin', 'support', 'steps', 'lab').filter((file) => MODIFIER.test(readFileSync(join(root, file), 'utf8')));
  assert.deepEqual(modified, []);
});

test('each fault is seen', () => {
  assert.match('/(?i:token)/', MODIFIER);
  assert.doesNotMatch('/(?:token)(?=i)(?<s>:)/', MODIFIER);
  const imports = (of: Record<string, string[]>) => new Map(Object.entries(of));
  assert.deepEqual(
    climbing(imports({ 'support/checks/a.ts': ['support/facts/b.ts', 'support/checks/c.ts', 'support/report/d.ts', 'lab/e.ts'] })),
    ['support/checks/a.ts imports support/report/d.ts', 'support/checks/a.ts imports lab/e.ts'],
  );
  assert.deepEqual(climbing(imports({ 'support/attic/a.ts': [] })), ['support/attic/a.ts is in no room']);
  assert.deepEqual(circles(imports({ a: ['b'], b: ['c', 'd'], c: ['b'], d: [] })), ['b → c → b']);
  assert.deepEqual(importsIn("import { x } from './a.ts';\nconst y = await import('../b.ts');\nimport 'node:fs';\n", 'support/run/c.ts'), [
    'support/run/a.ts',
    'support/b.ts',
  ]);
});
