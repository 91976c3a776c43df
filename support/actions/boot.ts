import { setTimeout as sleep } from 'node:timers/promises';
import type { Machines } from '../facts/cloud.ts';
import { type Boot, WATCHED } from '../facts/gate.ts';
import { stopped } from '../machines/shell.ts';
import { shortened } from '../machines/words.ts';
import { look, unheard } from '../opennebula/ask.ts';
import type { Image } from '../opennebula/images.ts';
import { type Disk, parseVirtualMachine } from '../opennebula/pools.ts';
import { parseDiskImage, parseVmTemplate, RAW, REACHES, type TemplateDisk, type VmTemplate } from '../opennebula/vm-template.ts';
import type { Evidence, Looked } from '../outcome/evidence.ts';
import { adviceOf } from './backup.ts';
import { askGuest } from './guest.ts';
import { namesOf, type RunJournal } from './journal.ts';
import { bringBack } from './restore.ts';
import { madeIn, standingOf, untilRuns } from './running.ts';

interface Request {
  readonly backup: Image;
  /** Those of the VM that was backed up, in the order of its template. */
  readonly disks: readonly Disk[];
  readonly journal: RunJournal;
  readonly signal: AbortSignal;
}

/**
 * Restores a backup once more, without network, and starts a VM from it: devices of the host are taken out, since the original
 * may use them. Nothing is started where a disk of it is that of the original. Watches whether it runs, and still does a little later.
 */
export async function boot(cloud: Machines, { backup, disks, journal, signal }: Request): Promise<Boot> {
  const { onFrontend, site } = cloud;
  const { command } = site.deadlines;
  const name = namesOf(journal.run).booted;
  const evidence: Evidence[] = [];
  let seen: Partial<Boot> = {};
  const came = (stage: Boot['stage'], found: string, more: Partial<Boot> = {}): Boot => ({
    ...{ stage, found, host: '', notes: [], evidence },
    ...seen,
    ...more,
  });
  if (signal.aborted) return came('unseen', stopped(signal).message);
  const change = { change: 'boot', name, image: backup.id } as const;
  const brought = await bringBack(cloud, { backup, change, options: ['--no_nic'], journal, signal });
  evidence.push(...brought.evidence);
  if (brought.stage !== 'ready') return came('unseen', `that it could not be restored to be started: ${brought.found}`, adviceOf(brought));
  const { template } = brought;
  if (template === undefined) return came('unseen', 'that OpenNebula restored no template');
  const shown = await isolate(cloud, template);
  evidence.push(...shown.evidence);
  if ('fault' in shown) return came('unseen', shown.fault, adviceOf(shown));
  if (shown.value.reaches.includes(RAW))
    return came('unseen', 'RAW in the restored template: what it tells libvirt may reach what the original uses. Nothing was started', {
      fix: 'Declare a test_vm without RAW, or restore.boot: false.',
    });
  const others = await foreignDisks(cloud, { shown: shown.value.disks, restored: brought.images, disks });
  evidence.push(...others.evidence);
  if ('fault' in others) return came('unseen', others.fault, adviceOf(others));
  if (others.value.length > 0) {
    const found = others.value.map(({ disk, image }) => `disk ${disk} is that of image ${image}`);
    return came('foreign', found.join(', '), { foreign: others.value.map(({ disk }) => disk) });
  }

  const began = Date.now();
  const asked = await journal.record([{ change: 'start', name, template }], {
    argv: ['onetemplate', 'instantiate', template, '--name', name],
    deadline: command,
  });
  evidence.push(asked);
  const missed = unheard(asked);
  if (missed !== undefined) return came('unseen', missed);
  const id = madeIn(asked.stdout);
  if (asked.exitCode !== 0 || id === undefined) return came('refused', shortened(asked.stderr || asked.stdout) || 'no word');
  seen = { vm: id };

  const { stage, found, fix, host, seconds, evidence: looks } = await untilRuns(cloud, id, { began, signal });
  evidence.push(...looks);
  seen = { vm: id, host };
  if (stage !== 'runs') return came(stage, found, fix === undefined ? {} : { fix });

  await sleep(WATCHED * 1000, undefined, { signal }).catch(() => undefined);
  if (signal.aborted) return came('unseen', stopped(signal).message);
  const guest = await askGuest(cloud, { host, id });
  evidence.push(...guest.evidence);
  const later = await look(onFrontend, ['onevm', 'show', '-x', id], parseVirtualMachine, command);
  evidence.push(...later.evidence);
  seen = { vm: id, host, ...(seconds !== undefined && { seconds }), notes: guest.notes };
  if ('fault' in later) return came('unseen', later.fault, adviceOf(later));
  if (guest.gone !== undefined) return came('died', guest.gone);
  const standing = standingOf(later.value);
  if (standing) return came(standing.stage === 'failed' ? 'died' : 'unseen', standing.found);
  if (guest.agent === 'silent') return came('silent', guest.said);
  return came('runs', '', { agentAnswers: guest.agent === 'answers' });
}

/** Takes networks and devices of the host out of a restored template; by an editor on the front-end, so that nothing of it leaves there. Resolves to what it is then. */
async function isolate({ onFrontend, site }: Machines, template: string): Promise<Looked<VmTemplate>> {
  const { command: deadline } = site.deadlines;
  const lookAtTemplate = () => look(onFrontend, ['onetemplate', 'show', '-x', template], parseVmTemplate, deadline);
  const isAlone = ({ reaches }: VmTemplate) => !reaches.some((part) => REACHES.includes(part));
  const before = await lookAtTemplate();
  if ('fault' in before || isAlone(before.value)) return before;
  const parts = `^(${REACHES.join('|')}) *= *\\[`;
  const editor = `sed -i -E -e '/${parts}.*\\] *$/d' -e '/${parts}/,/\\] *$/d'`;
  const answer = await onFrontend.run({ argv: ['onetemplate', 'update', template], env: { EDITOR: editor }, deadline });
  const after = await lookAtTemplate();
  const evidence = [...before.evidence, answer, ...after.evidence];
  if ('fault' in after || isAlone(after.value)) return { ...after, evidence };
  return {
    fault: `networks or devices of the host in the restored template ${template} that could not be taken out: ${shortened(answer.stderr) || `exit ${answer.exitCode}`}`,
    evidence,
  };
}

/** The disks of a restored template that are of other images than were restored, CD-ROMs left aside; and those images. */
async function foreignDisks(
  { onFrontend, site }: Machines,
  { shown, restored, disks }: { shown: readonly TemplateDisk[]; restored: readonly Image[] } & Pick<Request, 'disks'>,
): Promise<Looked<readonly { readonly disk: string; readonly image: string }[]>> {
  const { command: deadline } = site.deadlines;
  const evidence: Evidence[] = [];
  const others: { disk: string; image: string }[] = [];
  for (const [place, { image, type }] of shown.entries()) {
    // Volatile disks begin empty.
    if (image === '' || type.endsWith('CDROM') || restored.some(({ id }) => id === image)) continue;
    // OpenNebula takes the type of a CD-ROM out of what it restores.
    const found = await look(onFrontend, ['oneimage', 'show', '-x', image], parseDiskImage, deadline);
    evidence.push(...found.evidence);
    if ('fault' in found) return { ...found, evidence };
    if (!found.value.isCdrom) others.push({ disk: disks[place]?.id ?? String(place), image: `${image} “${found.value.name}”` });
  }
  return { value: others, evidence };
}
