/** A real terminal: what a screen shows, and what a shell makes of what is pasted into it. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 180_000;

export class Terminal {
  readonly #dir = mkdtempSync(join(tmpdir(), 'vpccni-tmux-'));
  readonly #env: Record<string, string>;
  readonly #width: number;
  #named = 0;

  /** @param env all that programs in it see beside `TERM` */
  constructor(width: number, env: Record<string, string>) {
    this.#width = width;
    this.#env = env;
  }

  /** Runs a command line of `sh` and returns all that it left on the screen and above it. */
  async show(line: string, cwd: string): Promise<string> {
    const done = this.#marker();
    this.#start(`cd '${cwd}' && clear && ${line}; touch '${done}'; sleep 600`, 'sh', ['-c']);
    await this.#until(done);
    // a line that is wider than the screen is one line to who copies it
    const text = this.#tmux('capture-pane', '-p', '-J', '-S', '-', '-t', 'one');
    this.#tmux('kill-server');
    return text;
  }

  /** Pastes texts one after another into an interactive shell; each is over before the next comes. */
  async paste(shell: readonly string[], texts: readonly string[], cwd: string): Promise<string> {
    this.#start(`cd '${cwd}' && exec ${shell.join(' ')}`, 'sh', ['-c']);
    for (const text of texts) {
      const done = this.#marker();
      const file = join(this.#dir, 'text');
      writeFileSync(file, `${text}\ntouch ${done}\n`);
      this.#tmux('load-buffer', file);
      this.#tmux('paste-buffer', '-p', '-t', 'one');
      this.#tmux('send-keys', '-t', 'one', 'Enter');
      await this.#until(done);
    }
    const screen = this.#tmux('capture-pane', '-p', '-S', '-', '-t', 'one');
    this.#tmux('kill-server');
    return screen;
  }

  close(): void {
    try {
      this.#tmux('kill-server');
    } catch {
      // it has ended by itself
    }
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #start(command: string, program: string, flags: readonly string[]): void {
    const config = join(this.#dir, 'tmux.conf');
    writeFileSync(config, 'set -g history-limit 20000\nset -g default-terminal screen-256color\n');
    this.#tmux(
      '-f',
      config,
      'new-session',
      '-d',
      '-s',
      'one',
      '-x',
      String(this.#width),
      '-y',
      '24',
      program,
      ...flags,
      command,
    );
  }

  #marker(): string {
    return join(this.#dir, `done-${this.#named++}`);
  }

  async #until(file: string): Promise<void> {
    for (const end = Date.now() + PATIENCE_MS; !existsSync(file); await sleep(100))
      if (Date.now() > end) throw new Error(`nothing came of it:\n${this.#tmux('capture-pane', '-p', '-t', 'one')}`);
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-S', join(this.#dir, 'socket'), ...args], { encoding: 'utf8', env: this.#env });
  }
}

const COMMAND = /^(?:aws|kubectl|helm|printf|sed|base64|cmp|sh|sleep) /;

/** The commands on a screen, each with its line breaks as a reader would mark and copy it. */
export function commandsOn(screen: string): string[] {
  const found: string[] = [];
  const lines = screen.split('\n').map((l) => l.trimEnd());
  for (let i = 0; i < lines.length; i++) {
    if (!COMMAND.test(lines[i]!)) continue;
    let text = lines[i]!;
    while (goesOn(text) && i + 1 < lines.length) text += `\n${lines[++i]}`;
    found.push(text);
  }
  return found;
}

/** It ends with a backslash, or inside a quoted text. */
function goesOn(text: string): boolean {
  return text.endsWith(' \\') || (text.replace(/\\'/g, '').match(/'/g) ?? []).length % 2 === 1;
}
