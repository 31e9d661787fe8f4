/** `vpccni completion SHELL`: the script that lets a shell ask what may follow. */
import { SCRIPTS } from './completion/scripts.ts';
import type { Shell } from './completion/shells.ts';
import { EXIT } from './exit-code.ts';
import { type Io, writeOut } from './io.ts';

export async function run(io: Io, shell: Shell): Promise<number> {
  await writeOut(io, SCRIPTS[shell]);
  return EXIT.ok;
}
