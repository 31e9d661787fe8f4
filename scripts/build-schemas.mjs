// Writes schema/*.schema.json from the schemas the program itself reads and writes by.
// Usage: node scripts/build-schemas.mjs [--check]    --check writes nothing and exits 1 when a file is out of date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { toJsonSchema } from '@valibot/to-json-schema';
import { build } from 'esbuild';

const root = new URL('../', import.meta.url);

const { outputFiles } = await build({
  stdin: {
    contents: `
      export { inspectionSchema } from './src/inspect/contract/inspection-schema.ts';
      export { snapshotSchema } from './src/inspect/snapshot.ts';
      export { subnetsSchema } from './src/inspect/contract/subnets.ts';
      export { whySchema } from './src/inspect/contract/why.ts';`,
    resolveDir: fileURLToPath(root),
  },
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
});
const { inspectionSchema, snapshotSchema, subnetsSchema, whySchema } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
);

const schemas = {
  'schema/inspection.schema.json': [inspectionSchema, 'What vpccni inspect -o json writes'],
  'schema/subnets.schema.json': [subnetsSchema, 'What vpccni subnets -o json writes'],
  'schema/why.schema.json': [whySchema, 'What vpccni why -o json writes'],
  'schema/cluster-snapshot.schema.json': [snapshotSchema, 'What vpccni snapshot writes and --from reads'],
};
const check = process.argv.includes('--check');
for (const [path, [schema, title]] of Object.entries(schemas)) {
  const json = toJsonSchema(schema, { ignoreActions: ['readonly', 'check', 'check_items'], errorMode: 'throw' });
  const text = `${JSON.stringify({ $schema: json.$schema, title, ...json }, null, 2)}\n`;
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
