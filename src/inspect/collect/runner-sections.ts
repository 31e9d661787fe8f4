/** Runs every collector at the same time and makes a section of whatever happens to it. */
import { setMaxListeners } from 'node:events';
import { OPT_IN_SECTIONS } from '../snapshot/live.ts';
import { type Gap, gapsOf, type Section } from '../snapshot/section.ts';
import type { SectionData, SectionName, Sections } from '../snapshot.ts';
import { checkedSection, emptySections } from '../snapshot.ts';
import { abortable } from './abort.ts';
import type { AwsAccess } from './aws/access.ts';
import type { AwsCollector, Collecting, Collector, KubernetesCollector } from './define-collector.ts';
import { CollectFailure, sectionOfFailure } from './failure.ts';
import type { KubernetesAccess } from './kubernetes/access.ts';
import { type Stall, watchProgress } from './stall.ts';

/** A side that answers, or the reason why the user does not want it asked. */
export type Side<Access> = { readonly off: string } | { readonly open: Promise<Access> };

export interface Sides {
  readonly aws: Side<(collector: AwsCollector) => AwsAccess>;
  readonly kubernetes: Side<(collector: KubernetesCollector, gap: (gap: Gap) => void) => KubernetesAccess>;
}

export interface RunOptions {
  readonly collectors: readonly Collector[];
  readonly sides: Sides;
  /** When it fires, sections that are not finished fail with its reason. */
  readonly signal: AbortSignal;
  /** The VPC, where it and not a cluster is collected. */
  readonly vpcId?: string;
  readonly onSection?: (section: SectionName) => void;
  /** A section that makes no progress for so long is given up. */
  readonly stall?: Stall;
}

export async function runCollectors(options: RunOptions): Promise<Sections> {
  const { collectors, sides, signal, vpcId, onSection, stall } = options;
  // every section and every request listens to it
  setMaxListeners(0, signal);
  const running = new Map<SectionName, Promise<Section<unknown>>>();
  const ctx: Collecting = {
    signal,
    ...(vpcId === undefined ? {} : { vpcId }),
    section: async (name) => dataOf(name, await running.get(name)),
    need: async (name) => {
      const section = await running.get(name);
      const data = dataOf(name, section);
      if (data === undefined) throw lacking(name, section);
      return data;
    },
  };
  for (const side of [sides.aws, sides.kubernetes]) if ('open' in side) side.open.catch(() => {});
  // the map must be complete before the first collector asks for another section
  const start = Promise.resolve();
  for (const collector of collectors)
    running.set(
      collector.section,
      start.then(() => run(collector, sides, ctx, stall)).finally(() => onSection?.(collector.section)),
    );
  const entries = await Promise.all([...running].map(async ([name, section]) => [name, await section] as const));
  const unasked = { status: 'skipped', kind: 'switched-off', reason: 'not asked for' } as const;
  return {
    ...emptySections('not collected by this version'),
    ...Object.fromEntries([...OPT_IN_SECTIONS].map((name) => [name, unasked])),
    ...(Object.fromEntries(entries) as Partial<Sections>),
  };
}

async function run(collector: Collector, sides: Sides, all: Collecting, stall?: Stall): Promise<Section<unknown>> {
  const off = offReason(collector, sides);
  if (off !== undefined) return { status: 'skipped', kind: 'switched-off', reason: off };
  const gaps: Gap[] = [];
  const watch = stall ? watchProgress(collector.section, stall, all) : undefined;
  const ctx = watch?.ctx ?? all;
  try {
    const work = collect(collector, sides, ctx, (gap) => gaps.push(gap));
    const { data, missing = [] } = await abortable(work, ctx.signal);
    return checkedSection(collector.section, { status: 'partial', data, missing: [...gaps, ...missing] });
  } catch (error) {
    return sectionOfFailure(error);
  } finally {
    watch?.stop();
  }
}

async function collect(collector: Collector, sides: Sides, ctx: Collecting, gap: (gap: Gap) => void) {
  if (collector.side === 'aws' && 'open' in sides.aws)
    return collector.collect((await sides.aws.open)(collector as AwsCollector), ctx);
  if (collector.side === 'kubernetes' && 'open' in sides.kubernetes)
    return collector.collect((await sides.kubernetes.open)(collector as KubernetesCollector, gap), ctx);
  throw new Error(`${collector.section}: its side is switched off`);
}

function offReason(collector: Collector, sides: Sides): string | undefined {
  const side = sides[collector.side];
  return 'off' in side ? side.off : undefined;
}

function dataOf<N extends SectionName>(_: N, section: Section<unknown> | undefined): SectionData<N> | undefined {
  return section?.status === 'ok' || section?.status === 'partial' ? (section.data as SectionData<N>) : undefined;
}

/** The reason of a section stands in for those built on it: the permission that would allow the one allows the other. */
function lacking(name: SectionName, section: Section<unknown> | undefined): CollectFailure {
  const [gap] = section ? gapsOf(section, name) : [];
  const { kind = 'other', reason = 'not collected', permission, section: needs = name } = gap ?? {};
  return new CollectFailure(kind, reason, { permission, needs });
}
