/** What may stand where a flag or an argument wants a value. Asks nothing of a network and reads no credentials. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { loadCatalog } from '../../calc/catalog/index.ts';
import { PASTE_NAMES } from '../../render/view/max-pods/words.ts';
import type { Io } from '../io.ts';

/** Values, whole or to be gone on with; `files` where a path is wanted. */
export interface Values {
  readonly values: readonly string[];
  /** The values are beginnings: no space goes behind them. */
  readonly open?: boolean;
  readonly files?: boolean;
}

/** `typed` is the value so far, `words` the whole command line. */
type Source = (typed: string, words: readonly string[], env: Io['env']) => Values | Promise<Values>;

const fixed =
  (values: readonly string[]): Source =>
  () => ({ values });
const FILES: Source = () => ({ values: [], files: true });
const FREE: Source = () => ({ values: [] });

const codes: Source = async () => ({ values: (await import('../../inspect/checks/index.ts')).CHECK_CODES });

/** By flag, or by the name of an argument. What is not listed is free text. */
const SOURCES: Readonly<Record<string, Source>> = {
  types: instanceTypes,
  '--instance': instanceTypes,
  code: codes,
  '--suppress': codes,
  '--only': codes,
  '--skip': codes,
  '--context': async (_, words, env) => ({ values: await contextsOf(kubeconfigs(words, env)) }),
  '--profile': (_, __, env) => ({ values: profilesOf(env) }),
  '--paste': fixed(Object.values(PASTE_NAMES).map(({ name }) => name)),
  '--from': FILES,
  '--since': FILES,
  '--history-token-file': FILES,
  '--history-basic-file': FILES,
  '--input': FILES,
  '--kubeconfig': FILES,
};

/** What may complete a value; of a list with commas its last part. */
export async function valuesFor(
  wanted: string,
  typed: string,
  words: readonly string[],
  env: Io['env'],
): Promise<Values> {
  const source = SOURCES[wanted] ?? FREE;
  const head = LISTS.has(wanted) ? typed.slice(0, typed.lastIndexOf(',') + 1) : '';
  const rest = typed.slice(head.length);
  const found = await source(rest, words, env);
  return {
    ...found,
    values: found.values.filter((value) => value.startsWith(rest)).map((value) => head + value),
  };
}

const LISTS: ReadonlySet<string> = new Set(['types', '--instance', '--suppress', '--only', '--skip']);

/** Families first, because there are more types than anyone reads; then the sizes of one. */
async function instanceTypes(typed: string): Promise<Values> {
  const { names } = await loadCatalog();
  if (typed.includes('.')) return { values: names };
  return { values: [...new Set(names.map((name) => `${name.split('.')[0]}.`))], open: true };
}

function kubeconfigs(words: readonly string[], env: Io['env']): readonly string[] {
  const at = words.lastIndexOf('--kubeconfig');
  const given = at >= 0 ? words[at + 1] : words.findLast((w) => w.startsWith('--kubeconfig='))?.slice(13);
  if (given) return [given];
  return env.KUBECONFIG ? env.KUBECONFIG.split(delimiter) : [join(env.HOME ?? homedir(), '.kube', 'config')];
}

async function contextsOf(paths: readonly string[]): Promise<readonly string[]> {
  const { default: yaml } = await import('yaml');
  const names = paths.flatMap((path) => {
    try {
      const config: { contexts?: { name?: unknown }[] } | null = yaml.parse(read(path));
      return (config?.contexts ?? []).map(({ name }) => String(name));
    } catch {
      return [];
    }
  });
  return [...new Set(names)];
}

function profilesOf(env: Io['env']): readonly string[] {
  const config = read(env.AWS_CONFIG_FILE ?? join(env.HOME ?? homedir(), '.aws', 'config'));
  return [...config.matchAll(/^\[(?:profile\s+)?([^\]\s]+)\]/gm)].map(([, name]) => name!);
}

/** Completion stays silent where a file cannot be read. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
