/**
 * Reads kubeconfig files the way kubectl does (client-go: tools/clientcmd/loader.go): the first file that defines a name
 * wins, a missing file of KUBECONFIG is skipped, relative paths start at the file that contains them.
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';

/** A kubeconfig that is wrong or names what does not exist. One line for the user. */
export class KubeconfigError extends Error {}

/** `cluster`, `user` or `context` of a named entry as it stands in the file, its paths made absolute. */
export type Entry = Readonly<Record<string, unknown>>;

export interface Kubeconfig {
  /** The files that exist, in order. */
  readonly files: readonly string[];
  /** All files looked for. */
  readonly searched: readonly string[];
  readonly currentContext: string | undefined;
  readonly contexts: ReadonlyMap<string, Entry>;
  readonly clusters: ReadonlyMap<string, Entry>;
  readonly users: ReadonlyMap<string, Entry>;
}

export interface KubeconfigSource {
  /** `--kubeconfig`: this file alone, and it must exist. */
  readonly file?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home?: string;
}

/** @throws KubeconfigError */
export async function loadKubeconfig({ file, env, home = homedir() }: KubeconfigSource): Promise<Kubeconfig> {
  const searched = file !== undefined ? [file] : filesOf(env, home);
  const texts = await Promise.all(searched.map((f) => readText(f, file !== undefined)));
  const documents: { file: string; document: Entry }[] = [];
  for (const [i, text] of texts.entries()) {
    const name = searched[i]!;
    if (text !== undefined) documents.push({ file: name, document: asDocument(name, text) });
  }
  return {
    files: documents.map((d) => d.file),
    searched,
    currentContext: documents.map((d) => d.document['current-context']).find(isText),
    contexts: merged(documents, 'contexts', 'context', []),
    clusters: merged(documents, 'clusters', 'cluster', ['certificate-authority']),
    users: merged(documents, 'users', 'user', ['client-certificate', 'client-key', 'tokenFile']),
  };
}

function filesOf(env: KubeconfigSource['env'], home: string): string[] {
  const list = (env.KUBECONFIG ?? '').split(path.delimiter).filter((f) => f !== '');
  return list.length > 0 ? [...new Set(list)] : [path.join(home, '.kube', 'config')];
}

async function readText(file: string, required: boolean): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' && !required) return undefined;
    const why = code === 'ENOENT' ? 'no such file' : code === 'EACCES' ? 'permission denied' : String(code ?? cause);
    throw new KubeconfigError(`kubeconfig ${file}: ${why}`);
  }
}

function asDocument(file: string, text: string): Entry {
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    const [line] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new KubeconfigError(`kubeconfig ${file}: not valid YAML: ${line!.replace(/:$/, '')}`);
  }
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw new KubeconfigError(`kubeconfig ${file}: not a kubeconfig`);
  return value as Entry;
}

function merged(
  documents: readonly { file: string; document: Entry }[],
  list: string,
  inner: string,
  paths: readonly string[],
): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const { file, document } of documents) {
    const items = document[list];
    if (!Array.isArray(items)) continue;
    const dir = path.dirname(path.resolve(file));
    for (const item of items as readonly Entry[]) {
      const name = item?.name;
      const entry = item?.[inner];
      if (isText(name) && typeof entry === 'object' && entry !== null && !entries.has(name))
        entries.set(name, absolutePaths(entry as Entry, dir, paths));
    }
  }
  return entries;
}

function absolutePaths(entry: Entry, dir: string, paths: readonly string[]): Entry {
  const copy: Record<string, unknown> = { ...entry };
  for (const key of paths) if (isText(copy[key])) copy[key] = path.resolve(dir, copy[key]);
  const exec = copy.exec as Entry | undefined;
  // A bare command is looked up in PATH (client-go: loader.go GetAuthInfoFileReferences).
  if (isText(exec?.command) && exec.command.includes(path.sep))
    copy.exec = { ...exec, command: path.resolve(dir, exec.command) };
  return copy;
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
