/**
 * The import table: which part of the program may use which. Every import of every source file is read, static, dynamic,
 * re-exported or of types alone, so that a forbidden way through the house fails here and not in review.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize, sep } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';
import { describe, expect, it } from 'vitest';

const SRC = 'src';
const MAX_LINES = 350;

interface Import {
  readonly from: string;
  /** A file under src, `node:x`, or a package's name. */
  readonly to: string;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

interface Row {
  readonly module: string;
  readonly files: RegExp;
  /** Files of the program it may import; `types` of those it may name only in types. */
  readonly may: RegExp;
  readonly types?: RegExp;
  /** Packages and Node built-ins. */
  readonly packages?: RegExp;
}

const SDK = /^(@aws-sdk|@smithy|@aws-crypto|@kubernetes)\//;

/** The first row whose pattern matches a file applies to it. */
const TABLE: readonly Row[] = [
  { module: 'calc', files: /^calc\//, may: /^calc\// },
  {
    module: 'snapshot',
    files: /^inspect\/snapshot(\.ts|\/)/,
    may: /^inspect\/snapshot/,
    types: /^calc\//,
    packages: /^valibot$/,
  },
  {
    module: 'contract',
    files: /^inspect\/contract\//,
    may: /^inspect\/(snapshot|contract\/)/,
    types: /^calc\//,
    packages: /^valibot$/,
  },
  {
    module: 'collect',
    files: /^inspect\/(collect\/|redact)/,
    // Of calc the names of aws-node's variables: there is one catalog of them.
    may: /^(inspect\/(collect\/|snapshot|redact)|calc\/ipamd\/variables\.ts$|tool\.ts$)/,
    types: /^calc\//,
    packages: /^(node:.*|(@aws-sdk|@smithy|@aws-crypto|@kubernetes)\/.*|proxy-agent|yaml|valibot|ipaddr\.js)$/,
  },
  {
    module: 'permissions: the one report that is made from the collectors',
    files: /^inspect\/report\/permissions/,
    may: /^inspect\/(collect\/permissions\.ts$|report|contract\/|shell\.ts$)/,
    packages: /^yaml$/,
  },
  {
    module: 'facts',
    files: /^inspect\/facts\//,
    may: /^(inspect\/(facts\/|contract\/|snapshot|reach\.ts$)|calc\/)/,
  },
  {
    module: 'report builders',
    files: /^inspect\/report\//,
    may: /^(inspect\/(?!collect\/|redact)|calc\/)/,
    packages: /^valibot$/,
  },
  {
    module: 'checks, analysis, projection, policy',
    files: /^inspect\//,
    may: /^(inspect\/(?!collect\/|redact|report\/)|calc\/)/,
    packages: /^valibot$/,
  },
  {
    module: 'render',
    files: /^render\//,
    // Of calc only names and constants of the field: pattern numbers, host-network pods.
    may: /^(render\/|inspect\/(contract\/|shell\.ts$)|calc\/(patterns|maxpods\/index)\.ts$)/,
    types: /^(calc\/|inspect\/)/,
    packages: /^(chalk|cli-table3|string-width|yaml)$/,
  },
  {
    module: 'commands',
    files: /^commands\//,
    may: /^(commands|inspect|render|calc)\/|^tool\.ts$/,
    // Flags are declared in cli; what they are called and hold follows from there.
    types: /^cli\//,
    packages: /^(node:.*|ora|valibot|fastest-levenshtein|yaml)$/,
  },
  {
    module: 'cli',
    files: /^(start|load-compiled|cli|tool)\.ts$|^cli\//,
    // Of render the registry of formats, for the names in help, and what makes foreign text safe to show.
    may: /^(cli\/|(cli|load-compiled)\.ts$|commands\/|tool\.ts$|render\/(sanitize|format\/index)\.ts$)/,
    types: /^inspect\/contract\/kinds\.ts$/,
    packages: /^(commander|@commander-js\/extra-typings|node:(fs|module|path|url|vm))$/,
  },
];

/** Packages that one file alone may use, so that they can be exchanged there. */
const SOLE_USER: Readonly<Record<string, string>> = {
  chalk: 'render/theme.ts',
  'cli-table3': 'render/text/table.ts',
  'string-width': 'render/text/width.ts',
  ora: 'commands/progress.ts',
};

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((f) => f.split(sep).join('/'))
  .filter((f) => f.endsWith('.ts'));

const imports = files.flatMap((f) => importsOf(f, readFileSync(join(SRC, f), 'utf8')));

/** Reads the imports of a source text: declarations, re-exports, `import()` and `import('…')` in a type. */
function importsOf(from: string, source: string): Import[] {
  const { module, program, errors } = parseSync(from, source);
  if (errors.length > 0) throw new Error(`${from}: ${errors[0]!.message}`);
  const found: Import[] = [];
  const add = (specifier: string, typeOnly: boolean, dynamic: boolean) =>
    found.push({ from, to: resolve(from, specifier), typeOnly, dynamic });
  for (const { moduleRequest, entries } of module.staticImports)
    add(moduleRequest.value, entries.length > 0 && entries.every((entry) => entry.isType), false);
  for (const { entries } of module.staticExports) {
    const reExported = entries.filter((entry) => entry.moduleRequest !== null);
    for (const specifier of new Set(reExported.map((entry) => entry.moduleRequest!.value)))
      add(
        specifier,
        reExported.every((e) => e.moduleRequest!.value !== specifier || e.isType),
        false,
      );
  }
  new Visitor({
    ImportExpression: ({ source: specifier }) => {
      if (specifier.type === 'Literal' && typeof specifier.value === 'string') add(specifier.value, false, true);
      else add(COMPUTED, false, true);
    },
    TSImportType: ({ source: specifier }) => add(specifier.value, true, true),
  }).visit(program);
  return found;
}
/** Stands for what an `import()` works out at run time. */
const COMPUTED = 'computed';

function resolve(from: string, specifier: string): string {
  if (specifier.startsWith('.'))
    return normalize(join(dirname(from), specifier))
      .split(sep)
      .join('/');
  if (specifier.startsWith('node:') || builtinModules.includes(specifier))
    return `node:${specifier.replace(/^node:/, '')}`;
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]!;
}

function rowOf(file: string): Row {
  const row = TABLE.find((r) => r.files.test(file));
  if (!row) throw new Error(`${file} belongs to no row of the table`);
  return row;
}

function allowed({ from, to, typeOnly }: Import): boolean {
  const row = rowOf(from);
  if (!to.endsWith('.ts')) return row.packages?.test(to) ?? false;
  return row.may.test(to) || (typeOnly && (row.types?.test(to) ?? false));
}

describe('imports', () => {
  it('reads static, re-exported, dynamic, bare and type imports', () => {
    const source = `
      import a, { b } from './a.ts';
      import type { T } from './t.ts';
      import { type U, v } from './u.ts';
      import { type W } from './w.ts';
      export * from './e.ts';
      export { f } from 'pkg/deep';
      import '@scope/side/effect';
      const x = await import('node:fs'); // import y from './comment.ts'
      type Z = typeof import('./z.ts');
      export type { G } from './g.ts';
      const text = "import q from './string.ts'";
      const y = await import(text);
    `;
    expect(importsOf('m/file.ts', source).map((i) => [i.to, i.typeOnly, i.dynamic])).toEqual([
      ['m/a.ts', false, false],
      ['m/t.ts', true, false],
      ['m/u.ts', false, false],
      ['m/w.ts', true, false],
      ['@scope/side', false, false],
      ['m/e.ts', false, false],
      ['pkg', false, false],
      ['m/g.ts', true, false],
      ['node:fs', false, true],
      ['m/z.ts', true, true],
      ['computed', false, true],
    ]);
  });

  it('finds the files and imports of the program', () => {
    expect(files.length).toBeGreaterThan(100);
    expect(imports.filter((i) => i.dynamic).length).toBeGreaterThan(5);
  });

  it('keeps to the table', () => {
    const broken = imports.filter((i) => !allowed(i)).map((i) => `${rowOf(i.from).module}: ${i.from} imports ${i.to}`);
    expect(broken).toEqual([]);
  });

  it('imports only files that exist', () => {
    const known = new Set(files);
    expect(imports.filter((i) => i.to.endsWith('.ts') && !known.has(i.to))).toEqual([]);
  });

  it('computes no import at run time', () => {
    expect(imports.filter((i) => i.to === COMPUTED).map((i) => i.from)).toEqual([]);
  });

  it('keeps some packages to one file each', () => {
    const strays = imports.filter((i) => SOLE_USER[i.to] !== undefined && SOLE_USER[i.to] !== i.from);
    expect(strays.map((i) => `${i.from} imports ${i.to}`)).toEqual([]);
  });

  it('loads SDKs only when they are used', () => {
    const eager = imports.filter((i) => SDK.test(`${i.to}/`) && !i.dynamic && !i.typeOnly);
    const reached = reachable('cli.ts');
    expect(eager.filter((i) => reached.has(i.from)).map((i) => `${i.from} imports ${i.to}`)).toEqual([]);
  });

  it('starts offline commands without the library of schemas', () => {
    const loaded = ['cli.ts', 'commands/maxpods.ts', 'commands/simulate.ts'].flatMap((entry) => [...reachable(entry)]);
    const users = imports.filter((i) => i.to === 'valibot' && !i.typeOnly && loaded.includes(i.from));
    expect(users.map((i) => i.from)).toEqual([]);
  });

  it('takes from the schemas of reports their types alone', () => {
    const schemas = new Set(imports.filter((i) => i.to === 'valibot' && !i.typeOnly).map((i) => i.from));
    const users = imports.filter((i) => /^inspect\/contract\//.test(i.to) && schemas.has(i.to) && !i.typeOnly);
    expect(users.filter((i) => !/^inspect\/contract\//.test(i.from)).map((i) => `${i.from} imports ${i.to}`)).toEqual(
      [],
    );
  });

  it('reads no clock and no chance in calc and render', () => {
    const pure = files.filter((f) => /^(calc|render)\//.test(f));
    const impure = pure.filter((f) =>
      /\bDate\.now\(|new Date\(\)|Math\.random\(|\bprocess\./.test(readFileSync(join(SRC, f), 'utf8')),
    );
    expect(impure).toEqual([]);
  });

  it(`keeps source files under ${MAX_LINES} lines`, () => {
    const long = files
      .filter((f) => !f.includes('.generated.'))
      .map((f) => ({ f, lines: readFileSync(join(SRC, f), 'utf8').split('\n').length - 1 }))
      .filter(({ lines }) => lines > MAX_LINES);
    expect(long).toEqual([]);
  });
});

/** Files loaded at start: those the entry reaches through imports that are neither lazy nor of types alone. */
function reachable(entry: string): ReadonlySet<string> {
  const seen = new Set([entry]);
  for (const file of seen)
    for (const i of imports) if (i.from === file && !i.dynamic && !i.typeOnly && i.to.endsWith('.ts')) seen.add(i.to);
  return seen;
}
