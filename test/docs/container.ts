/** Does what examples/Containerfile says, without a container engine: in a sandbox with nothing but /usr, on the network of a lab. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, matchesGlob } from 'node:path';
import { execa } from 'execa';
import type { Lab, Result } from '../../lab/machines/lab.ts';

/** The instructions of a Containerfile, each with its words. */
function instructionsOf(file: string): [name: string, text: string][] {
  const lines = readFileSync(file, 'utf8').replaceAll('\\\n', ' ').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => [line.replace(/ .*/, ''), line.replace(/^\S+ /, '')]);
}

/** Builds an image of the archive, and runs an audit of the lab in it. Packages and accounts of the image are those that the sandbox is given. */
export async function auditInContainer(file: string, archive: string, lab: Lab, work: string): Promise<Result & { notRun: string[] }> {
  const root = join(work, 'container');
  for (const folder of ['opt', 'work/reports', 'home/node/.ssh', 'etc']) mkdirSync(join(root, folder), { recursive: true });
  // What is bound there needs a place.
  writeFileSync(join(root, 'etc/hosts'), '');
  writeFileSync(join(root, 'etc/passwd'), 'node:x:1000:1000::/home/node:/bin/sh\n');
  copyFileSync(join(lab.dir, 'operator/site.yaml'), join(root, 'work/site.yaml'));
  copyFileSync(join(lab.dir, 'operator/id_ed25519'), join(root, 'home/node/.ssh/id_ed25519'));
  copyFileSync(join(lab.dir, 'operator/ssh/ssh_known_hosts'), join(root, 'home/node/.ssh/known_hosts'));
  const notRun: string[] = [];
  let [user, folder] = ['0', '/'];
  const sandbox = (opt: '--bind' | '--ro-bind') => [
    ...['bwrap', '--unshare-user', '--uid', user, '--gid', user, '--die-with-parent', '--ro-bind', '/usr', '/usr'],
    ...['bin', 'lib', 'lib64'].flatMap((name) => ['--symlink', `usr/${name}`, `/${name}`]),
    ...[opt, join(root, 'opt'), '/opt', '--ro-bind', join(root, 'etc'), '/etc', '--ro-bind', '/etc/hosts', '/etc/hosts'],
    ...['--bind', join(root, 'work'), '/work', '--bind', join(root, 'home'), '/home'],
    ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--chdir', folder],
    ...['--clearenv', '--setenv', 'PATH', '/usr/bin:/bin', '--setenv', 'HOME', '/home/node', '--'],
  ];
  for (const [name, text] of instructionsOf(file)) {
    if (name === 'FROM' || /^(apt-get|useradd) /.test(text)) notRun.push(`${name} ${text}`);
    else if (name === 'ADD') {
      const [from = '', to = ''] = text.split(' ');
      assert.ok(matchesGlob(basename(archive), from), `expected ${from} to name ${archive}`);
      await execa`tar -xzf ${archive} -C ${join(root, to)}`;
    } else if (name === 'RUN') {
      const { exitCode, stderr } = await lab.run([...sandbox('--bind'), 'sh', '-c', text]);
      assert.equal(exitCode, 0, `${text}\n${stderr}`);
    } else if (name === 'USER') user = text;
    else if (name === 'WORKDIR') folder = text;
    else if (name === 'ENTRYPOINT')
      return { ...(await lab.run([...sandbox('--ro-bind'), ...(JSON.parse(text) as string[]), 'audit'])), notRun };
    else assert.fail(`expected an instruction known here, found ${name}`);
  }
  return assert.fail('expected an ENTRYPOINT');
}
