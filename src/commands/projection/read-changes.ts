/** Files of `--change`, read and cut into documents; what is laid over the snapshot is decided by their readers. */
import { type Document, isNode, LineCounter, type Node, parseAllDocuments } from 'yaml';
import { loadCatalog } from '../../calc/catalog/index.ts';
import { parseConfiguration } from '../../inspect/collect/aws/addons.ts';
import { maxPodsOfUserData } from '../../inspect/collect/aws/user-data.ts';
import type { ChangeSummary } from '../../inspect/contract/plan.ts';
import { layOver, makesCluster } from '../../inspect/projection/changes/index.ts';
import {
  CHANGE_KINDS,
  type ChangeDocument,
  ChangeError,
  type ChangeKind,
  type Laid,
} from '../../inspect/projection/changes/reading.ts';
import type { ClusterSnapshot } from '../../inspect/snapshot.ts';
import { UsageError } from '../exit-code.ts';
import { type Io, now } from '../io.ts';
import type { SnapshotFlags } from '../load-snapshot.ts';
import { endOfValue, isTooDeep, readInput } from '../read-input.ts';

export interface ChangeFiles {
  readonly documents: readonly ChangeDocument[];
  /** The change makes the cluster itself: none has to be there. */
  readonly makesCluster: boolean;
}

/**
 * Reads the files; `-` is standard input, `KIND:FILE` says what a file is.
 * @throws UsageError for a file that cannot be read, and for one that is neither JSON nor YAML
 */
export async function readChanges(io: Io, given: readonly string[], from?: string): Promise<ChangeFiles> {
  if (given.filter((g) => fileOf(g).file === '-').length + (from === '-' ? 1 : 0) > 1)
    throw new UsageError('standard input is read once: give one of --change - and --from -');
  const documents: ChangeDocument[] = [];
  for (const one of given) {
    const { kind, file } = fileOf(one);
    documents.push(...documentsOf(called(file), await readInput(io, file), kind));
  }
  return { documents, makesCluster: makesCluster(documents) };
}

/** Whether the change stands alone: it makes a cluster and none is named, or the user wants nothing asked. */
export function isNew(changes: ChangeFiles, flags: SnapshotFlags): boolean {
  if (flags.demo || flags.from !== undefined) return false;
  if (flags.aws === false && flags.kube === false) return true;
  const named = flags.cluster ?? flags.context ?? flags.kubeconfig;
  return changes.makesCluster && named === undefined;
}

/** What a snapshot with the changes in it is, and what it cannot say. @throws UsageError naming the file */
export async function layChanges(
  io: Io,
  { documents }: ChangeFiles,
  snapshot: ClusterSnapshot | undefined,
): Promise<Laid> {
  const tools = { catalog: await loadCatalog(), parseText: parseConfiguration, maxPodsOf: maxPodsOfUserData };
  try {
    return layOver(documents, snapshot, tools, new Date(now(io)).toISOString());
  } catch (error) {
    throw error instanceof ChangeError ? new UsageError(error.message) : error;
  }
}

export function summaryOf({ documents }: ChangeFiles, { effects, notUnderstood, unconcerned }: Laid): ChangeSummary {
  return { files: [...new Set(documents.map((d) => d.file))], effects, notUnderstood, unconcerned };
}

/** The first file of a change, which annotations point at; undefined for standard input. */
export function changeFileOf(given: readonly string[] | undefined): string | undefined {
  const file = given?.[0] === undefined ? '-' : fileOf(given[0]).file;
  return file === '-' ? undefined : file;
}

/** What of a change is not understood, or not known before it is applied, a line each. */
export function openQuestions({ notUnderstood, unknowns }: Laid): string[] {
  const places = notUnderstood.map(({ file, line, address, reason }) => {
    return `${file}${line === undefined ? '' : `:${line}`}: ${address}: not understood: ${reason}`;
  });
  return [...places, ...unknowns.map((u) => `not known before the apply: ${u.reason}`)];
}

function fileOf(given: string): { readonly kind?: ChangeKind; readonly file: string } {
  const [, kind, file] = /^([a-z]+):(.+)$/s.exec(given) ?? [];
  const known = CHANGE_KINDS.find((k) => k === kind);
  return known && file !== undefined ? { kind: known, file } : { file: given };
}

function called(file: string): string {
  return file === '-' ? 'standard input' : file;
}

const TERRAFORM_HINT = 'a saved plan is not read itself: give what "terraform show -json FILE" writes';

function documentsOf(file: string, text: string, kind: ChangeKind | undefined): ChangeDocument[] {
  if (text.startsWith('PK')) throw new UsageError(`${file}: ${TERRAFORM_HINT}`);
  if (!/\S/.test(text)) throw new UsageError(`${file} is empty: no change is in it`);
  if (isTooDeep(text)) throw new UsageError(`${file} is nested too deeply`);
  const json = /^\s*[{[]/.test(text) ? jsonOf(file, text) : undefined;
  const found = json
    ? json.map((value) => ({ file, kind, value, lineOf: () => undefined }))
    : yamlDocuments(file, text, kind);
  if (found.length === 0) throw new UsageError(`${file} is empty: no change is in it`);
  return found;
}

/**
 * One value, or several one after the other, as `kubectl get -o json` for each of many, and `jq`, write them. Undefined where it
 * only looks like JSON: a flow mapping of YAML begins alike.
 */
function jsonOf(file: string, text: string): readonly unknown[] | undefined {
  try {
    return [JSON.parse(text)];
  } catch {
    if (/^\s*\{"@level"/.test(text))
      throw new UsageError(`${file}: this is the log of "terraform plan -json": ${TERRAFORM_HINT}`);
    return jsonStream(text);
  }
}

function jsonStream(text: string): readonly unknown[] | undefined {
  const values: unknown[] = [];
  try {
    for (let start = 0; start < text.length; ) {
      const end = endOfValue(text, start);
      const piece = text.slice(start, end);
      if (/\S/.test(piece)) values.push(JSON.parse(piece));
      start = end;
    }
    return values;
  } catch {
    return undefined;
  }
}

function yamlDocuments(file: string, text: string, kind: ChangeKind | undefined): ChangeDocument[] {
  const lines = new LineCounter();
  // kubectl takes merge keys, which YAML 1.2 has not
  const options = { lineCounter: lines, prettyErrors: false, logLevel: 'silent', merge: true } as const;
  const documents = parseAllDocuments(text, options);
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document: Document): ChangeDocument[] => {
    const [broken] = document.errors;
    if (broken) {
      const { line, col } = lines.linePos(broken.pos[0]);
      throw new UsageError(`${file}:${line}:${col}: not YAML: ${broken.message.split('\n')[0]}`);
    }
    const value = plainOf(file, document);
    if (value === null || value === undefined) return [];
    return [{ file, kind, value, lineOf: (path) => lineAt(document, path, lines) }];
  });
}

function plainOf(file: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new UsageError(
      `${file}: not YAML that is read: ${error instanceof Error ? error.message.split('\n')[0] : ''}`,
    );
  }
}

/** The line of the nearest node on the way. */
function lineAt(document: Document, path: readonly (string | number)[], lines: LineCounter): number | undefined {
  for (let depth = path.length; depth >= 0; depth--) {
    const node = (depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true)) as
      | Node
      | null
      | undefined;
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return undefined;
}
