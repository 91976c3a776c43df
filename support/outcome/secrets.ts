/**
 * The one redactor. `redact` takes secrets out of every output as it comes in, by their shape, and remembers them;
 * `scrub` takes what was remembered out of every text that goes out, wherever else and however written it may stand there.
 */
const names = 'PASSW|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|PRIVATE_KEY|ACCESS_KEY|API_KEY';
const secretName = String.raw`\w*(?:${names})\w*`;
/** Found in no time, where looking for a name and its value takes long. */
const mayName = new RegExp(names, 'i');
/** No value reaches beyond the end of an XML element's text: what is redacted must stay what it was. */
const inside = String.raw`(?!\]\]>)`;
const quoted = String.raw`(?:${inside}(?:\\.|[^"\\\n]))+(?:\n(?:${inside}(?:\\.|[^"\\\n]))*){0,3}(?=")|(?:${inside}[^"\n])+`;
const word = String.raw`(?:${inside}[^\s"'\\<>,;&{}])+`;

interface Shape {
  /** Group 1 stays, group 2 is the secret. */
  readonly pattern: RegExp;
  /** It goes by a name of `names`. */
  readonly named?: true;
  /** The value may be a plain word of a sentence: such a one is taken out where it stands, and nowhere else. */
  readonly mayBeProse?: true;
}
const shapes: readonly Shape[] = [
  { pattern: /(-----BEGIN [A-Z ]*PRIVATE KEY-----)(?!\[redacted\])([\s\S]*?)(?=-----END|\]\]>|$)/g },
  { pattern: new RegExp(String.raw`(<${secretName}><!\[CDATA\[)([\s\S]*?)(?=\]\]>)`, 'gi'), named: true },
  { pattern: new RegExp(`(<${secretName}>(?!<))([^<]+)`, 'gi'), named: true },
  { pattern: new RegExp(String.raw`("?\b${secretName}"?\s*[=:]\s*")(${quoted})`, 'gi'), named: true },
  // As it stands inside of JSON.
  { pattern: new RegExp(String.raw`((?:\\")?\b${secretName}(?:\\")?\s*[=:]\s*\\")((?:(?!\\")${inside}.)+)(?=\\")`, 'gi'), named: true },
  { pattern: new RegExp(String.raw`(\b${secretName}[ \t]*[=:][ \t]*'?)(${word})`, 'gi'), named: true, mayBeProse: true },
  {
    pattern: new RegExp(
      String.raw`(\bAuthorization["']?[ \t]*[:=][ \t]*["']?(?:Basic|Bearer|Digest|Negotiate|Token)[ \t]+)((?:${inside}[^\r\n"'\\<])+)`,
      'gi',
    ),
  },
  // The file one_auth: an account of OpenNebula's own, and its password.
  { pattern: new RegExp(String.raw`(\b(?:oneadmin|serveradmin):)(?=[^\s:]*[A-Z0-9])((?:${inside}[^\s:"'\\/<]){6,})`, 'g') },
  { pattern: /(\w:\/\/[^\s/:@]+:)([^\s/@]+)(?=@)/g },
];
const mark = '[redacted]';
const shortest = 6;
/** Each secret seen, and the ways in which it may be written. */
const remembered = new Map<string, readonly string[]>();

/** `text` without private keys, values that are named like a secret, passwords in URLs and headers, and base64 of any of these. */
export function redact(text: string): string {
  let clean = text;
  const anyNamed = mayName.test(text);
  for (const { pattern, named, mayBeProse } of shapes) {
    if (named && !anyNamed) continue;
    clean = clean.replace(pattern, (_, kept: string, secret: string) => {
      if (!(mayBeProse && /^[A-Za-z]+[.!?]?$/.test(secret))) remember(secret);
      return kept + mark;
    });
  }
  return clean.replace(/[A-Za-z0-9+/]{20,}(?:\r?\n[A-Za-z0-9+/]{4,})*={0,2}/g, (run) => (hidesSecret(run) ? mark : run));
}

/** `text` without any secret that was seen so far, as it is, or escaped or encoded. */
export function scrub(text: string): string {
  let clean = redact(text);
  for (const ways of remembered.values()) for (const way of ways) clean = clean.replaceAll(way, mark);
  return clean;
}

/** How many of the secrets seen so far stand in `text`. */
export function leaks(text: string): number {
  return [...remembered.values()].filter((ways) => ways.some((way) => text.includes(way))).length;
}

/** Secrets that this process was handed in its environment are none of a report's business, whoever prints them. */
export function rememberEnvironment(env: NodeJS.ProcessEnv): void {
  const name = new RegExp(`^${secretName}$`, 'i');
  for (const [key, value = ''] of Object.entries(env)) if (name.test(key)) remember(value);
}

function remember(secret: string): void {
  for (const each of new Set([secret, ...secret.split(/\r?\n/)])) {
    const part = each.trim();
    if (part.length >= shortest && !part.includes(mark) && !remembered.has(part)) remembered.set(part, waysToWrite(part));
  }
}

function waysToWrite(secret: string): string[] {
  const xml = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const inJson = JSON.stringify(secret).slice(1, -1);
  // Longest first: the secret itself may be a part of how else it is written.
  const ways = [...base64(secret), encodeURIComponent(secret), inJson, xml, xml.replaceAll('"', '&quot;'), secret];
  return [...new Set(ways)].toSorted((a, b) => b.length - a.length);
}

/** What of a text's base64 does not depend on what stands before and after it, for each of the three places where it may begin. */
function base64(secret: string): string[] {
  return [0, 1, 2]
    .map((before) => {
      const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
      const whole = bytes.toString('base64').replaceAll('=', '');
      return whole.slice([0, 2, 3][before], bytes.length % 3 === 0 ? undefined : -1);
    })
    .filter((way) => way.length > shortest);
}

function hidesSecret(run: string): boolean {
  const text = Buffer.from(run, 'base64').toString();
  return redact(text) !== text || leaks(text) > 0;
}
