// Bundles src/start.ts into dist/, split so that each command loads only what it uses.
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { build, transform } from 'esbuild';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const options = { platform: 'node', target: 'node20.19', minifySyntax: true, minifyWhitespace: true };

// Built beside and moved into place, so that a build that fails leaves the last good one.
const next = `dist.${process.pid}.tmp`;
const { outputFiles } = await build({
  ...options,
  entryPoints: { start: 'src/start.ts', 'build/help': 'src/cli/help-texts.ts' },
  outdir: next,
  bundle: true,
  splitting: true,
  format: 'esm',
  write: false,
  // ES modules first: of a CommonJS package an import() yields only the default export, and unused code stays
  mainFields: ['module', 'main'],
  legalComments: 'none',
  alias: { '@colors/colors/safe': './scripts/no-colors.cjs' },
  chunkNames: 'chunk/[name]-[hash]',
  define: { __VPCCNI_VERSION__: JSON.stringify(version), 'import.meta.url': '__file_url' },
  logLevel: 'warning',
});
// Only ES modules split, and only CommonJS starts fast: Node's loader of ES modules takes longer than most commands do.
for (const { path, text } of outputFiles) {
  const { code } = await transform(text, {
    ...options,
    format: 'cjs',
    supported: { 'dynamic-import': false },
    banner: fileUrl(text),
  });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, code);
}
writeFileSync(`${next}/package.json`, '{"type":"commonjs"}\n');
const built = createRequire(`${process.cwd()}/${next}/`);
writeFileSync(`${next}/help.json`, JSON.stringify(await built('./build/help.js').helpTexts()));
rmSync(`${next}/build`, { recursive: true });
if (existsSync('data/demo.json.gz')) cpSync('data/demo.json.gz', `${next}/demo.json.gz`);
rmSync('dist', { recursive: true, force: true });
renameSync(next, 'dist');

/** What `import.meta.url` is to a file that has it. */
function fileUrl(text) {
  return text.includes('__file_url') ? 'const __file_url = require("node:url").pathToFileURL(__filename).href;' : '';
}
