import * as v from 'valibot';
import { some, things, verb } from '../contract/words.ts';
import { type AddressHolder, addressHolders } from '../facts/address-holders.ts';
import { type PodHolders, podHolders } from '../facts/address-use.ts';
import { section } from '../facts/define-fact.ts';
import { demand, type NodeDemand } from '../facts/demand.ts';
import { NO_ADDRESS } from '../facts/eni-addresses.ts';
import { fixContext } from '../facts/fix-context.ts';
import { type NodeEnis, nodeEnis } from '../facts/node-enis.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { podAddresses } from '../facts/pod-addresses.ts';
import { AddressTable } from '../facts/support/address-table.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { nodeGroupOf } from '../facts/support/node-group.ts';
import type { Node } from '../snapshot/kubernetes.ts';
import type { CniMetrics } from '../snapshot/live.ts';
import { type Pod, type PodTable, podAt } from '../snapshot/pods.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { replaceNodes, riskOfDrains } from './fixes/replace-nodes.ts';
import { secondsSince } from './support/ages.ts';
import { wrongIpv6 } from './support/ipv6-addresses.ts';
import { nodeResources } from './support/resources.ts';

const evidence = v.object({
  pods: v.array(v.object({ pod: v.string(), node: v.string(), ip: v.string(), eniId: v.nullable(v.string()) })),
  reason: v.picklist(['duplicate', 'foreign-eni', 'no-eni', 'node-address', 'force-removed', 'surplus']),
  /** What ipamd counts, where its metrics say it: addresses given out, pods that hold one, ENIs and addresses dropped by force. */
  counters: v.array(v.object({ node: v.string(), assigned: v.number(), holding: v.number(), forced: v.number() })),
});
type Evidence = v.InferOutput<typeof evidence>;
type Reason = Exclude<Evidence['reason'], 'force-removed' | 'surplus'>;

interface Placed {
  readonly pod: Pod;
  readonly address: number;
}

interface Wrong extends Placed {
  readonly reason: Reason;
  readonly eniId: string | null;
}

/** Pods and ENIs are read some seconds apart: a younger pod may have got its address in between. */
const SETTLED_SECONDS = 300;

const WORDS: Readonly<Record<Reason, string>> = {
  duplicate: 'share one address with another live pod',
  'foreign-eni': 'have an address that EC2 holds on an ENI of something else',
  'no-eni': 'have an address that EC2 holds on no ENI',
  'node-address': "have the primary address of one of their node's ENIs",
};

export const HLT005 = defineCheck({
  code: 'HLT005',
  title: 'Address bookkeeping disagrees between Kubernetes and EC2',
  severity: 'error',
  grain: 'node',
  needs: {
    nodes: nodesServedByCni,
    pods: section('pods'),
    addresses: podAddresses,
    held: podHolders,
    enis: nodeEnis,
    holders: addressHolders,
  },
  helps: { metrics: section('cniMetrics'), demand, fix: fixContext },
  partialOk: ['nodes', 'pods', 'addresses', 'held'],
  evidence,
  evaluate: ({ nodes, pods, addresses, held, enis, holders, metrics, demand: wanted, fix }, { now }) => {
    const served = new Map(nodes.served.map((n) => [n.name, n]));
    // To tell the age of 150,000 pods takes longer than to find the few whose age matters.
    const isSettled = ({ pod }: { readonly pod: Pod }) => (secondsSince(pod.createdAt, now) ?? 0) > SETTLED_SECONDS;
    const suspects = wrongAmong(doubtful(pods, addresses, held, served, enis), enis, holders).filter(isSettled);
    const wrong = [
      ...wrongAmong(suspects, enis, holders),
      ...wrongIpv6(pods, new Set(served.keys()), enis).filter(isSettled),
    ];
    const groups = groupBy(wrong, (w) => w.reason);
    const told = counted(metrics ?? [], wanted, served);
    return [
      ...told,
      ...[...groups].map(([reason, members]): Draft<Evidence> => {
        const names = [...new Set(members.map((w) => w.pod.node!))].sort();
        return {
          key: 'pods',
          subReason: reason,
          confidence: 'observed',
          resources: nodeResources(names),
          scope: { nodes: names },
          evidence: {
            pods: members.map((w) => ({
              pod: `${w.pod.namespace}/${w.pod.name}`,
              node: w.pod.node!,
              ip: w.pod.ip!,
              eniId: w.eniId,
            })),
            reason,
            counters: [],
          },
          fixes: [
            {
              title: `Replace ${things(names.length, 'node')} one by one`,
              commands: replaceNodes(
                fix,
                names.map((n) => ({ node: served.get(n)!, group: nodeGroupOf(served.get(n)!) })),
              ),
              changes: 'Pods get addresses that EC2 knows on their new nodes.',
              effect: 'node-replacement',
              risk: `${riskOfDrains(names.length)} Keep one node cordoned for aws-cni-support.sh where the cause is to be found.`,
            },
          ],
        };
      }),
    ];
  },
  unjudged: (_, { gapsOf }) => {
    const gaps = gapsOf('metrics').filter((g) => g.kind !== 'switched-off' && g.kind !== 'not-collected');
    return gaps.length === 0 ? undefined : { count: 1, of: 1, what: 'node', gaps };
  },
  summary: (e) =>
    e.reason === 'force-removed' || e.reason === 'surplus'
      ? countersText(e)
      : `${things(e.pods.length, 'pod')} (${some(e.pods.map((p) => `${p.pod} ${p.ip}`))}) ${verb(e.pods.length, WORDS[e.reason].replace(/^share/, 'shares').replace(/^have/, 'has'), WORDS[e.reason])}`,
  explanation: {
    why: 'Traffic for such an address goes to another pod or nowhere. It is what stale instance metadata, a deleted ENI or a restart of ipamd at the wrong moment leave behind, and it does not mend itself.',
    how: 'Live pods of aws-node older than five minutes: duplicate, two of them with one address; no-eni, an address on no interface that EC2 shows; foreign-eni, an address on an interface that is not attached to the node; node-address, the primary address of an interface. In IPv6 clusters the /80 prefixes of the ENIs decide, on nodes some of whose pods are in theirs. Pods that end, host-network, Fargate and Windows pods are left out. Not evaluated where ENIs were read in part. With --metrics: force-removed, a warning, ipamd dropped ENIs or addresses that pods still held; surplus, information, it counts more than five addresses given out beyond the pods that hold one, which one look cannot tell from pods that just left.',
    fix: 'Drain and replace the node, then update aws-node.',
    verify: 'vpccni inspect no longer names the pods.',
    references: [
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/1967',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2203',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/1091',
    ],
  },
});

/** Pods on nodes of aws-node, less those whose address is theirs alone and on an ENI of their own node. */
function doubtful(
  pods: PodTable,
  addresses: Uint32Array,
  held: PodHolders,
  served: ReadonlyMap<string, Node>,
  enis: ReadonlyMap<string, NodeEnis>,
): Placed[] {
  const found: Placed[] = [];
  // by number of the node's name
  const instances = pods.texts.map((node) => enis.get(node)?.instanceId);
  const isInDoubt = (row: number) => {
    if (addresses[row] === NO_ADDRESS) return false;
    const at = held.ofRow(row)?.attachment?.instanceId;
    return at === undefined || at !== instances[pods.node[row]!] || held.odd.has(row);
  };
  for (let row = 0; row < pods.count; row++) {
    if (!isInDoubt(row)) continue;
    const pod = podAt(pods, row);
    if (!pod.terminating && served.has(pod.node ?? '')) found.push({ pod, address: addresses[row]! });
  }
  return found;
}

function wrongAmong(
  placed: readonly Placed[],
  enis: ReadonlyMap<string, NodeEnis>,
  holders: (address: number) => AddressHolder | undefined,
): Wrong[] {
  const seen = new AddressTable(placed.length);
  for (const { address } of placed) seen.set(address, seen.get(address) === undefined ? 1 : 2);
  const wrong: Wrong[] = [];
  for (const { pod, address } of placed) {
    const own = enis.get(pod.node!);
    if (!own?.primary) continue;
    const holder = holders(address);
    const reason = seen.get(address) === 2 ? 'duplicate' : wrongWith(holder, own);
    if (reason) wrong.push({ pod, address, reason, eniId: holder?.eni.eniId ?? null });
  }
  return wrong;
}

function wrongWith(holder: AddressHolder | undefined, own: NodeEnis): Reason | undefined {
  if (!holder) return 'no-eni';
  if (holder.eni.attachment?.instanceId !== own.instanceId) return 'foreign-eni';
  return holder.as === 'primary' ? 'node-address' : undefined;
}

/** More than pods that come and go within a minute explain. */
const SURPLUS = 5;

function counted(
  metrics: CniMetrics,
  held: ReadonlyMap<string, NodeDemand> | undefined,
  served: ReadonlyMap<string, Node>,
): Draft<Evidence>[] {
  const counters = metrics.flatMap(({ node, values }) => {
    if (node === undefined || !served.has(node)) return [];
    const of = (name: string) => values[`awscni_${name}`] ?? 0;
    const forced = of('force_removed_enis') + of('force_removed_ips');
    return [{ node, assigned: of('assigned_ip_addresses'), holding: held?.get(node)?.holding ?? 0, forced }];
  });
  const groups = [
    ['force-removed', counters.filter((c) => c.forced > 0)],
    ['surplus', counters.filter((c) => held !== undefined && c.forced === 0 && c.assigned > c.holding + SURPLUS)],
  ] as const;
  return groups.flatMap(([reason, members]): Draft<Evidence>[] => {
    if (members.length === 0) return [];
    const names = members.map((m) => m.node).sort();
    return [
      {
        key: 'ipamd',
        subReason: reason,
        severity: reason === 'surplus' ? 'info' : 'warning',
        confidence: 'observed',
        resources: nodeResources(names),
        scope: { nodes: names },
        evidence: { pods: [], reason, counters: [...members] },
        fixes: [],
      },
    ];
  });
}

function countersText(e: Evidence): string {
  const sum = (pick: (c: Evidence['counters'][number]) => number) => e.counters.reduce((n, c) => n + pick(c), 0);
  const nodes = `${things(e.counters.length, 'node')} (${some(
    e.counters.map((c) => c.node),
    2,
  )})`;
  return e.reason === 'force-removed'
    ? `ipamd on ${nodes} dropped ${things(
        sum((c) => c.forced),
        'ENI or address',
        'ENIs and addresses',
      )} by force although pods held them`
    : `ipamd on ${nodes} counts ${sum((c) => c.assigned)} addresses given out, and ${sum((c) => c.holding)} pods hold one`;
}
