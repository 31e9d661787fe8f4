/**
 * How a command that the reader types reaches this cluster and account, and no other. What a bare `kubectl` or `aws` would
 * use may change between the report and the paste, so the words stand in every command.
 */
import type { Fix } from './contract/finding.ts';
import { commandLine, named, quote, refusalOf } from './shell.ts';

export interface Reach {
  /** Words behind `kubectl`: `--context prod-eu`, `--kubeconfig ./shop.kubeconfig`. */
  readonly kubectl: readonly string[];
  /** The same behind `helm`, which has its own name for a context. */
  readonly helm: readonly string[];
  /** Words behind every `aws` command but the region: `--profile prod`. */
  readonly aws: readonly string[];
  /** Commands to run once before the others. */
  readonly setup: readonly string[];
}

/** What was used to read the cluster. */
export interface Used {
  readonly clusterName: string | undefined;
  readonly region: string | undefined;
  /** The kubeconfig's context; undefined where the cluster was reached through EKS, from a pod, or only as a snapshot. */
  readonly context?: string;
  /** `--kubeconfig`, where it was given. */
  readonly kubeconfig?: string;
  /** The profile that was given, or that the context signs its tokens with. */
  readonly profile?: string;
  readonly roleArn?: string;
  /** Credentials came from environment variables. */
  readonly environmentCredentials?: boolean;
}

/**
 * A kubeconfig of the cluster's own is made where none was used: an alias in the user's file could overwrite a namesake
 * and would switch his current context.
 */
export function reachOf(used: Used): Reach {
  const aws = used.roleArn ? ['--profile', roleProfile(used)] : used.profile ? ['--profile', used.profile] : [];
  const role = used.roleArn ? assumeRole(used, used.roleArn) : [];
  if (used.context !== undefined) {
    const file = used.kubeconfig === undefined ? [] : ['--kubeconfig', used.kubeconfig];
    return {
      kubectl: [...file, '--context', used.context],
      helm: [...file, '--kube-context', used.context],
      aws,
      setup: printable(role),
    };
  }
  const file = `./${used.clusterName === undefined ? 'cluster' : named('cluster', used.clusterName)}.kubeconfig`;
  const made = used.clusterName === undefined ? [] : [updateKubeconfig(used.clusterName, file, used.region, aws)];
  return { kubectl: ['--kubeconfig', file], helm: ['--kubeconfig', file], aws, setup: printable([...role, ...made]) };
}

/** Where a name in them is none, none of them is printed: every other command refuses it too. */
function printable(commands: readonly string[]): readonly string[] {
  return commands.some((c) => refusalOf(c) !== undefined) ? [] : commands;
}

function updateKubeconfig(name: string, file: string, region: string | undefined, aws: readonly string[]): string {
  const where = region ? ['--region', region] : [];
  return commandLine('aws', 'eks', 'update-kubeconfig', '--name', name, ...where, '--kubeconfig', file, ...aws);
}

function roleProfile({ clusterName }: Used): string {
  return `vpccni-${clusterName === undefined ? 'cluster' : named('cluster', clusterName)}`;
}

/** A profile that assumes the role with the credentials the report was made with (AWS CLI: role_arn, source_profile, credential_source). */
function assumeRole(used: Used, roleArn: string): string[] {
  const profile = ['--profile', roleProfile(used)];
  const source = used.environmentCredentials
    ? ['credential_source', 'Environment']
    : ['source_profile', used.profile ?? 'default'];
  return [
    commandLine('aws', 'configure', 'set', 'role_arn', roleArn, ...profile),
    commandLine('aws', 'configure', 'set', ...source, ...profile),
  ];
}

/** `-c`, the script, and the script's own name. */
const SH_WORDS = 3;

/**
 * A command line made by `shell.ts` with the words of `reach` behind every `kubectl`, `helm` and `aws` that it runs: the first
 * word, what a pipe feeds, what follows `&&` or `||`, what `xargs` starts, and what a script of `sh -c` is given to run behind
 * its name. The same words as arguments stay what they are.
 */
export function aimer({ kubectl, helm, aws }: Reach): (command: string) => string {
  const words = new Map(
    Object.entries({ kubectl, helm, aws }).map(([p, more]) => [p, [p, ...more.map(quote)].join(' ')]),
  );
  return (command) => {
    let aimed = '';
    let done = 0;
    let next: 'program' | 'of-xargs' | 'argument' = 'program';
    let before = 0;
    for (let at = 0, end = 0; at < command.length; at = end + 1) {
      end = endOfWord(command, at);
      if (end === at) continue;
      if (end - at <= 2 && OPERATORS.has(command.slice(at, end))) {
        next = 'program';
        before = 0;
      } else if (before > 0 && --before === 0) next = 'program';
      else if (next === 'program' || (next === 'of-xargs' && !FLAG.test(command.slice(at, end)))) {
        const word = command.slice(at, end);
        next = word === 'xargs' ? 'of-xargs' : 'argument';
        before = word === 'sh' ? SH_WORDS : 0;
        aimed += command.slice(done, at) + (words.get(word) ?? word);
        done = end;
      }
    }
    return aimed + command.slice(done);
  };
}

const OPERATORS: ReadonlySet<string> = new Set(['|', '||', '&&']);
const FLAG = /^'?-/;

const TAB = 9;
const NEWLINE = 10;
const BLANK = 32;
const QUOTE = 39;
const BACKSLASH = 92;

/** Where the word at `from` ends: at the next blank that neither stands in quotes nor behind a backslash. */
function endOfWord(command: string, from: number): number {
  for (let at = from; at < command.length; at++) {
    const code = command.charCodeAt(at);
    // letters stand behind all of them
    if (code > BACKSLASH) continue;
    if (code === BLANK || code === NEWLINE || code === TAB) return at;
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) {
      const close = command.indexOf("'", at + 1);
      if (close < 0) break;
      at = close;
    }
  }
  return command.length;
}

/** A fix with a word in it that no command may hold says so in place of all its commands: half of them would mend nothing. */
export function withoutRefused(fix: Fix): Fix {
  const why = new Set(fix.commands.flatMap((c) => refusalOf(c) ?? []));
  if (why.size === 0) return fix;
  const said = `No command is printed: the cluster names ${[...why].join(' and ')}.`;
  const { steps: _, ...rest } = fix;
  return { ...rest, commands: [], risk: fix.risk ? `${said} ${fix.risk}` : said };
}
