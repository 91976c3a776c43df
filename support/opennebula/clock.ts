/** The front-end's clock, by the zone that it is in. OpenNebula schedules by it, and writes times without saying so. Seconds throughout. */

const DAY = 86_400;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Seconds that clocks of a zone, as IANA names it, are ahead of UTC at a moment. */
export function offsetAt(moment: number, zone: string): number {
  const format = formats.get(zone) ?? new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  formats.set(zone, format);
  const name = format.formatToParts(moment * 1000).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign = '+', hours = '0', minutes = '0', seconds = '0'] = /^GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(name) ?? [];
  return Number(`${sign}1`) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
}

/** Seconds ahead of UTC, as `date +%z` writes them: +0545. */
export function readOffset(text: string): number | undefined {
  const [, sign = '', hours, minutes] = /^([+-])(\d\d)(\d\d)$/.exec(text) ?? [];
  return hours === undefined ? undefined : Number(`${sign}1`) * (Number(hours) * 3600 + Number(minutes) * 60);
}

/** What a clock of the zone shows at a moment: the moment at which one in UTC shows the same. */
export const shownAt = (moment: number, zone: string): number => moment + offsetAt(moment, zone);

/** The moment at which a clock of the zone shows that. In autumn an hour comes twice: the later one. */
export function momentOf(shown: number, zone: string): number {
  const candidates = [-DAY, DAY].map((away) => shown - offsetAt(shown + away, zone));
  const real = candidates.filter((moment) => shownAt(moment, zone) === shown);
  // An hour that a clock skips in spring is shown at no moment.
  return Math.max(...(real.length > 0 ? real : candidates));
}

/** A message of OpenNebula's that begins with a time: `Sat Nov 28 17:00:30 2026: …`, or with a blank in front of the colon. */
export function datedMessage(message: string, zone: string): { readonly at: number | undefined; readonly said: string } {
  const [whole = '', month = '', day = '', time = '', year = ''] =
    /^\s*\w{3} (\w{3}) +(\d{1,2}) (\d\d:\d\d:\d\d) (\d{4}) ?:\s*/.exec(message) ?? [];
  const shown = Date.parse(`${day} ${month} ${year} ${time} GMT`) / 1000;
  return { at: Number.isNaN(shown) ? undefined : momentOf(shown, zone), said: message.slice(whole.length) };
}

/** A day and a time as a clock shows them: 2026-11-30 02:00. */
export const asDate = (shown: number): string => new Date(shown * 1000).toISOString().slice(0, 16).replace('T', ' ');
