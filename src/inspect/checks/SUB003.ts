import * as v from 'valibot';
import { count, listed, percent, things } from '../contract/words.ts';
import { networking } from '../facts/networking.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { podSubnets } from '../facts/pod-subnets.ts';
import { subnetAccounting } from '../facts/subnet-accounting.ts';
import { subnetBlocks } from '../facts/subnet-blocks.ts';
import { subnetNeed } from '../facts/subnet-need.ts';
import { isShort } from '../facts/support/shortage.ts';
import { zones } from '../facts/zones.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { subnetRoomFixes, subnetRoomInputs } from './fixes/subnet-room.ts';
import { blocksAvailable } from './support/blocks.ts';
import { nodesWithoutSubnets } from './support/unjudged.ts';

const zoneShare = v.object({
  zone: v.string(),
  nodes: v.number(),
  /** Addresses that pods could take there now. */
  free: v.number(),
  /** Addresses of the pods' subnets there. */
  total: v.number(),
  subnets: v.array(v.string()),
});
const evidence = v.object({ zone: v.string(), zones: v.array(zoneShare) });
type Evidence = v.InferOutput<typeof evidence>;
type ZoneShare = v.InferOutput<typeof zoneShare>;

const STARVING = 0.1;
const ROOMY = 0.4;
/** Points by which a zone's share of the nodes may exceed its share of the free addresses. */
const APART = 0.3;
const BLOCK = 16;

export const SUB003 = defineCheck({
  code: 'SUB003',
  title: 'One zone is starving while others have room',
  severity: 'warning',
  worst: 'error',
  grain: 'zone',
  modes: ['secondary', 'prefix'],
  needs: { zones, draws: podSubnets, accounts: subnetAccounting },
  helps: {
    blocks: subnetBlocks,
    need: subnetNeed,
    networking,
    nodes: nodesServedByCni,
    ...subnetRoomInputs,
  },
  partialOk: true,
  evidence,
  evaluate: (from, { policy }) => {
    const { draws, accounts, blocks, need, networking: net, subnets } = from;
    const byId = new Map(accounts.map((a) => [a.subnetId, a]));
    const roomIn = (id: string) => {
      const account = byId.get(id);
      if (!account) return undefined;
      const counts = net?.mode === 'prefix' ? blocks?.get(id)?.counts : undefined;
      const free = counts ? Math.min(blocksAvailable(counts) * BLOCK, account.addresses.free) : account.addresses.free;
      return { free, total: account.addresses.total - account.addresses.reserved };
    };
    const shares = from.zones
      .filter((z) => z.nodes.length > 0)
      .flatMap((z): ZoneShare[] => {
        const ids = [...new Set(z.nodes.flatMap((n) => draws.byNode.get(n) ?? []))].sort();
        const rooms = ids.flatMap((id) => roomIn(id) ?? []);
        if (rooms.length === 0 || rooms.length < ids.length) return [];
        const sum = (of: 'free' | 'total') => rooms.reduce((n, r) => n + r[of], 0);
        return [{ zone: z.zone, nodes: z.nodes.length, free: sum('free'), total: sum('total'), subnets: ids }];
      });
    const nodes = shares.reduce((n, z) => n + z.nodes, 0);
    const free = shares.reduce((n, z) => n + z.free, 0);
    const ratio = (z: ZoneShare) => z.free / Math.max(z.total, 1);
    const starves = (z: ZoneShare) =>
      (ratio(z) < STARVING && shares.some((o) => ratio(o) > ROOMY)) ||
      // where no other zone has any either it is no matter of zones
      (ratio(z) < policy.thresholds.subnetWarnRatio && free > z.free && z.nodes / nodes - z.free / free > APART);
    return shares.filter(starves).map((z): Draft<Evidence> => {
      const empty = z.subnets.every((id) => isShort(byId.get(id)?.addresses.free, need?.get(id)));
      const largest = subnets
        ?.filter((s) => z.subnets.includes(s.subnetId))
        .sort((a, b) => b.availableIps - a.availableIps)[0];
      return {
        key: z.zone,
        severity: empty ? 'error' : 'warning',
        confidence: 'derived',
        resources: [{ kind: 'zone', id: z.zone }, ...z.subnets.map((id) => ({ kind: 'subnet' as const, id }))],
        scope: { zones: [z.zone], subnets: z.subnets },
        evidence: { zone: z.zone, zones: shares },
        fixes: largest
          ? subnetRoomFixes(from, {
              subnet: largest,
              addresses: need?.get(largest.subnetId)?.addresses ?? BLOCK,
              blocks: need?.get(largest.subnetId)?.blocks ?? 0,
              free: largest.availableIps,
              draws: true,
            })
          : [],
      };
    });
  },
  unjudged: ({ nodes, draws }, { gapsOf }) => nodesWithoutSubnets(nodes, draws, gapsOf('draws')),
  summary: (e) => {
    const mine = e.zones.find((z) => z.zone === e.zone)!;
    const others = e.zones.filter((z) => z.zone !== e.zone);
    const text = (z: ZoneShare) => `${count(z.free)} of ${count(z.total)} (${percent(z.free / Math.max(z.total, 1))})`;
    return `${e.zone} with ${things(mine.nodes, 'node')} has ${text(mine)} addresses left for pods; ${listed(others.map((z) => `${z.zone} with ${things(z.nodes, 'node')} has ${text(z)}`))}`;
  },
  explanation: {
    why: "An ENI lives in its node's zone, so free addresses elsewhere are worthless to it. The scheduler does not see addresses and keeps filling the poor zone.",
    how: 'Addresses free in the subnets that the nodes of each zone draw from, in prefix mode those of whole /28 blocks. A zone has less than 10 % free while another has more than 40 %; or it has less than 20 % free and its share of the nodes exceeds its share of the free addresses by more than 30 points. Zones without nodes are left out. It is an error when no subnet of the zone has room for another node, which SUB001 then tells.',
    fix: 'Give the poor zone another pod subnet, and spread pods by topologySpreadConstraints on topology.kubernetes.io/zone.',
    verify: 'vpccni subnets shows the free addresses of each zone.',
    references: [
      'https://karpenter.sh/docs/troubleshooting/',
      'https://docs.aws.amazon.com/eks/latest/best-practices/subnets.html',
    ],
  },
});
