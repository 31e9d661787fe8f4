/** Standard output without its stream, which takes longer to load than a report to write. */
import { fstatSync, writeSync } from 'node:fs';

const STDOUT = 1;

/** False where it certainly is no terminal: a pipe, a file, a socket. */
export function mayBeTerminal(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isCharacterDevice();
  } catch {
    return false;
  }
}

/** Writes at once; what a pipe that is full does not take yet is handed back. @throws the error of a descriptor that takes nothing */
export function writeNow(text: string): Uint8Array {
  let rest: Uint8Array = Buffer.from(text);
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(STDOUT, rest));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
  }
  return rest;
}
