/** How OpenNebula writes sizes and times. */

const UNITS = ['K', 'M', 'G', 'T'];

/** `258020, 'M'` is `252G`. */
export function size(amount: number, unit: string): string {
  let value = amount;
  let index = UNITS.indexOf(unit);
  for (; value > 1024 && index < 3; index += 1) value /= 1024;
  return `${Math.round(value * 10) / 10}${UNITS[index]}`;
}

/** Now, in whole seconds. */
export const now = (): number => Math.floor(Date.now() / 1000);

const two = (value: number): string => String(value).padStart(2, '0');
const clock = (at: Date, separator: string): string => [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(separator);

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Mon Nov 23 05:00:00 2026`, as oned writes into its logs and error messages. */
export function longTime(epoch: number): string {
  const at = new Date(epoch * 1000);
  return `${DAYS[at.getDay()]} ${MONTHS[at.getMonth()]} ${String(at.getDate()).padStart(2)} ${clock(at, ':')} ${at.getFullYear()}`;
}

/** `0 23-Nov 05.00.46`, the name of a virtual machine's backup. */
export function backupName(vmId: string, epoch: number): string {
  const at = new Date(epoch * 1000);
  return `${vmId} ${two(at.getDate())}-${MONTHS[at.getMonth()]} ${clock(at, '.')}`;
}

/** `2026-11-23 05:00:33 +0000`, as Ruby writes a time. */
export function rubyTime(epoch: number): string {
  const at = new Date(epoch * 1000);
  const east = -at.getTimezoneOffset();
  const zone = two(Math.floor(Math.abs(east) / 60)) + two(Math.abs(east) % 60);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock(at, ':')} ${east < 0 ? '-' : '+'}${zone}`;
}

/** `11/28 16:59:22`, as the command line writes a time. */
export function dayTime(epoch: number): string {
  const at = new Date(epoch * 1000);
  return `${two(at.getMonth() + 1)}/${two(at.getDate())} ${clock(at, ':')}`;
}

/** `  0d 00h18m`. */
export function period(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return `${String(Math.floor(hours / 24)).padStart(3)}d ${two(hours % 24)}h${two(minutes % 60)}m`;
}
