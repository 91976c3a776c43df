/**
 * Ed25519 keys in OpenSSH's own format, a fraction of a millisecond each, so that hundreds of machines take no time.
 * (ssh2's generator makes about one unreadable key in 250: it drops leading zeros.)
 */
import { generateKeyPairSync } from 'node:crypto';

export type Key = { private: string; public: string };

const TYPE = 'ssh-ed25519';

export function newKey(comment: string): Key {
  const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const point = Buffer.from(x, 'base64url');
  const seed = Buffer.from(d, 'base64url');
  const publicBlob = Buffer.concat([field(TYPE), field(point)]);
  const check = Buffer.alloc(8); // two equal numbers, by which OpenSSH sees that it decrypted well; nothing is encrypted here
  const secret = Buffer.concat([check, publicBlob, field(Buffer.concat([seed, point])), field(comment)]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, i) => i + 1));
  const none = field('none');
  const oneKey = Buffer.from([0, 0, 0, 1]);
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...[none, none, field(''), oneKey],
    field(publicBlob),
    field(Buffer.concat([secret, padding])),
  ]);
  const lines = whole.toString('base64').replace(/.{70}/g, '$&\n');
  return {
    private: `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.trimEnd()}\n-----END OPENSSH PRIVATE KEY-----\n`,
    public: `${TYPE} ${publicBlob.toString('base64')} ${comment}`,
  };
}

/** SSH's string: its length in four bytes, then its bytes. */
function field(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
