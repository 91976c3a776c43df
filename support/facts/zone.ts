import { answerTo, type Probe, type Survey } from '../machines/survey.ts';
import { offsetAt, readOffset } from '../opennebula/clock.ts';
import type { Looked } from '../outcome/evidence.ts';

/**
 * Prints what OpenNebula's clock is ahead of UTC, and where the name of its zone stands. The variable counts that oned was started with: that of a login is not
 * its own. Where there is none it is the machine's: what its file
 * links to, or is a copy of; UTC where there is no file.
 */
const ZONE = `unset TZ
for each in /proc/[0-9]*; do
  { read -r name <"$each/comm" && [ "$name" = oned ]; } 2>/dev/null || continue
  while IFS= read -r -d '' line; do case $line in TZ=*) export TZ="\${line#TZ=}" ;; esac; done 2>/dev/null <"$each/environ"
done
case \${TZ-} in :/etc/localtime | /etc/localtime) unset TZ ;; esac
date +%z
if [ -n "\${TZ+set}" ]; then printf '%s' "\${TZ:-UTC}"
elif [ ! -e /etc/localtime ]; then printf 'UTC'
else zone=$(readlink -f /etc/localtime)
  if [ "$zone" != /etc/localtime ]; then printf '%s' "$zone"
  elif [ -s /etc/timezone ]; then cat /etc/timezone
  else find /usr/share/zoneinfo -type f -exec cmp -s {} /etc/localtime ';' -print -quit; fi
fi`;

/** Asks for the zone of OpenNebula's clock. */
export const zoneProbe = (deadline: number): Probe => ({
  name: 'zone',
  argv: ['bash', '-c', ZONE],
  deadline,
  typed: 'date +%z; readlink -f /etc/localtime',
});

/** Reads what it printed: seconds ahead of UTC, and the name, as IANA has it; empty where none is known. */
export function readZone(text: string): { readonly offset: number; readonly name: string } | undefined {
  const [, ahead = '', named = ''] = /^(\S+)(?:\n:?(?:\S*\/zoneinfo\/)?(\S+))?\s*$/.exec(text) ?? [];
  const offset = readOffset(ahead);
  return offset === undefined ? undefined : { offset, name: named };
}

/** The zone's name. One whose clocks show another time now than OpenNebula's is not it. */
export function zoneIn(told: Survey, now: number): Looked<string> {
  const zone = answerTo(told, 'zone', ({ stdout }) => readZone(stdout));
  if ('fault' in zone) return zone;
  const { evidence, value } = zone;
  if (isZone(value.name) && offsetAt(now, value.name) === value.offset) return { value: value.name, evidence };
  const fix = 'Set it by its name: timedatectl set-timezone ZONE. Then restart OpenNebula.';
  const found = value.name === '' ? 'a time zone without a name' : `“${value.name}”, which names no time zone that its clock shows`;
  return { fault: found, fix, evidence };
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '' && name !== '';
  } catch {
    return false;
  }
}
