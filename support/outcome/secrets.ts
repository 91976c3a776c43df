/**
 * The one redactor. `redact` takes secrets out of every text as it comes in, by their shape, and remembers them; `scrub` takes what was
 * remembered out of every text that goes out, wherever else and however written it may stand there. What is remembered is this module's own:
 * a process makes one run, and to hand an instance to every shell, parser and print would protect nothing that this leaves open.
 */
/** In capitals or not. Node.js 22 cannot read the modifier of a group. */
const anyCase = (pattern: string): string =>
  pattern.replace(/(?<!\\)[a-z]/gi, (letter) => `[${letter.toUpperCase()}${letter.toLowerCase()}]`);
const telling = anyCase('PASS(?:W|PHRASE)|SECRET|TOKEN|CREDENTIAL|(?:PRIVATE|ACCESS|API)_KEY');
/** What a name may end with, and be harmless; so a path, a public key and a fingerprint behind it stay. */
const lastly = String.raw`(?:[A-Z][A-Z0-9_]*)?(?:PASS|PWD|PW|PSK|KEY)|\w+_(?:pass|pwd|pw|psk|key)|api-?[kK]ey`;
const harmless = String.raw`[~.]*\/[\w.\/@+-]*(?=["'\\\s<\]]|$)|ssh-|ecdsa-|sk-|SHA256:|MD5:`;
const secretName = String.raw`(?:\w*(?:${telling})\w*|(?<!\w)(?!\w*(?:${anyCase('PUB|HOST')}))(?:${lastly})(?!\w)(?!["\\]*\s*[=:>]\s*(?:<!\[CDATA\[)?["'\\]*(?:${harmless})))`;
/** Found in no time, where looking for a name and its value takes long. */
const mayName = new RegExp(String.raw`${telling}|(?:PASS|PWD|PW|PSK|KEY|_(?:pass|pwd|pw|psk|key)|api-?[kK]ey)["\\]*(?:\s*[=:]|>)`);
/** No value reaches beyond the end of an XML element's text: what is redacted must stay what it was. */
const inside = String.raw`(?!\]\]>)`;
const quoted = String.raw`(?:${inside}(?:\\.|[^"\\\n]))+(?:\n(?:${inside}(?:\\.|[^"\\\n]))*){0,3}(?=")|(?:${inside}[^"\n])+`;
const word = String.raw`(?:${inside}[^\s"'\\<>,;&{}])+`;
/** A word, or several within quotes. */
const argument = String.raw`(?<=")(?:${inside}[^"\\\n])+|(?<=')(?:${inside}[^'\\\n])+|(?<!["'])${word}`;

interface Shape {
  /** Group 1 stays, group 2 is the secret. */
  readonly pattern: RegExp;
  /** Nothing of the kind is there without this. */
  readonly only: RegExp;
  /** The value may be a plain word of a sentence: such a one is taken out where it stands, and nowhere else. */
  readonly mayBeProse?: true;
}
const shape = (pattern: string, more: Omit<Shape, 'pattern'>): Shape => ({ pattern: new RegExp(pattern, 'g'), ...more });
const named = (pattern: string, more: Partial<Omit<Shape, 'pattern'>> = {}): Shape => shape(pattern, { only: mayName, ...more });
const [passphrase, authorization] = [anyCase('PASSPHRASE'), anyCase('Authorization')];
const [saysPassphrase, chpasswd] = [new RegExp(passphrase), /chpasswd/];
const shapes: readonly Shape[] = [
  {
    pattern: /(-----BEGIN (?:[A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?|PGP MESSAGE)-----)(?!\[redacted\])([\s\S]*?)(?=-----END|\]\]>|$)/g,
    only: /-----BEGIN/,
  },
  named(String.raw`(<${secretName}><!\[CDATA\[)([\s\S]*?)(?=\]\]>)`),
  named(`(<${secretName}>(?!<))([^<]+)`),
  named(String.raw`("?\b${secretName}"?\s*[=:]\s*")(${quoted})`),
  // As it stands inside of JSON, and of JSON in JSON.
  named(String.raw`((?:\\{1,7}")?\b${secretName}(?:\\{1,7}")?\s*[=:]\s*\\{1,7}")((?:(?!\\{1,7}")${inside}.)+)(?=\\{1,7}")`),
  // All of its words.
  named(String.raw`(\b\w*${passphrase}[ \t]*[=:][ \t]*'?)((?=[^\s\[])(?:${inside}[^"'\\<>,;&{}\r\n])+)`, {
    only: saysPassphrase,
    mayBeProse: true,
  }),
  named(String.raw`(\b${passphrase}[ \t]+["'])((?:${inside}[^"'\\\n])+)(?=["'])`, { only: saysPassphrase }),
  named(String.raw`(\b${secretName}[ \t]*[=:][ \t]*'?)(${word})`, { mayBeProse: true }),
  shape(String.raw`((?<!\w)--(?:password|passwd|pass|passphrase)(?:=|[ \t]+)["']?)(${argument})`, { only: /--pass/, mayBeProse: true }),
  shape(String.raw`(\bsshpass[ \t]+(?:-[^pfde]\S*[ \t]+)*-p[ \t]*["']?)(${argument})`, { only: /sshpass/ }),
  // cloud-init's list for chpasswd, and what is piped into it.
  {
    pattern:
      /((?<=\bchpasswd\b(?:[^\n]*\n){1,40}?[ \t]*(?:- *)?["']?)(?<![\w.-])[a-z_][\w.-]*:)((?:(?!\]\]>)[^\s"'<])+)(?=["']?[ \t]*(?:\r?\n|\]\]>|<|$))/g,
    only: chpasswd,
  },
  shape(String.raw`((?<![\w.-])[a-z_][\w.-]*:)((?:${inside}[^\s"'|<])+)(?=["']?\s*\|\s*(?:sudo\s+)?chpasswd\b)`, { only: chpasswd }),
  { pattern: /(\b(?:gh[a-z]_|github_pat_|glpat-))([\w-]{10,})/g, only: /gh[a-z]_|github_pat_|glpat-/ },
  shape(
    String.raw`(\b${authorization}["']?[ \t]*[:=][ \t]*["']?(?:${anyCase('Basic|Bearer|Digest|Negotiate|Token')})[ \t]+)((?:${inside}[^\r\n"'\\<])+)`,
    { only: new RegExp(authorization) },
  ),
  // The file one_auth: an account of OpenNebula's own, and its password.
  shape(String.raw`(\b(?:oneadmin|serveradmin):)(?=[^\s:]*[A-Z0-9])((?:${inside}[^\s:"'\\/<]){6,})`, { only: /(?:one|server)admin:/ }),
  { pattern: /(\w:\/\/[^\s/:@]+:)([^\s/@]+)(?=@)/g, only: /:\/\// },
];
/** Any of these: most texts hold none, and are looked through once. */
const mayHold = new RegExp([...new Set(shapes.map(({ only }) => only.source))].join('|'));
const mark = '[redacted]';
const shortest = 6;
/** The secrets seen. */
const remembered = new Set<string>();
/** All ways to write them, and their lengths by how they begin: a text is searched once, however many there are. */
const ways = new Set<string>();
const lengths = new Map<string, Set<number>>();
/** Marks how they begin, by their first three characters, so that most places of a text are left at once. */
const begins = new Uint8Array(2 ** 16);
const placeOf = (text: string, at: number): number =>
  (text.charCodeAt(at) * 31 * 31 + text.charCodeAt(at + 1) * 31 + text.charCodeAt(at + 2)) & 0xffff;

/** The least that is looked into. */
const SHORTEST_RUN = 20;
/** In pieces of whole groups of four: one run of megabytes is more than a regular expression can hold. */
const inBase64 = new RegExp(String.raw`[A-Za-z0-9+/]{${SHORTEST_RUN},65536}(?:\r?\n[A-Za-z0-9+/]{4,65536}){0,1024}={0,2}`, 'y');
const base64Codes = new Set(Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'));
const isBase64 = Array.from({ length: 128 }, (_, code) => base64Codes.has(code));

/** `text` without private keys, values that are named like a secret, passwords in URLs and headers, and base64 of any of these. */
export function redact(text: string): string {
  const shaped = byShape(text);
  let clean = '';
  let from = 0;
  for (let at = runIn(shaped, 0); at >= 0; ) {
    inBase64.lastIndex = at;
    const [run = ''] = inBase64.exec(shaped) ?? [];
    const end = at + run.length;
    if (hidesSecret(run)) {
      clean += shaped.slice(from, at) + mark;
      from = end;
    }
    at = runIn(shaped, end);
  }
  return clean + shaped.slice(from);
}

/** Where the next run of base64's characters begins; -1 if there is none. A run is at least twenty long, so most of a text is skipped. */
function runIn(text: string, from: number): number {
  let begin = from;
  for (let last = begin + SHORTEST_RUN - 1; last < text.length; last = begin + SHORTEST_RUN - 1) {
    let at = last;
    while (at >= begin && isBase64[text.charCodeAt(at)]) at -= 1;
    if (at < begin) return begin;
    begin = at + 1;
  }
  return -1;
}

function byShape(text: string): string {
  if (!mayHold.test(text)) return text;
  let clean = text;
  const found = new Map<RegExp, boolean>();
  for (const { pattern, only, mayBeProse } of shapes) {
    if (!found.has(only)) found.set(only, only.test(text));
    if (!found.get(only)) continue;
    clean = clean.replace(pattern, (_, kept: string, secret: string) => {
      if (!(mayBeProse && /^[A-Za-z]+[.!?]?$/.test(secret))) remember(secret);
      return kept + mark;
    });
  }
  return clean;
}

/** `text` without any secret that was seen so far, as it is, or escaped or encoded. */
export function scrub(text: string): string {
  const shaped = redact(text);
  let clean = '';
  let from = 0;
  for (const [begin, end] of placesOfSecrets(shaped)) {
    clean += shaped.slice(from, begin) + mark;
    from = end;
  }
  return clean + shaped.slice(from);
}

/** Where secrets stand in a text that were seen so far: from, to. Where one reaches into another, both are one. */
function* placesOfSecrets(text: string): Generator<readonly [begin: number, end: number]> {
  let [begin, end] = [0, 0];
  for (let at = 0; ways.size > 0 && at + shortest <= text.length; at += 1) {
    if (!begins[placeOf(text, at)]) continue;
    let longest = 0;
    for (const length of lengths.get(text.slice(at, at + shortest)) ?? [])
      if (length > longest && ways.has(text.slice(at, at + length))) longest = length;
    if (longest === 0) continue;
    if (at >= end && end > 0) yield [begin, end];
    if (at >= end) begin = at;
    end = Math.max(end, at + longest);
  }
  if (end > 0) yield [begin, end];
}

/** Secrets that this process was handed in its environment are none of a report's business, whoever prints them. */
export function rememberEnvironment(env: NodeJS.ProcessEnv): void {
  const name = new RegExp(`^${secretName}$`);
  const plain = new RegExp(`^(?:${harmless})`);
  for (const [key, value = ''] of Object.entries(env)) if (name.test(key) && !plain.test(value)) remember(value);
}

function remember(secret: string): void {
  for (const each of new Set([secret, ...secret.split(/\r?\n/)])) {
    const part = each.trim();
    if (part.length < shortest || part.includes(mark) || remembered.has(part)) continue;
    remembered.add(part);
    for (const way of waysToWrite(part)) {
      const begin = way.slice(0, shortest);
      ways.add(way);
      lengths.set(begin, (lengths.get(begin) ?? new Set()).add(way.length));
      begins[placeOf(way, 0)] = 1;
    }
  }
}

function waysToWrite(secret: string): string[] {
  const xml = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const inJson = JSON.stringify(secret).slice(1, -1);
  const inName = secret.replace(/[^A-Za-z0-9._-]+/g, '-');
  return [
    ...base64(secret),
    // Cut within a character it would be refused.
    encodeURIComponent(secret.toWellFormed()),
    inJson,
    xml,
    xml.replaceAll('"', '&quot;'),
    secret,
    ...(inName.length >= shortest ? [inName] : []),
  ];
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

/** Whatever stands before it in one run: it may begin at any of the four places of a group. What is base64 in turn is looked at as a whole. */
function hidesSecret(run: string): boolean {
  return [redact, byShape, byShape, byShape].some((clean, at) => {
    const text = Buffer.from(run.slice(at), 'base64').toString();
    return clean(text) !== text || !placesOfSecrets(text).next().done;
  });
}

/** Keys of our own words, ids and times, never of a text of people or machines. A password that happens to be “not-met” must not take them out. */
const FIXED =
  /^(id|\w+Ids?|schema|suite|profile|run|verdict|severity|feature|uri|outcome|trueOutcome|kind|state|status|stage|type|mediaType|contentEncoding|since|expires|\w+At|validUntil)$/;

/** A value of plain data, each text in it cleaned by `redact` or `scrub`. */
export function cleaned<T>(value: T, clean: (text: string) => string): T;
export function cleaned(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === 'string') return clean(value);
  if (typeof value !== 'object' || value === null) return value;
  // What is clean already is not made again.
  if (Array.isArray(value)) {
    const all: unknown[] = value.map((each) => cleaned(each, clean));
    return all.every((each, at) => each === value[at]) ? value : all;
  }
  let other: Record<string, unknown> | undefined;
  for (const [key, each] of Object.entries(value)) {
    const now = FIXED.test(key) ? each : cleaned(each, clean);
    if (now === each) continue;
    other ??= { ...value };
    other[key] = now;
  }
  return other ?? value;
}
