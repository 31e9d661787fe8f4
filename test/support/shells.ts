/** The shells of this machine that commands are pasted into. */
import { spawnSync } from 'node:child_process';

const WANTED = ['bash', 'dash', 'zsh', 'fish'] as const;

export const SHELLS: readonly string[] = WANTED.filter((shell) => spawnSync(shell, ['-c', 'true']).status === 0);

/** Those whose absence leaves something untested; told in the names of skipped tests. */
export const MISSING_SHELLS: readonly string[] = WANTED.filter((shell) => !SHELLS.includes(shell));
