import type { Machines } from '../facts/cloud.ts';
import { stopped } from '../machines/shell.ts';
import { waitUntil } from '../opennebula/ask.ts';
import { parseVirtualMachine, type VirtualMachine } from '../opennebula/pools.ts';
import { peek } from '../opennebula/xmlrpc.ts';
import type { Evidence } from '../outcome/evidence.ts';
import { adviceOf } from './backup.ts';

/** How far a VM came that is to run. unseen: we could not look; unplaced: no host took it. `found`: what there was instead. */
export interface Running {
  readonly stage: 'unseen' | 'unplaced' | 'failed' | 'late' | 'runs';
  readonly found: string;
  readonly fix?: string;
  /** Where it is; empty where it is nowhere. */
  readonly host: string;
  /** From the request until it was seen to run. */
  readonly seconds?: number;
  readonly evidence: readonly Evidence[];
}

/** On the way to run; without a host still, or with one. */
const HOMELESS = ['INIT', 'PENDING', 'HOLD', 'CLONING'];
const STARTING = ['PROLOG', 'BOOT'];

/** Waits until a VM that was asked for at `began` runs, or will not. */
export async function untilRuns(
  { onFrontend, site }: Machines,
  id: string,
  { began, signal }: { began: number; signal: AbortSignal },
): Promise<Running> {
  const { command, boot: deadline } = site.deadlines;
  const lookAtVm = () => peek(onFrontend, id, parseVirtualMachine, command);
  const isDecided = ({ state }: VirtualMachine) => ![...HOMELESS, ...STARTING].includes(state);
  const looked = await waitUntil(lookAtVm, isDecided, { deadline, signal });
  const { evidence } = looked;
  const seconds = Math.round((Date.now() - began) / 1000);
  if ('fault' in looked) return { stage: 'unseen', found: looked.fault, ...adviceOf(looked), host: '', evidence };
  const { state, waits, host } = looked.value;
  const came = (stage: Running['stage'], found: string): Running => ({ stage, found, host, evidence });
  if (signal.aborted) return came('unseen', stopped(signal).message);
  if (HOMELESS.includes(state)) return came('unplaced', `${state} after ${deadline} s${waits && `: ${waits}`}`);
  if (STARTING.includes(state)) return came('late', `${state} after ${deadline} s`);
  const standing = standingOf(looked.value);
  return standing ? came(standing.stage, standing.found) : { ...came('runs', ''), seconds };
}

/** What keeps a VM from being said to run: undefined where it does. */
export function standingOf({ state, error, host }: VirtualMachine): { stage: 'unseen' | 'failed'; found: string } | undefined {
  if (state === 'RUNNING') return undefined;
  if (state === 'UNKNOWN') return { stage: 'unseen', found: `UNKNOWN: OpenNebula has lost sight of ${host}` };
  return { stage: 'failed', found: `${state}${error && `: ${error}`}` };
}

/** The id that OpenNebula gave a VM that it made, off its answer. */
export const madeIn = (stdout: string): string | undefined => /^VM ID: (\d+)$/m.exec(stdout)?.[1];
