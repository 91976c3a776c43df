/** 2026-11-29 05:39:12 UTC (06:39 in Europe/Berlin); the second only where it is another time. */
export function moment(time: string, zone: string): string {
  const utc = `${time.slice(0, 19).replace('T', ' ')} UTC`;
  const [local, inUtc] = [zone, 'UTC'].map((timeZone) =>
    new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(new Date(time)),
  );
  if (local === inUtc || local === undefined) return utc;
  const [day, hour] = local.split(' ');
  return `${utc} (${day === time.slice(0, 10) ? hour : local} in ${zone})`;
}

/** 05:39:12 UTC, of milliseconds since the epoch. */
export const clock = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(11, 19)} UTC`;

export const day = (time: string): string => time.slice(0, 10);

const DAY = 86_400_000;

/** Whole days from a moment to the end of a day, in UTC: 0 on the day itself. */
export const daysLeft = (expires: string, from: string): number =>
  Math.floor((Date.parse(`${expires}T00:00:00Z`) + DAY - Date.parse(from)) / DAY);
