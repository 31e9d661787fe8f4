/** Ends a plugin with everything it has started: many are wrappers that wait for a program of their own. */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Nothing happens to one that has ended: its number may be another's by now. */
export function killTree(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  // found before the first is killed: what loses its parent is nobody's child
  const below = process.platform === 'win32' ? [] : descendantsOf(child.pid);
  child.kill('SIGKILL');
  killAll(below);
}

/** Ends everything this process has started, for programs that a library starts and does not end. */
export function killChildren(): void {
  if (process.platform !== 'win32') killAll(descendantsOf(process.pid));
}

function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // ended meanwhile
    }
  }
}

function descendantsOf(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const [pid, parent] of parents()) children.set(parent, [...(children.get(parent) ?? []), pid]);
  const found: number[] = [];
  for (let next = [root]; next.length > 0; ) {
    next = next.flatMap((pid) => children.get(pid) ?? []);
    found.push(...next);
  }
  return found;
}

/** Every process and its parent. Small images have no `ps`, and only Linux has /proc. */
function parents(): (readonly [pid: number, parent: number])[] {
  if (process.platform === 'linux')
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? parentIn(Number(name)) : []));
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8', timeout: 1000 });
  return (stdout ?? '').split('\n').flatMap((line) => {
    const [, pid, parent] = /^\s*(\d+)\s+(\d+)\s*$/.exec(line) ?? [];
    return pid === undefined ? [] : [[Number(pid), Number(parent)] as const];
  });
}

/** `123 (a name) S 1 …`: the name may hold anything (proc(5)). */
function parentIn(pid: number): (readonly [pid: number, parent: number])[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const parent = /^ \S (\d+) /.exec(stat.slice(stat.lastIndexOf(')') + 1))?.[1];
    return parent === undefined ? [] : [[pid, Number(parent)]];
  } catch {
    return [];
  }
}
