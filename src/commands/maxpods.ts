/** `vpccni maxpods`: how many pods fit on instance types. Offline, from the embedded catalog. */
import { type Catalog, loadCatalog } from '../calc/catalog/index.ts';
import {
  allModes,
  groupOf,
  type MaxPodsItem,
  type MaxPodsOptions,
  maxPods,
  parseCniVersion,
} from '../calc/maxpods/index.ts';
import type { MaxPodsFlags } from '../cli/maxpods.ts';
import { reportHead } from '../inspect/contract/head.ts';
import type { KubeletSnippet, MaxPodsReport } from '../inspect/contract/report.ts';
import { kubeletSnippets } from '../inspect/report/max-pods/kubelet-snippets.ts';
import { pasteView } from '../render/view/max-pods/paste.ts';
import { PASTE_NAMES } from '../render/view/max-pods/words.ts';
import { maxPodsView } from '../render/view/max-pods.ts';
import { TOOL } from '../tool.ts';
import { EXIT, UsageError } from './exit-code.ts';
import { type Io, tell, writeReport } from './io.ts';
import { retiredWords, translated } from './maxpods/retired-flags.ts';
import { unknownType } from './unknown-type.ts';

export async function run(io: Io, named: readonly string[], given: MaxPodsFlags): Promise<number> {
  for (const words of given.quiet ? [] : retiredWords(given)) tell(io, words);
  const flags = translated(given);
  const catalog = await loadCatalog();
  const types = typesOf(catalog, [...named, ...(flags.instance ?? [])]);
  const options = optionsOf(flags);
  const items = types.flatMap((type): readonly MaxPodsItem[] =>
    flags.allModes ? allModes(type, options) : [maxPods(type, options)],
  );
  const group = flags.allModes || types.length === 1 ? undefined : groupOf(items);
  const report: MaxPodsReport = {
    ...reportHead('MaxPods', { tool: TOOL, generatedAt: new Date().toISOString() }),
    catalog: { date: catalog.dataDate, cniRelease: catalog.cniRelease, sources: catalog.sources },
    items,
    ...(group ? { group } : {}),
    paste: flags.allModes ? [] : kubeletSnippets(items),
  };
  warnOfRefused(io, flags, items);
  const snippet = flags.paste === undefined ? undefined : snippetFor(report, flags.paste);
  await writeReport(io, flags, {
    report,
    view: (r, { wide }) =>
      snippet ? pasteView(r, snippet) : maxPodsView(r, { wide, explain: flags.explain ?? false }),
  });
  return EXIT.ok;
}

/** A bare number says nothing of a node that cannot run like this. */
function warnOfRefused(io: Io, flags: MaxPodsFlags, items: readonly MaxPodsItem[]): void {
  if (flags.quiet || !flags.output?.some((format) => /^value(=|$)/.test(format))) return;
  for (const { instanceType, supported, requestedMode, warnings } of items)
    if (!supported) tell(io, `${instanceType} in ${requestedMode} mode: ${warnings[0]?.message}`);
}

/** @throws UsageError where there is no such text for these nodes, with what there is. */
function snippetFor({ paste }: MaxPodsReport, name: string): KubeletSnippet {
  const snippet = paste.find(({ id }) => PASTE_NAMES[id].name === name);
  if (snippet) return snippet;
  const names = paste.map(({ id }) => PASTE_NAMES[id].name);
  throw new UsageError(
    names.length === 0
      ? '--paste needs one pattern and mode that these types support'
      : `nothing to paste for "${name}" here; there is: ${names.join(', ')}`,
  );
}

/** @throws UsageError for names the catalog does not have, with what they may have meant. */
function typesOf(catalog: Catalog, patterns: readonly string[]) {
  const { names, unknown } = catalog.expand(patterns);
  if (unknown.length > 0) throw new UsageError(unknown.map((name) => unknownType(catalog, name)).join('; '));
  if (names.length === 0) throw new UsageError('no instance type given: vpccni maxpods m5.large');
  return names.map((name) => catalog.get(name)!);
}

function optionsOf(flags: MaxPodsFlags): MaxPodsOptions {
  const { cniVersion: version } = flags;
  const cniVersion = version === undefined ? undefined : parseCniVersion(version);
  if (version !== undefined && cniVersion === undefined)
    throw new UsageError(`not a CNI version: "${version}"; it looks like 1.20.4 or v1.20.4-eksbuild.1`);
  return { ...flags, cniVersion };
}
