/** Free addresses and /28 of every subnet over time: from snapshots, or from series read elsewhere. */
import type { Sample } from '../../../calc/runway.ts';
import type { Run } from '../../facts/define-fact.ts';
import { subnetAccounting } from '../../facts/subnet-accounting.ts';

/** Series of one subnet, in no order. */
export interface SubnetHistory {
  readonly addresses: readonly Sample[];
  /** Free /28 a prefix could take. */
  readonly blocks: readonly Sample[];
}

export type History = ReadonlyMap<string, SubnetHistory>;

/** From runs over snapshots of one cluster; a subnet that one of them does not know has fewer samples. */
export function historyOfRuns(runs: readonly Run[]): History {
  const history = new Map<string, { addresses: Sample[]; blocks: Sample[] }>();
  for (const run of runs)
    for (const account of run.valueOf(subnetAccounting) ?? []) {
      const series = history.get(account.subnetId) ?? { addresses: [], blocks: [] };
      history.set(account.subnetId, series);
      series.addresses.push({ at: run.now, value: account.addresses.free });
      if (account.blocks)
        series.blocks.push({ at: run.now, value: account.blocks.free + account.blocks.prefixReserved });
    }
  return history;
}

/** Both, each sample kept; equal moments are merged when a slope is made. */
export function joined(a: History, b: History): History {
  const all = new Map(a);
  for (const [subnetId, { addresses, blocks }] of b) {
    const known = all.get(subnetId);
    all.set(
      subnetId,
      known
        ? { addresses: [...known.addresses, ...addresses], blocks: [...known.blocks, ...blocks] }
        : { addresses, blocks },
    );
  }
  return all;
}
