// Writes schema/*.schema.json from the schemas that the program's types are inferred from, and that it reads snapshots by.
// Usage: node scripts/build-schemas.mjs [--check]    --check writes nothing and exits 1 when a file is out of date.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { toJsonSchema } from '@valibot/to-json-schema';
import { build } from 'esbuild';

const root = new URL('../', import.meta.url);
const contract = readdirSync(new URL('src/inspect/contract/', root)).filter((file) => file.endsWith('.ts'));

const { outputFiles } = await build({
  stdin: {
    contents: [
      ...contract.map((file, i) => `export * as contract${i} from './src/inspect/contract/${file}';`),
      "export { configurationSchema } from './src/commands/configuration/schema.ts';",
      "export { gapSchema } from './src/inspect/snapshot/section.ts';",
      "export { SECTIONS, snapshotSchema, sourceSchema } from './src/inspect/snapshot.ts';",
    ].join('\n'),
    resolveDir: fileURLToPath(root),
  },
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
});
const built = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
const modules = contract.map((_, i) => built[`contract${i}`]);

/** What is written once and referred to: every schema with a name, and the data of every section. */
const named = [
  ...modules.flatMap((module) => Object.entries(module)),
  ['gap', built.gapSchema],
  ['source', built.sourceSchema],
];
const definitions = Object.fromEntries([
  ...named.filter(([, value]) => isSchema(value)).map(([name, schema]) => [upper(name.replace(/Schema$/, '')), schema]),
  ...Object.entries(built.SECTIONS).map(([name, schema]) => [upper(name), schema]),
]);
const { SCHEMAS } = modules.find((module) => module.SCHEMAS);

const files = {
  'schema/configuration.schema.json': [built.configurationSchema, 'What .vpccni.yaml says'],
  'schema/cluster-snapshot.schema.json': [built.snapshotSchema, 'What vpccni snapshot writes and --from reads'],
  ...Object.fromEntries(
    Object.entries(SCHEMAS).map(([kind, schema]) => [
      `schema/${kind.replace(/(?<=[a-z])[A-Z]/g, '-$&').toLowerCase()}.schema.json`,
      [schema, `A report of kind ${kind}`],
    ]),
  ),
};

const check = process.argv.includes('--check');
for (const [path, [schema, title]] of Object.entries(files)) {
  const others = Object.fromEntries(Object.entries(definitions).filter(([, each]) => each !== schema));
  const json = toJsonSchema(schema, {
    definitions: others,
    ignoreActions: ['readonly', 'check', 'check_items', 'iso_date'],
    errorMode: 'throw',
  });
  const text = `${JSON.stringify({ $schema: json.$schema, title, ...withUsedDefinitions(json) }, null, 2)}\n`;
  const url = new URL(path, root);
  if (check && existsSync(url) && readFileSync(url, 'utf8') === text) continue;
  if (check) {
    console.error(`${path} is out of date: run node scripts/build-schemas.mjs`);
    process.exitCode = 1;
  } else {
    mkdirSync(new URL('.', url), { recursive: true });
    writeFileSync(url, text);
  }
}

function isSchema(value) {
  return typeof value === 'object' && value !== null && value.kind === 'schema' && !isPlain(value);
}

/** A bare string or number needs no definition. */
function isPlain({ type }) {
  return ['string', 'number', 'boolean', 'nullable'].includes(type);
}

/** Definitions that the schema refers to, directly or through others. */
function withUsedDefinitions({ $defs = {}, ...schema }) {
  const used = new Set();
  const visit = (part) => {
    for (const [, name] of JSON.stringify(part).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      visit($defs[name]);
    }
  };
  visit(schema);
  const kept = Object.entries($defs).filter(([name]) => used.has(name));
  return kept.length > 0 ? { ...schema, $defs: Object.fromEntries(kept) } : schema;
}

function upper(name) {
  return name[0].toUpperCase() + name.slice(1);
}
