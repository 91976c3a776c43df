/** Programs that the machine a lab runs on has, and that a machine of the lab does not see. */
import { readdirSync } from 'node:fs';
import { quote } from '../../support/machines/quote.ts';

/** What is needed of a lab. */
interface Machines {
  shell(machine: string, argv: string[]): Promise<{ stdout: string }>;
  admin(machine: string, script: string): Promise<{ exitCode: number; stderr: string }>;
}

const PREFIX = 'without:';

/** Programs of the OpenNebula that is installed here, if any. No lab is to reach it, whatever its stand-in lacks. */
export const ownOpenNebula = (): string[] => readdirSync('/usr/bin').filter((name) => /^(one|mm_sched$)/.test(name));

/** A script that covers /usr/bin with a view of itself without these programs; the name of the mount lists them. `folder` is needed meanwhile. */
export const covering = (programs: readonly string[], folder: string): string => `
  folder=${quote([folder])}
  for program in ${quote(programs)}; do test -e /usr/bin/$program || exit; done
  mkdir -p "$folder" && mount -n -t tmpfs whiteouts "$folder" && cd "$folder" || exit
  for program in ${quote(programs)}; do mknod $program c 0 0 || exit; done
  mount -n -t overlay ${quote([PREFIX + programs.join(',')])} -o ro,userxattr,lowerdir=.:/usr/bin /usr/bin || exit
  cd / && umount -n --lazy "$folder"`;

/** Hides these programs of /usr/bin, and no others, from a machine. */
export async function hide(lab: Machines, machine: string, programs: readonly string[]): Promise<void> {
  const uncover = (await hiddenOn(lab, machine)).length > 0 ? 'umount -n --lazy /usr/bin' : '';
  // rm may be one of them.
  const script = programs.length > 0 ? `${covering(programs, '/run/whiteouts')} && rmdir /run/whiteouts` : '';
  const { exitCode, stderr } = await lab.admin(machine, `${uncover}\n${script}`);
  if (exitCode !== 0) throw new Error(`Could not hide ${programs.join(', ')} of ${machine}: ${stderr.trim()}`);
}

/** The programs of /usr/bin that are hidden from a machine. */
export async function hiddenOn(lab: Machines, machine: string): Promise<string[]> {
  const source = (await lab.shell(machine, ['findmnt', '--noheadings', '--output', 'SOURCE', '/usr/bin'])).stdout.trim();
  return source.startsWith(PREFIX) ? source.slice(PREFIX.length).split(',') : [];
}
