/** Where commands of the documents are typed: on this machine, on the front-end of a lab, on one that systemd has booted. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { NODE_FOLDER } from '../../lab/machines/cloud.ts';
import type { Lab } from '../../lab/machines/lab.ts';
import { withoutOurs } from '../package/pack.ts';
import type { Machine } from './machine.ts';

/** On this machine; on the front-end of a lab, as oneadmin, with the backup datastore or still without; as root where systemd runs. */
export type Place = 'here' | 'frontend' | 'bare frontend' | 'systemd';

export interface Ended {
  readonly exitCode: number;
  /** Standard output and standard error. */
  readonly said: string;
}

/** What a person does with the programs that are for persons. */
const SHIMS = {
  vi: `grep -q '^test_vm' "$1" || echo 'test_vm: { id: 0, name: backup-probe }' >> "$1"`,
  'xdg-open': 'grep -q "<html" "$1"',
};
/** It is root's in any case; sudo itself need not be installed. */
const SUDO = 'shift; user=$1; shift; exec setpriv --reuid "$user" --regid "$user" --init-groups env HOME=/var/lib/one "$@"';

export class Places {
  private readonly work: string;
  private readonly labs: { readonly [place in Place]?: Lab };
  private readonly machine: Machine | undefined;

  /** `work` is a folder that all places see. */
  constructor(work: string, labs: { readonly frontend: Lab; readonly bare: Lab }, machine: Machine | undefined) {
    this.work = work;
    this.labs = { frontend: labs.frontend, 'bare frontend': labs.bare };
    this.machine = machine;
    for (const [name, script] of Object.entries({ ...SHIMS, sudo: SUDO })) {
      const path = join(work, 'shims', name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `#!/bin/bash\n${script}\n`);
      chmodSync(path, 0o755);
    }
  }

  /** Runs a script as bash does. */
  async run(place: Place, script: string): Promise<Ended> {
    if (place === 'here') return here(script, { TMPDIR: this.work });
    // npm has what it fetched here before: no lab reaches a registry.
    const prepared = `export PATH=${this.work}/shims:${NODE_FOLDER}:$PATH npm_config_cache=${this.work}/npm npm_config_offline=true; ${script}`;
    const found = place === 'systemd' ? this.machine?.run(prepared) : this.labs[place]?.shell('frontend01', ['bash', '-c', prepared]);
    if (!found) throw new Error(`there is no place to run: ${script}`);
    const { exitCode, stdout, stderr } = await found;
    return { exitCode, said: stdout + stderr };
  }
}

/** Runs a script on this machine, with the Node.js and the commands that the machine has without this project. */
export async function here(script: string, env: Record<string, string> = {}): Promise<Ended> {
  const { exitCode = 1, all } = await execa({
    env: { ...env, PATH: withoutOurs() },
    all: true,
    reject: false,
    stdin: 'ignore',
  })`bash -c ${script}`;
  return { exitCode, said: all };
}
