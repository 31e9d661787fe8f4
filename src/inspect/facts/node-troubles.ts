import type { ClusterEvent, Cni, Node } from '../snapshot/kubernetes.ts';
import { defineFact, section } from './define-fact.ts';
import { type EniConfigChoice, eniConfigResolution } from './eni-config-resolution.ts';
import { networking } from './networking.ts';
import { nodesServedByCni } from './platforms.ts';

/** Why aws-node cannot do its work on a node: it is not installed, has no ENIConfig or a wrong one, or AWS refuses its calls. */
export const NODE_TROUBLES = ['not-installed', 'no-eniconfig', 'eniconfig-zone', 'call-refused'] as const;
type NodeTrouble = (typeof NODE_TROUBLES)[number];

/** Trouble by node name; a node without one has no entry. Settles which cause a symptom on that node belongs to. */
export const nodeTroubles = defineFact({
  id: 'nodeTroubles',
  needs: { nodes: nodesServedByCni },
  helps: {
    cni: section('cni'),
    cluster: section('cluster'),
    networking,
    choices: eniConfigResolution,
    events: section('events'),
  },
  derive: ({ nodes, cni, cluster, networking: net, choices, events }, { now }): ReadonlyMap<string, NodeTrouble> => {
    const absent = cni?.installed === false && cni.otherCnis.length === 0 && !cluster?.autoMode;
    const refused = new Set(
      (events ?? []).flatMap((e) => (isRecent(e, now) && isByAwsNode(e) ? (refusedNode(e, cni) ?? []) : [])),
    );
    const troubleOf = (node: Node): NodeTrouble | undefined => {
      if (absent) return 'not-installed';
      const eniConfig =
        net?.settings.customNetworking && net.mode !== 'ipv6'
          ? eniConfigTrouble(node, choices?.get(node.name))
          : undefined;
      return eniConfig ?? (refused.has(node.name) ? 'call-refused' : undefined);
    };
    return new Map(
      nodes.served.flatMap((node) => {
        const trouble = troubleOf(node);
        return trouble ? [[node.name, trouble] as const] : [];
      }),
    );
  },
});

/** Nothing where the ENIConfig's subnet was not read: it may well be in the right zone. */
function eniConfigTrouble(
  node: Node,
  choice: EniConfigChoice | undefined,
): 'no-eniconfig' | 'eniconfig-zone' | undefined {
  if (!choice) return undefined;
  if (!choice.eniConfig) return 'no-eniconfig';
  return inOtherZone(node, choice) ? 'eniconfig-zone' : undefined;
}

/** Zone names are shuffled from account to account, so ids decide where both sides tell theirs. */
export function inOtherZone(node: Node, choice: EniConfigChoice): boolean {
  const { subnet } = choice;
  if (!subnet) return false;
  const zoneId = node.labels['topology.k8s.aws/zone-id'];
  if (zoneId && subnet.availabilityZoneId) return zoneId !== subnet.availabilityZoneId;
  const zone = node.labels['topology.kubernetes.io/zone'];
  return zone !== undefined && zone !== subnet.availabilityZone;
}

/** Events stay for an hour; older ones were kept by a longer event TTL and tell of another day. */
export const RECENT_SECONDS = 3600;

export function isRecent(event: ClusterEvent, now: number): boolean {
  const at = event.lastAt ?? event.firstAt;
  return at === undefined || (now - Date.parse(at)) / 1000 <= RECENT_SECONDS;
}

/** The VPC resource controller runs under the cluster's role: what AWS refuses it does not keep addresses from ordinary pods. */
export function isByAwsNode(event: ClusterEvent): boolean {
  return event.kind === 'unauthorized' && event.source !== 'vpc-resource-controller';
}

/** Node of a call that AWS refused aws-node, by the event's node or by the aws-node pod it is about. */
export function refusedNode(event: ClusterEvent, cni: Cni | undefined): string | undefined {
  if (event.kind !== 'unauthorized') return undefined;
  if (event.node) return event.node;
  if (event.object.kind === 'Node') return event.object.name;
  return cni?.pods.find((p) => p.name === event.object.name)?.node;
}
