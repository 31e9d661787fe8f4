/** How long each subnet lasts at the pace of its history. What `inspect --since` shows and `gate --min-runway` judges. */
import { runwayOf } from '../../../calc/runway.ts';
import type { SubnetRunway } from '../../contract/since.ts';
import type { Run } from '../../facts/define-fact.ts';
import { networking } from '../../facts/networking.ts';
import { subnetAccounting } from '../../facts/subnet-accounting.ts';
import type { History } from './history.ts';

/** Subnets that feed nodes and pods; others take no part in the cluster's growth. */
const FEEDING: ReadonlySet<string> = new Set(['node', 'eniconfig', 'discovery', 'fargate']);

/** Samples shown, the latest of them. */
const SHOWN = 100;

/**
 * Runways of the subnets that feed nodes or pods, those that last shortest first, then those of unknown length. Of /28 blocks
 * too where prefixes are in force. Empty without an account of subnets; a subnet with fewer than three samples is `unknown`.
 *
 * @param history this snapshot's own numbers included or not: they count once
 */
export function subnetRunways(run: Run, history: History): readonly SubnetRunway[] {
  const prefixes = run.valueOf(networking)?.mode === 'prefix';
  const accounts = (run.valueOf(subnetAccounting) ?? []).filter((a) => a.sources.some((s) => FEEDING.has(s)));
  const found = accounts.flatMap((a): SubnetRunway[] => {
    const series = history.get(a.subnetId) ?? { addresses: [], blocks: [] };
    const blocks = a.blocks ? a.blocks.free + a.blocks.prefixReserved : undefined;
    return [
      oneRunway(a, 'addresses', a.addresses.free, series.addresses, run.now),
      ...(prefixes && blocks !== undefined ? [oneRunway(a, 'blocks', blocks, series.blocks, run.now)] : []),
    ];
  });
  return found.sort((a, b) => rank(a) - rank(b) || (a.subnetId < b.subnetId ? -1 : 1));
}

function oneRunway(
  { subnetId, availabilityZone }: { readonly subnetId: string; readonly availabilityZone: string },
  of: SubnetRunway['of'],
  now: number,
  past: readonly { readonly at: number; readonly value: number }[],
  at: number,
): SubnetRunway {
  const samples = [...past.filter((s) => s.at < at), { at, value: now }].sort((a, b) => a.at - b.at);
  const { trend, slope, daysLeft, daysLeftRange } = runwayOf(samples, now);
  return {
    subnetId,
    availabilityZone,
    of,
    now,
    trend,
    perDay: slope?.perDay ?? null,
    interval: slope?.interval ?? null,
    confidence: slope?.confidence ?? null,
    period: slope?.period ?? null,
    daysLeft,
    daysLeftRange,
    samples: samples.slice(-SHOWN).map((s) => ({ at: new Date(s.at).toISOString(), free: s.value })),
  };
}

function rank({ daysLeft, trend }: SubnetRunway): number {
  if (daysLeft !== null) return daysLeft;
  return trend === 'unknown' ? Number.MAX_SAFE_INTEGER - 1 : Number.MAX_SAFE_INTEGER;
}
