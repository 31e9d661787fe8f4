import { createHmac, randomBytes } from 'node:crypto';

/** A keyed hash of a text: the same in one file, unrelated in the next, which has another key. */
export type Hash = (text: string) => Buffer;

export function keyedHash(key: Uint8Array): Hash {
  return (text) => createHmac('sha256', key).update(text).digest();
}

/** A fresh key; it is never written, so that nobody can test a guess against a pseudonym. */
export function newKey(): Uint8Array {
  return randomBytes(32);
}
