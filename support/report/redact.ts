/**
 * The one redactor. `redact` takes secrets out of every output as it comes in, by their shape, and remembers them;
 * `scrub` takes what was remembered out of every text that goes out, wherever else it may stand.
 */
const secretName = String.raw`\w*(?:PASSW|SECRET|TOKEN|CREDENTIAL|PRIVATE_KEY)\w*`;
/** Group 1 stays, group 2 is the secret. */
const shapes: readonly RegExp[] = [
  /(-----BEGIN [A-Z ]*PRIVATE KEY-----)(?!\[redacted\])([\s\S]*?)(?=-----END|$)/g,
  new RegExp(String.raw`(<${secretName}><!\[CDATA\[)([\s\S]*?)(?=\]\]>)`, 'gi'),
  new RegExp(`(<${secretName}>(?!<))([^<]+)`, 'gi'),
  new RegExp(String.raw`("?\b${secretName}"?\s*[=:]\s*")([^"\n]+)`, 'gi'),
  /(\w:\/\/[^\s/:@]+:)([^\s/@]+)(?=@)/g,
];
const mark = '[redacted]';
const shortest = 6;
const remembered = new Set<string>();

/** `text` without private keys, values of XML elements and attributes named like a secret, and passwords in URLs. */
export function redact(text: string): string {
  let clean = text;
  for (const shape of shapes) {
    clean = clean.replace(shape, (_, kept: string, secret: string) => {
      if (secret !== mark && secret.length >= shortest) remembered.add(secret);
      return kept + mark;
    });
  }
  return clean;
}

/** `text` without any secret that was seen so far. */
export function scrub(text: string): string {
  let clean = redact(text);
  for (const secret of remembered) clean = clean.replaceAll(secret, mark);
  return clean;
}

/** How many of the secrets seen so far stand in `text`. */
export function leaks(text: string): number {
  return [...remembered].filter((secret) => text.includes(secret)).length;
}
