const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

/** Seconds in words, to the two units that matter: 3 h 10 min. Below two days in hours, as an RPO is declared. */
export function inPeriods(seconds: number): string {
  const [large, ...smaller] = UNITS.filter(([unit, length]) => seconds >= length && (unit !== 'd' || seconds >= 2 * length));
  if (!large) return '0 s';
  const whole = Math.floor(seconds / large[1]);
  const [next] = smaller;
  const rest = next ? Math.floor((seconds % large[1]) / next[1]) : 0;
  return `${whole} ${large[0]}${next && rest > 0 ? ` ${rest} ${next[0]}` : ''}`;
}

/** How long ago something was, in seconds: 6 min, 3 h 5 min, 2 d 4 h. */
export const ageInWords = (seconds: number): string => (seconds < 60 ? 'less than 1 min' : inPeriods(seconds - (seconds % 60)));

/** The last second that a date can name. */
const LAST = 8.64e12;

/** A moment, seconds since the epoch, as people read it: 2026-11-23 05:00 UTC. */
export function inUtc(seconds: number): string {
  if (!(Math.abs(seconds) <= LAST)) return 'an unknown time';
  return `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** The same of a moment in ISO 8601. */
export const isoInUtc = (time: string): string => inUtc(Date.parse(time) / 1000);
