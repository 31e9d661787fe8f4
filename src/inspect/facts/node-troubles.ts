import type { ClusterEvent, Cni, Node } from '../snapshot/kubernetes.ts';
import { defineFact, section } from './define-fact.ts';
import { type EniConfigChoice, eniConfigResolution } from './eni-config-resolution.ts';
import { networking } from './networking.ts';
import { nodesServedByCni } from './platforms.ts';

/** Why aws-node cannot do its work on a node, as the code of the check that says so. */
export type NodeTrouble = 'ADD001' | 'CUS001' | 'CUS002' | 'IAM001';

/** Trouble by node name; a node without one has no entry. Settles which cause a symptom on that node belongs to. */
export const nodeTroubles = defineFact({
  id: 'nodeTroubles',
  needs: { nodes: nodesServedByCni },
  helps: { cni: section('cni'), networking, choices: eniConfigResolution, events: section('events') },
  derive: ({ nodes, cni, networking: net, choices, events }): ReadonlyMap<string, NodeTrouble> => {
    const refused = new Set((events ?? []).flatMap((e) => refusedNode(e, cni) ?? []));
    const troubleOf = (node: Node): NodeTrouble | undefined => {
      if (cni?.installed === false) return 'ADD001';
      const eniConfig = net?.settings.customNetworking ? eniConfigTrouble(node, choices?.get(node.name)) : undefined;
      return eniConfig ?? (refused.has(node.name) ? 'IAM001' : undefined);
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
function eniConfigTrouble(node: Node, choice: EniConfigChoice | undefined): 'CUS001' | 'CUS002' | undefined {
  if (!choice) return undefined;
  if (!choice.eniConfig) return 'CUS001';
  return inOtherZone(node, choice) ? 'CUS002' : undefined;
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

/** Node of a call that AWS refused aws-node, by the event's node or by the aws-node pod it is about. */
export function refusedNode(event: ClusterEvent, cni: Cni | undefined): string | undefined {
  if (event.kind !== 'unauthorized') return undefined;
  if (event.node) return event.node;
  if (event.object.kind === 'Node') return event.object.name;
  return cni?.pods.find((p) => p.name === event.object.name)?.node;
}
