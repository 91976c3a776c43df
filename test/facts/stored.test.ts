import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lacksOf, partsOf, shelfOf } from '../../support/facts/parts.ts';
import { brief, listingTime, readStored, type Stored, storedProbe } from '../../support/facts/stored.ts';
import type { Survey } from '../../support/machines/survey.ts';
import type { Evidence } from '../../support/outcome/evidence.ts';
import { disk, evidence, image, link, virtualMachine, wholeCloud } from '../made.ts';

const own = '/var/lib/one/datastores/100';
const told = (changes: Partial<Evidence>): Survey => {
  const answer = evidence({ command: 'find', stdout: '', ...changes });
  return { machine: answer.machine, noise: '', answers: new Map([['stored', answer]]), asked: { ...answer } };
};
const look = (changes: Partial<Evidence>) => readStored(told(changes), own);
const storedIn = (changes: Partial<Evidence>): Stored => {
  const looked = look(changes);
  return 'value' in looked ? looked.value : assert.fail(looked.fault);
};
const line = (path: string, bytes = 43_253_760, type = 'f', blocks = Math.ceil(bytes / 512), may = 'rw') =>
  `${may}\t${type}\t${bytes}\t${blocks}\t1795410046.1234567890\t${own}/${path}`;

const usable = { readable: true, writable: true };

describe('what find says', () => {
  test('is read by lines, names with blanks and all', () => {
    const { files, odd, unread } = storedIn({ stdout: `${line('0/5de970/disk.0.0')}\n${line('a b', 4096, 'd')}\nodd\n` });
    assert.deepEqual(files, [
      { path: '0/5de970/disk.0.0', type: 'f', bytes: 43_253_760, blocks: 84_480, changed: 1_795_410_046, ...usable },
      { path: 'a b', type: 'd', bytes: 4096, blocks: 8, changed: 1_795_410_046, ...usable },
    ]);
    assert.deepEqual([odd, unread.size], [1, 0]);
  });

  test('of a directory that is not there is nothing; of a time before 1970 something', () => {
    for (const stderr of [`find: '${own}/': No such file or directory\n`, `find: \`${own}/': No such file or directory\n`])
      assert.deepEqual(storedIn({ exitCode: 1, stderr }).files, []);
    assert.equal(storedIn({ stdout: `rw\tf\t1\t8\t-86400.5\t${own}/x` }).files[0]?.changed, -86_400);
  });

  test('names what could not be looked into, links that lead back included', () => {
    const { unread, files } = storedIn({
      exitCode: 1,
      stdout: line('0/5de970/disk.0.0'),
      stderr: `find: '${own}/lost+found': Permission denied\nfind: File system loop detected; '${own}/1/up' is part of the same file system loop as '${own}/'.\nfind: '${own}/2/gone': No such file or directory\n`,
    });
    assert.deepEqual(
      [...unread],
      [
        ['lost+found', 'Permission denied'],
        ['1/up', 'it leads back to a folder above it'],
      ],
    );
    assert.equal(files.length, 1);
  });

  test('is no list where it is late, cut, ended by something else, garbled, or of the directory itself', () => {
    for (const [changes, fault] of [
      [{ exitCode: 124, seconds: 300, stdout: line('x') }, /not listed within 300 s/],
      [{ exitCode: 137, seconds: 302 }, /not listed within 302 s/],
      [{ truncated: true, stdout: line('x') }, /no list of files/],
      [{ exitCode: 1 }, /exit 1: garbled/],
      [{ exitCode: 127, stderr: 'bash: find: command not found' }, /exit 127: bash: find: command not found/],
      [{ exitCode: 1, stderr: `find: '${own}/': Permission denied` }, /Permission denied/],
      [{ exitCode: 1, stderr: "find: '/elsewhere': Permission denied" }, /elsewhere/],
      [{ stdout: 'rw\tf\t12\t8\tsoon\tx' }, /garbled/],
      [{ stdout: 'rw\tf\t12\t8\t5\t/elsewhere/x' }, /garbled/],
      [{ stdout: `rw\tf\t12\t5\t${own}/x` }, /garbled/],
      [{ stdout: `f\t12\t8\t5\t${own}/x` }, /garbled/],
    ] as const) {
      const looked = look(changes);
      assert.match('fault' in looked ? looked.fault : 'a value', fault);
      assert.notEqual('fault' in looked ? looked.fix : '', undefined);
    }
  });

  test('tells of each file whether we may read and write it', () => {
    const { files } = storedIn({ stdout: ['rw', 'r-', '-w', '--'].map((may) => line('x', 1, 'f', 8, may)).join('\n') });
    assert.deepEqual(
      files.map(({ readable, writable }) => [readable, writable]),
      [
        [true, true],
        [true, false],
        [false, true],
        [false, false],
      ],
    );
  });

  test('is kept up to a megabyte, in whole lines', () => {
    const stdout = `${line('0/5de970/disk.0.0')}\n`.repeat(20_000);
    const kept = brief(evidence({ stdout })).stdout;
    assert.ok(kept.length < 1_000_100);
    const [, more] = /\[… (\d+) more lines\]\n$/.exec(kept) ?? [];
    assert.equal(kept.split('\n').length - 2 + Number(more) - 1, 20_000);
    assert.equal(brief(evidence({ stdout: 'short' })).stdout, 'short');
  });

  test('may take five minutes, and no more than half of the time of the run', () => {
    const { site } = wholeCloud();
    const within = (run: number) => listingTime({ ...site, deadlines: { ...site.deadlines, run } });
    assert.deepEqual([listingTime(site), within(60), within(3600)], [300, 30, 300]);
    assert.equal(storedProbe(own, 7).deadline, 7);
  });
});

const files = (...lines: string[]) => storedIn({ stdout: lines.join('\n') });
const backup = (folder: string, number = '0', bytes = 43_253_760) => [
  line(folder, 4096, 'd'),
  line(`${folder}/disk.0.${number}`, bytes),
  line(`${folder}/vm.xml`, 4215),
];
const vms = [virtualMachine()];
const lacks = (of: ReturnType<typeof image>, stored: Stored, machines = vms) => lacksOf(of, shelfOf(stored, machines));
const nothing = { wrong: [], untold: [] };

/** As it was recorded after a flatten: the image's SOURCE and the number 0 are gone. */
const flattened = image({
  source: 'b57e01',
  increments: [
    link('1', 'eff4d3', 0, { parent: '-1', isFull: true, sizeMb: 43 }),
    link('2', '3055af', 0, { sizeMb: 2 }),
    link('3', '7b766b', 0, { sizeMb: 2 }),
  ],
});

describe('an image', () => {
  test('consists of one backup, or those of its chain', () => {
    assert.deepEqual(partsOf(image()), [{ folder: '0/5de970', number: '0', sizeMb: 42, leastBytes: 196_608, isRebased: false }]);
    assert.deepEqual(
      partsOf(flattened).map(({ folder, number }) => `${folder} ${number}`),
      ['0/eff4d3 1', '0/3055af 2', '0/7b766b 3'],
    );
  });

  test('has all its files', () => {
    assert.deepEqual(lacks(image(), files(...backup('0/5de970'))), nothing);
    const all = [...backup('0/eff4d3', '1', 46_333_952), ...backup('0/3055af', '2', 1_376_256), ...backup('0/7b766b', '3', 1_376_256)];
    assert.deepEqual(lacks(flattened, files(...all)), nothing);
    const three = image({ disks: [], sizeMb: 42 });
    assert.deepEqual(lacks(three, files(...backup('0/5de970'))), nothing);
  });

  test('lacks a folder, a file, what is in it, or most of it', () => {
    const but = (left: RegExp, ...more: string[]) => files(...backup('0/5de970').filter((each) => !left.test(each)), ...more);
    const wrong = (stored: Stored, of = image()) => lacks(of, stored).wrong.join('; ');
    assert.equal(wrong(files()), '0/5de970 is missing or empty');
    assert.equal(wrong(files(line('0/5de970', 4096, 'd'))), '0/5de970 is missing or empty');
    assert.equal(wrong(but(/disk/)), '0/5de970/disk.0.0 is not there');
    assert.equal(wrong(but(/vm\.xml/)), '0/5de970/vm.xml is not there');
    assert.equal(wrong(but(/disk/, line('0/5de970/disk.0.0', 0))), '0/5de970/disk.0.0 is empty');
    assert.equal(wrong(but(/disk/, line('0/5de970/disk.0.0', 4096, 'd'))), '0/5de970/disk.0.0 is no file');
    assert.equal(wrong(but(/disk/, line('0/5de970/.disk.0.0.sFEW1G'))), '0/5de970/disk.0.0 is not there');
    assert.equal(wrong(but(/disk/, line('0/5de970/disk.0.0', 12_000_000))), '0/5de970 holds 11 MiB of the 42 MiB that OpenNebula counts');
    assert.equal(wrong(but(/disk/), image({ disks: [] })), '0/5de970 holds no disk');
    assert.equal(wrong(but(/never/), image({ disks: ['0', '3'] })), '0/5de970/disk.3.0 is not there');
    assert.equal(wrong(files(...backup('0/3055af', '2'), ...backup('0/7b766b', '3')), flattened), '0/eff4d3 is missing or empty');
    assert.equal(
      wrong(files(...backup('0/eff4d3', '1'), ...backup('0/3055af', '3'), ...backup('0/7b766b', '3')), flattened),
      '0/3055af/disk.0.2 is not there',
    );
  });

  test('lacks a disk whose file is shorter than an empty one, beside another that is large', () => {
    const two = image({ disks: ['0', '1'] });
    const second = (bytes: number, of = two) => lacks(of, files(...backup('0/5de970'), line('0/5de970/disk.1.0', bytes))).wrong;
    assert.deepEqual(second(196_616), [], 'as recorded of an empty one');
    assert.deepEqual(second(70_000), ['0/5de970/disk.1.0 has 70000 bytes, fewer than the 196608 of an empty disk']);
    assert.deepEqual(second(70_000, image({ disks: ['0', '1'], format: 'rbd' })), [], 'of Ceph it is another kind of file');
  });

  test('lacks what a link to a file stands for: no restore takes it', () => {
    const linked = (name: string) => {
      const [folder = '', disk = '', vmXml = ''] = backup('0/5de970');
      const link = line(`0/5de970/${name}`, 43_253_760, 'l');
      return lacks(image(), files(folder, ...(name === 'vm.xml' ? [disk, link] : [link, vmXml]))).wrong;
    };
    for (const name of ['disk.0.0', 'vm.xml'])
      assert.deepEqual(linked(name), [`0/5de970/${name} is no file but a link, which OpenNebula does not restore`]);
  });

  test('lacks a disk or a description that is nothing but a hole, where the file system tells what files take', () => {
    const holes = (disk: number, vmXml: number, bytes = 4215) => {
      const of = [line('0/5de970/disk.0.0', 43_253_760, 'f', disk), line('0/5de970/vm.xml', bytes, 'f', vmXml)];
      return lacks(image(), files(line('0/5de970', 4096, 'd'), ...of)).wrong;
    };
    const hole = (name: string, bytes: number) =>
      `0/5de970/${name} takes no block on the disk: all its ${bytes} bytes are a hole, its header included`;
    assert.deepEqual(holes(0, 8), [hole('disk.0.0', 43_253_760)]);
    assert.deepEqual(holes(8, 0), [hole('vm.xml', 4215)]);
    assert.deepEqual(holes(8, 0, 4095), [], 'so short a file may lie beside its name and times');
    assert.deepEqual(holes(1, 1), [], 'a file system that packs takes few blocks');
    assert.deepEqual(holes(0, 0), [], 'this one tells nothing');
    const some = files(line('0/5de970', 4096, 'd'), line('0/5de970/disk.0.0', 43_253_760, 'f', 0), line('0/5de970/vm.xml', 4215, 'f', 0));
    const all = files(...backup('0/aaa'));
    assert.deepEqual(lacksOf(image(), shelfOf(some, vms, all)).wrong, [hole('disk.0.0', 43_253_760), hole('vm.xml', 4215)]);
  });

  test('lacks a description that is shorter than any', () => {
    const described = (bytes: number) => {
      const all = [...backup('0/5de970').slice(0, 2), line('0/5de970/vm.xml', bytes)];
      return lacks(image(), files(...all)).wrong;
    };
    assert.deepEqual(described(2), ['0/5de970/vm.xml has 2 bytes, fewer than the 100 of a description']);
    assert.deepEqual(described(0), ['0/5de970/vm.xml is empty']);
    assert.deepEqual([described(99).length, described(100)], [1, []]);
  });

  test('is barred where RSYNC_USER may not read a file of it, or not write to an increment, which a restore rebases', () => {
    const may = (all: readonly string[], name: RegExp, rights: string) =>
      files(...all.map((each) => (name.test(each) ? each.replace('rw\t', `${rights}\t`) : each)));
    const full = (name: RegExp, rights: string) => lacks(image(), may(backup('0/5de970'), name, rights));
    for (const name of ['disk.0.0', 'vm.xml'])
      assert.deepEqual(full(new RegExp(`/${name}$`), '--'), { wrong: [`RSYNC_USER may not read 0/5de970/${name}`], untold: [], barred: 1 });
    assert.deepEqual(full(/./, 'r-'), nothing);
    const increments = [link('0', 'aaa', 0), link('1', 'bbb', 0), link('2', 'ccc', 0)];
    const all = [...backup('0/aaa', '0'), ...backup('0/bbb', '1'), ...backup('0/ccc', '2')];
    const rebased = ['0/bbb/disk.0.1', '0/ccc/disk.0.2'].map((path) => `RSYNC_USER may not write to ${path}, which a restore rebases`);
    assert.deepEqual(lacks(image({ increments }), may(all, /./, 'r-')), { wrong: rebased, untold: [], barred: 2 });
    assert.deepEqual(lacks(image({ increments, format: 'rbd' }), may(all, /./, 'r-')), nothing);
    assert.deepEqual(lacks(image({ increments }), may(all.slice(3), /ccc.disk/, '--')), {
      ...{ wrong: ['0/aaa is missing or empty', 'RSYNC_USER may not read 0/ccc/disk.0.2'], untold: [], barred: 1 },
    });
  });

  test('is not told where its folder, or one above, could not be looked into', () => {
    for (const path of ['0', '0/5de970', '0/5de970/disk.0.0']) {
      const stored = storedIn({ exitCode: 1, stderr: `find: '${own}/${path}': Permission denied` });
      assert.deepEqual(lacks(image(), stored), { wrong: [], untold: [`what ${path} is (Permission denied)`] });
    }
    const elsewhere = storedIn({
      exitCode: 1,
      stdout: backup('0/5de970').join('\n'),
      stderr: `find: '${own}/lost+found': Permission denied`,
    });
    assert.deepEqual(lacks(image(), elsewhere), nothing);
  });

  test('of a chain has nothing of a disk that was detached since', () => {
    const chain = image({ disks: ['0', '1'], increments: [link('0', 'aaa', 0), link('1', 'bbb', 0), link('2', 'ccc', 0)] });
    const both = [line('0/aaa/disk.1.0'), line('0/bbb/disk.1.1')];
    const all = [...backup('0/aaa', '0'), ...backup('0/bbb', '1'), ...backup('0/ccc', '2')];
    const still = [virtualMachine({ disks: [disk(), disk({ id: '1' })] })];
    assert.deepEqual(lacks(chain, files(...all, ...both)), nothing);
    assert.deepEqual(lacks(chain, files(...all, ...both), still).wrong, ['0/ccc/disk.1.2 is not there']);
    assert.deepEqual(lacks(chain, files(...all, ...both.slice(1))).wrong, ['0/aaa/disk.1.0 is not there']);
    assert.deepEqual(lacks(chain, files(...all, line('0/ccc/disk.1.2'), ...both.slice(0, 1))).wrong, ['0/bbb/disk.1.1 is not there']);
    assert.deepEqual(lacks(chain, files(...all)).wrong, ['0/aaa/disk.1.0 is not there']);
    assert.deepEqual(lacks(chain, files(...all, ...both), []), {
      wrong: [],
      untold: ['whether disk 1 was detached before its last backups, since its VM is gone'],
    });
  });

  test('is one of 40,000 in no more than a few seconds', () => {
    const images = Array.from({ length: 40_000 }, (_, at) => image({ id: String(at), source: `f${at}`, vms: [String(at % 5000)] }));
    const stored: Stored = {
      ...{ unread: new Map(), odd: 0 },
      files: images.flatMap(({ source, vms: [vm] }) =>
        ['disk.0.0', 'vm.xml'].map((name) => ({
          path: `${vm}/${source}/${name}`,
          type: 'f',
          bytes: 43_253_760,
          blocks: 8,
          changed: 0,
          ...usable,
        })),
      ),
    };
    const began = performance.now();
    const shelf = shelfOf(stored, vms);
    assert.ok(images.every((each) => lacksOf(each, shelf).wrong.length === 0));
    assert.ok(performance.now() - began < 5000);
  });
});
