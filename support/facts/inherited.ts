import type { Probe } from '../machines/survey.ts';
import type { Evidence } from '../outcome/evidence.ts';

/** What a login hands on to every command that the driver runs there. */
export interface Inherited {
  readonly umask: number;
  /** How large a file may become, KiB; Infinity where there is no limit. */
  readonly fileKib: number;
}

/** Of the survey's own shell, which a login has started as it starts the driver's commands. */
export const inheritedProbe: Probe = {
  name: 'inherited',
  argv: ['inline', 'umask; ulimit -f'],
  typed: 'umask; ulimit -f',
};

/** Reads it; undefined where it is not in the form of bash, whose blocks are 1,024 bytes. */
export function readInherited({ exitCode, stdout }: Evidence): Inherited | undefined {
  const [, umask = '', blocks = ''] = /^([0-7]{4})\n(unlimited|\d{1,15})\n?$/.exec(stdout) ?? [];
  if (exitCode !== 0 || umask === '') return undefined;
  return { umask: Number.parseInt(umask, 8), fileKib: blocks === 'unlimited' ? Number.POSITIVE_INFINITY : Number(blocks) };
}
