import type { Lab } from '../../lab/machines/lab.ts';
import { Rig, withoutErrors } from '../gate/rig.ts';
import { changes } from '../snapshot.ts';
import { siteOf } from './judge.ts';
import type { World } from './world.ts';

/** All that a drill or a set-up may change in a lab; the same before each world as after the one before it. */
export class Traces {
  readonly #rig: Rig;
  #before: string[] | undefined;

  constructor(lab: Lab, reports: string) {
    this.#rig = new Rig(lab, reports);
  }

  async note(): Promise<void> {
    this.#before ??= withoutErrors(await this.#rig.everything());
  }

  /** Cleans up after a gate, once all is repaired, and tells what is not as it was. */
  async left({ profile, site = {} }: World): Promise<string[]> {
    const { exitCode, stdout, stderr } =
      profile === 'gate' ? await this.#rig.suite('cleanup', await siteOf(this.#rig.lab, site)) : { exitCode: 0, stdout: '', stderr: '' };
    const found = changes(this.#before ?? [], withoutErrors(await this.#rig.everything()));
    if (exitCode === 0 && found.length === 0) return [];
    return [`after the repair, a clean-up ended with exit ${exitCode}: ${stdout}${stderr}`, ...found];
  }
}
