// Bundles the program into dist/: split, so that each command loads only what it uses, and some commands as one file each.
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, resolve } from 'node:path';
import { build, transform } from 'esbuild';
import { writeCodeCache } from './code-cache.mjs';
import { thirdPartyLicences } from './third-party-licences.mjs';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
/** What warms the code of the other commands that is kept compiled. */
const WARM = [
  ['inspect', '--demo'],
  ['inspect', '--demo', '-o', 'json'],
  ['plan', '--demo'],
  ['gate', '--demo'],
  ['subnets', '--demo'],
];
/** Commands that are files of their own, see src/start.ts, and what warms their code. */
const ALONE = {
  maxpods: [
    ['maxpods', 'm5.large', '--prefix'],
    ['maxpods', 'm5.large', '-o', 'value'],
  ],
  explain: [['explain', 'SUB001'], ['explain']],
};

// Built beside and moved into place, so that a build that fails leaves the last good one.
const next = `dist.${process.pid}.tmp`;
const small = { platform: 'node', target: 'node20.19', minifySyntax: true, minifyWhitespace: true };
const bundle = (options) =>
  build({
    ...small,
    ...options,
    outdir: next,
    bundle: true,
    write: false,
    metafile: true,
    // ES modules first: of a CommonJS package an import() yields only the default export, and unused code stays
    mainFields: ['module', 'main'],
    legalComments: 'none',
    alias: { '@colors/colors/safe': './scripts/no-colors.cjs' },
    define: {
      __VPCCNI_VERSION__: JSON.stringify(version),
      'import.meta.url': '__file_url',
    },
    logLevel: 'warning',
  });

/** Commander could start programs as subcommands. Ours never do, and what starts programs takes long to load. */
const commanderStartsNothing = {
  name: 'commander-starts-nothing',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      /node_modules[\\/]commander[\\/]/.test(importer) ? { path: resolve('scripts/no-child-process.cjs') } : undefined,
    ),
};
/** The Kubernetes client does not say that its modules only define things; with that, what is not used stays out. */
const kubernetesClientOnlyDefines = {
  name: 'kubernetes-client-only-defines',
  setup: ({ onResolve, resolve: find }) =>
    onResolve({ filter: /./ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      const concerns = path === '@kubernetes/client-node' || /@kubernetes[\\/]client-node[\\/]/.test(importer);
      if (!concerns || pluginData === 'found') return undefined;
      return { ...(await find(path, { importer, resolveDir, kind, pluginData: 'found' })), sideEffects: false };
    }),
};
/** Leaves the other commands out of the file of one, the library of one rare format, and what is written down. */
const alone = (name) => ({
  name: 'alone',
  setup: ({ onResolve }) =>
    onResolve({ filter: /./ }, ({ kind, path, importer }) => {
      if (kind !== 'dynamic-import') return undefined;
      if (path === 'yaml') return { path: './yaml.js', external: true };
      if (path === './explanations.ts') return { path: './explanations.js', external: true };
      const other = importer === resolve('src/cli/index.ts') && path !== `./${name}.ts`;
      return other ? { path, external: true } : undefined;
    }),
});

/** What the first file loads lies beside it, bundled by itself. */
const loadsTheRest = {
  name: 'loads-the-rest',
  setup: ({ onResolve }) =>
    onResolve({ filter: /./ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path: `./${basename(path, '.ts')}.js`, external: true } : undefined,
    ),
};

// Only ES modules split, and only CommonJS starts fast: Node's loader of ES modules takes longer than most commands do.
const written = await Promise.all([
  bundle({
    entryPoints: { cli: 'src/cli.ts', complete: 'src/cli/complete.ts', 'build/help': 'src/cli/help-texts.ts' },
    format: 'esm',
    splitting: true,
    chunkNames: 'chunk/[name]-[hash]',
    plugins: [commanderStartsNothing, kubernetesClientOnlyDefines],
  }),
  bundle({ entryPoints: { yaml: 'yaml', explanations: 'src/commands/explanations.ts' }, format: 'cjs' }),
  bundle({ entryPoints: { start: 'src/start.ts' }, format: 'esm', plugins: [loadsTheRest] }),
  ...Object.keys(ALONE).map((name) =>
    bundle({
      entryPoints: { [name]: `src/cli/alone/${name}.ts` },
      format: 'cjs',
      minifyIdentifiers: true,
      plugins: [commanderStartsNothing, alone(name)],
    }),
  ),
]);
for (const { path, text } of written.flatMap(({ outputFiles }) => outputFiles)) {
  const fileUrl = 'const __file_url = require("node:url").pathToFileURL(__filename).href;';
  const { code } = await transform(text, {
    ...small,
    format: 'cjs',
    supported: { 'dynamic-import': false },
    banner: text.includes('__file_url') ? fileUrl : '',
  });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, code);
}
writeFileSync(`${next}/package.json`, '{"type":"commonjs"}\n');

if (existsSync('data/demo.json.gz')) cpSync('data/demo.json.gz', `${next}/demo.json.gz`);

// Texts that never change are written now.
const fromBuild = createRequire(`${process.cwd()}/${next}/`);
const { allExplanations } = fromBuild('./explanations.js');
mkdirSync(`${next}/explanations`);
for (const [name, report] of Object.entries(allExplanations({ tool: {}, generatedAt: '' })))
  writeFileSync(`${next}/explanations/${name}.json`, JSON.stringify(report));
const { helpTexts } = fromBuild('./build/help.js');
writeFileSync(`${next}/help.json`, JSON.stringify(await helpTexts()));
rmSync(`${next}/build`, { recursive: true });

// With them, so that what is kept compiled is what will run.
for (const [name, commandLines] of Object.entries({ cli: WARM, ...ALONE }))
  await writeCodeCache(`${next}/${name}.js`, commandLines);
writeFileSync(
  `${next}/THIRD-PARTY-LICENCES.txt`,
  thirdPartyLicences(written.flatMap(({ metafile }) => Object.keys(metafile.inputs))),
);

rmSync('dist', { recursive: true, force: true });
renameSync(next, 'dist');
