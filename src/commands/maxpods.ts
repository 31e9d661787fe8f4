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
import { type MaxPodsReport, REPORT_VERSION } from '../inspect/contract/report.ts';
import { kubeletSnippets } from '../inspect/report/max-pods/kubelet-snippets.ts';
import { maxPodsView } from '../render/view/max-pods.ts';
import { TOOL } from '../tool.ts';
import { EXIT, UsageError } from './exit-code.ts';
import { type Io, type OutputFlags, writeReport } from './io.ts';
import { unknownType } from './unknown-type.ts';

/** The options as commander hands them over. */
export interface MaxPodsFlags extends OutputFlags {
  readonly instance: readonly string[];
  readonly prefix?: boolean;
  readonly customNetworking?: boolean;
  readonly sgp?: boolean;
  readonly ipv6?: boolean;
  readonly windows?: boolean;
  readonly multiNic?: boolean;
  readonly maxEni?: number;
  readonly unmanagedEnis?: number;
  readonly reservedEnis?: number;
  readonly podsPerCore?: number;
  readonly cniVersion?: string;
  readonly allModes?: boolean;
  readonly explain?: boolean;
}

export async function run(io: Io, flags: MaxPodsFlags): Promise<number> {
  const catalog = await loadCatalog();
  const types = typesOf(catalog, flags.instance);
  const options = optionsOf(flags);
  const items = types.flatMap((type): readonly MaxPodsItem[] =>
    flags.allModes ? allModes(type, options) : [maxPods(type, options)],
  );
  const group = flags.allModes || types.length === 1 ? undefined : groupOf(items);
  const report: MaxPodsReport = {
    schemaVersion: REPORT_VERSION,
    kind: 'MaxPods',
    tool: TOOL,
    generatedAt: new Date().toISOString(),
    catalog: { date: catalog.dataDate, cniRelease: catalog.cniRelease, sources: catalog.sources },
    items,
    ...(group ? { group } : {}),
    paste: flags.allModes ? [] : kubeletSnippets(items),
  };
  await writeReport(io, flags, { report, view: (r) => maxPodsView(r, { explain: flags.explain ?? false }) });
  return EXIT.ok;
}

/** @throws UsageError for names the catalog does not have, with what they may have meant. */
function typesOf(catalog: Catalog, patterns: readonly string[]) {
  const { names, unknown } = catalog.expand(patterns);
  if (unknown.length > 0) throw new UsageError(unknown.map((name) => unknownType(catalog, name)).join('; '));
  if (names.length === 0) throw new UsageError('no instance type given: --instance m5.large');
  return names.map((name) => catalog.get(name)!);
}

function optionsOf(flags: MaxPodsFlags): MaxPodsOptions {
  const { cniVersion: version } = flags;
  const cniVersion = version === undefined ? undefined : parseCniVersion(version);
  if (version !== undefined && cniVersion === undefined)
    throw new UsageError(`not a CNI version: "${version}"; it looks like 1.20.4 or v1.20.4-eksbuild.1`);
  const { prefix, customNetworking, sgp, ipv6, windows, multiNic, maxEni, unmanagedEnis, reservedEnis, podsPerCore } =
    flags;
  const given = {
    prefix,
    customNetworking,
    sgp,
    ipv6,
    windows,
    multiNic,
    maxEni,
    unmanagedEnis,
    reservedEnis,
    podsPerCore,
    cniVersion,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as MaxPodsOptions;
}
