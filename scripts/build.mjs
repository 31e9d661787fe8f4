// Bundles src/cli.ts into dist/, split so that each command loads only what it uses.
import { cpSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

// Built beside and moved into place, so that a build that fails leaves the last good one.
const next = `dist.${process.pid}.tmp`;
await build({
  entryPoints: { cli: 'src/cli.ts' },
  outdir: next,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // ES modules first: of a CommonJS package an import() yields only the default export, and unused code stays
  mainFields: ['module', 'main'],
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  alias: { '@colors/colors/safe': './scripts/no-colors.cjs' },
  chunkNames: 'chunk/[name]-[hash]',
  define: { __VPCCNI_VERSION__: JSON.stringify(version) },
  // CommonJS packages ask for Node's built-ins through require, which ES modules lack; createRequire costs every chunk
  // milliseconds at start.
  banner: {
    js: "const require = (id) => { const m = process.getBuiltinModule(id); if (m) return m; throw Object.assign(new Error('Cannot find module ' + id), { code: 'MODULE_NOT_FOUND' }); };",
  },
  logLevel: 'warning',
});
if (existsSync('data/demo.json.gz')) cpSync('data/demo.json.gz', `${next}/demo.json.gz`);
rmSync('dist', { recursive: true, force: true });
renameSync(next, 'dist');
