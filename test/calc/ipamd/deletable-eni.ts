import {
  type EniForRelease,
  isDeletable,
  type PoolPolicy,
  type ReleaseTotals,
} from '../../../src/calc/ipamd/decisions.ts';

/** The first ENI in the given order that may be released; ipamd's own order is random. Undefined when there is none. */
export function deletableEni<T extends EniForRelease>(policy: PoolPolicy, enis: readonly T[]): T | undefined {
  const totals = releaseTotals(enis);
  return enis.find((eni) => isDeletable(policy, eni, totals));
}

function releaseTotals(enis: Iterable<EniForRelease>): ReleaseTotals {
  let ips = 0;
  let freeIPs = 0;
  let freeCidrs = 0;
  for (const eni of enis) {
    if (eni.excluded) continue;
    ips += eni.ips;
    freeIPs += eni.ips - eni.pods;
    freeCidrs += eni.freeCidrs;
  }
  return { ips, freeIPs, freeCidrs };
}
