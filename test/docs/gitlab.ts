/**
 * Runs the example for GitLab with gitlab-ci-local: its matrix over several labs, and the merge. Each front-end is reached by a port of this machine's
 * loopback, as the labs' own networks do not see each other. The runner's home and /etc/ssh are folders of the try's.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { Lab } from '../../lab/machines/lab.ts';
import { enterHome, npmCi } from './ci.ts';

export interface Ended {
  /** By job: `audit east`, `merge`. */
  readonly exitCodes: Readonly<Record<string, number>>;
  readonly said: string;
  /** What the jobs published. */
  readonly published: readonly string[];
}

/** A repository with the pipeline and a site file for each lab. It may run several times: caches are kept. */
export class Gitlab {
  readonly #work: string;
  readonly #repository: string;
  readonly #home: string;
  readonly #servers: Server[] = [];

  private constructor(work: string) {
    this.#work = work;
    this.#repository = mkdtempSync(join(work, 'gitlab-'));
    this.#home = mkdtempSync(join(work, 'home-'));
  }

  /** `checkout` in `work` is the suite, where "npm ci" was run. */
  static async of(labs: Readonly<Record<string, Lab>>, pipeline: string, work: string): Promise<Gitlab> {
    const gitlab = new Gitlab(work);
    await gitlab.#furnish(labs, pipeline);
    return gitlab;
  }

  async #furnish(labs: Readonly<Record<string, Lab>>, pipeline: string): Promise<void> {
    const [first] = Object.values(labs);
    assert.ok(first);
    const key = join(first.dir, 'operator/id_ed25519');
    cpSync(key, join(this.#work, 'gitlab-key'));
    const { stdout: publicKey } = await execa`ssh-keygen -y -f ${key}`;
    const known: string[] = [];
    mkdirSync(join(this.#repository, 'sites'));
    for (const [name, lab] of Object.entries(labs)) {
      await lab.shell('frontend01', ['sh', '-c', 'cat >> ~/.ssh/authorized_keys'], { input: `${publicKey}\n` });
      const port = await this.#relay(lab, name);
      const keys = readFileSync(join(lab.dir, 'operator/ssh/ssh_known_hosts'), 'utf8');
      const [, hostKey] = /^\S*frontend01\S* (.*)$/m.exec(keys) ?? [];
      known.push(`[127.0.0.1]:${port} ${hostKey}\n`);
      const site = readFileSync(join(lab.dir, 'operator/site.yaml'), 'utf8');
      const changed = site.replace(/^name: .*/m, `name: ${name}`).replace(/^frontend: .*/m, `frontend: ssh://oneadmin@127.0.0.1:${port}`);
      writeFileSync(join(this.#repository, 'sites', `${name}.yaml`), changed);
    }
    writeFileSync(join(this.#work, 'gitlab-known'), known.join(''));
    const text = readFileSync(pipeline, 'utf8');
    const own = text.replace(/SITE: \[.*\]/, `SITE: [${Object.keys(labs).join(', ')}]`);
    assert.notEqual(own, text, 'expected the sites in one line');
    writeFileSync(join(this.#repository, '.gitlab-ci.yml'), own);
    await execa({ cwd: this.#repository })`git init -q -b main`;
    await execa({ cwd: this.#repository })`git remote add origin git@gitlab.example.net:operations/clouds.git`;
    await execa({ cwd: this.#repository })`git add --all`;
    await execa({ cwd: this.#repository })`git -c user.name=x -c user.email=x@example.net commit -qm clouds`;
    mkdirSync(join(this.#work, 'gitlab-ci'), { recursive: true });
    // A job that is to be cut off: what it calls the suite is killed by then.
    const cut =
      'if [ -n "$CUT" ] && [ "$SITE" = "$CUT" ]; then mv bin/backup-compliance bin/whole; ' +
      'printf \'#!/bin/sh\\ntimeout -s KILL 2 "%s/bin/whole" "$@"; kill -KILL $PPID\\n\' "$PWD" > bin/backup-compliance; ' +
      'chmod +x bin/backup-compliance; fi\n';
    writeFileSync(join(this.#work, 'gitlab-ci/npm'), `${npmCi(join(this.#work, 'checkout')).trim()} || exit\n${cut}`, { mode: 0o755 });
  }

  /** A port of the loopback that leads to a lab's front-end, by a socket that both networks see. */
  async #relay(lab: Lab, name: string): Promise<number> {
    const path = join(this.#work, `${name}.socket`);
    const inside = `require('node:net').createServer((c) => { const to = require('node:net').connect(22, 'frontend01'); c.pipe(to).pipe(c);
      for (const each of [c, to]) each.on('error', () => { c.destroy(); to.destroy(); }); }).listen(${JSON.stringify(path)})`;
    void lab.run([process.execPath, '-e', inside]); // it ends with the lab
    for (let waited = 0; !existsSync(path); waited += 20) {
      assert.ok(waited < 5000, `expected ${path} within 5 s`);
      await sleep(20);
    }
    const server = createServer((client) => {
      const to = connect(path);
      client.pipe(to).pipe(client);
      for (const each of [client, to])
        each.on('error', () => {
          client.destroy();
          to.destroy();
        });
    });
    this.#servers.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return (server.address() as AddressInfo).port;
  }

  /** Runs the whole pipeline. The job of the site `cut` is killed half-way. */
  async run(cut = ''): Promise<Ended> {
    const variables = Object.entries({
      CI_PIPELINE_SOURCE: 'web',
      SUITE_URL: `file://${this.#work}/checkout`,
      BACKUP_COMPLIANCE_SSH_KEY: join(this.#work, 'gitlab-key'),
      BACKUP_COMPLIANCE_KNOWN_HOSTS: join(this.#work, 'gitlab-known'),
      CUT: cut,
    }).flatMap(([name, value]) => ['--variable', `${name}=${value}`]);
    const options = [
      '--force-shell-executor',
      '--shell-isolation',
      '--no-artifacts-to-source',
      '--concurrency',
      '2',
      '--ignore-predefined-vars',
    ];
    const main = join(dirname(createRequire(import.meta.url).resolve('gitlab-ci-local/package.json')), 'dist/index.js');
    mkdirSync(join(this.#work, 'nothing'), { recursive: true });
    const places = [this.#home, join(this.#work, 'nothing'), this.#repository];
    const env = [
      `PATH=${this.#work}/gitlab-ci:/usr/local/bin:/usr/bin:/bin`,
      'HOME=/root',
      'LANG=C.UTF-8',
      `TMPDIR=${this.#work}`,
      'NO_COLOR=1',
      'FORCE_COLOR=0',
    ];
    const apart = ['unshare', '--map-root-user', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const argv = [
      ...apart,
      'sh',
      '-c',
      enterHome,
      ...places,
      ...env,
      process.execPath,
      main,
      ...options,
      'CI_PIPELINE_SOURCE',
      ...variables,
    ];
    const { all: said, exitCode = 1 } = await execa({ all: true, reject: false, stdin: 'ignore' })`${argv}`;
    const ends = said.matchAll(/^(audit|merge)(?:: \[(\w+)\])?\s+finished in [\d.]+ m?s(?: +FAIL (\d+))?\s*$/gm);
    const exitCodes: Record<string, number> = {};
    for (const [, job = '', site, code = '0'] of ends) exitCodes[site === undefined ? job : `${job} ${site}`] ??= Number(code);
    assert.equal(
      exitCode === 0,
      Object.values(exitCodes).every((code) => code === 0),
      said,
    );
    const published = globSync('*/{clouds/*,merged}/index.html', { cwd: join(this.#repository, '.gitlab-ci-local/artifacts') });
    return { exitCodes, said, published: published.map((file) => file.split('/').slice(1, -1).join('/')).toSorted() };
  }

  down(): void {
    for (const server of this.#servers) server.close();
  }
}
