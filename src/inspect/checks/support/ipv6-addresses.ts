/** Addresses of pods in an IPv6 cluster, against the /80 that EC2 has given the ENIs of their nodes. */
import { parseIpv6 } from '../../../calc/ipv6.ts';
import { isLive } from '../../facts/demand.ts';
import type { NodeEnis } from '../../facts/node-enis.ts';
import { type Pod, type PodTable, podsOf } from '../../snapshot/pods.ts';

export interface WrongIpv6 {
  readonly pod: Pod;
  readonly reason: 'duplicate' | 'foreign-eni' | 'no-eni' | 'node-address';
  /** Whose prefix or address it is, where EC2 shows one. */
  readonly eniId: string | null;
}

/** Bits of an address below a prefix of ipamd (`ipamd.go`, IPv6: one /80 on the primary ENI). */
const BELOW = 48n;

/**
 * Live pods of aws-node whose address another one has as well, or that lies in no prefix of an ENI of their own node. A node none of
 * whose pods is in its prefix gives them addresses by another one than EC2 shows, and is left alone.
 */
export function wrongIpv6(
  pods: PodTable,
  served: ReadonlySet<string>,
  enis: ReadonlyMap<string, NodeEnis>,
): WrongIpv6[] {
  const prefixes = new Map<bigint, { readonly node: string; readonly eniId: string }>();
  const own = new Map<bigint, string>();
  for (const [node, { primary, data }] of enis)
    for (const eni of primary && !data.includes(primary) ? [primary, ...data] : data) {
      for (const prefix of eni.ipv6Prefixes) {
        const first = parseIpv6(prefix.split('/')[0]!);
        if (first !== undefined) prefixes.set(first >> BELOW, { node, eniId: eni.eniId });
      }
      for (const address of eni.ipv6Addresses) own.set(parseIpv6(address) ?? -1n, eni.eniId);
    }
  if (prefixes.size === 0) return [];
  const placed: { readonly pod: Pod; readonly address: bigint }[] = [];
  const seen = new Map<bigint, number>();
  for (const pod of podsOf(pods)) {
    if (pod.class !== 'ordinary' || pod.terminating || !isLive(pod) || !pod.ip?.includes(':')) continue;
    if (!served.has(pod.node ?? '') || !enis.get(pod.node!)?.primary) continue;
    const address = parseIpv6(pod.ip);
    if (address === undefined) continue;
    seen.set(address, (seen.get(address) ?? 0) + 1);
    placed.push({ pod, address });
  }
  const known = new Set(
    placed.flatMap(({ pod, address }) => (prefixes.get(address >> BELOW)?.node === pod.node ? [pod.node] : [])),
  );
  return placed.flatMap(({ pod, address }): WrongIpv6[] => {
    const holder = prefixes.get(address >> BELOW);
    if (seen.get(address)! > 1) return [{ pod, reason: 'duplicate', eniId: holder?.eniId ?? null }];
    const itself = own.get(address);
    if (itself !== undefined) return [{ pod, reason: 'node-address', eniId: itself }];
    if (!known.has(pod.node)) return [];
    if (!holder) return [{ pod, reason: 'no-eni', eniId: null }];
    return holder.node === pod.node ? [] : [{ pod, reason: 'foreign-eni', eniId: holder.eniId }];
  });
}
