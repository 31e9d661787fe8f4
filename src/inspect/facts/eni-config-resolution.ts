import type { Subnet } from '../snapshot/ec2.ts';
import type { EniConfig, Node } from '../snapshot/kubernetes.ts';
import { defineFact, section } from './define-fact.ts';
import { type Networking, networking } from './networking.ts';
import { nodesServedByCni } from './platforms.ts';

/** Which ENIConfig a node uses, and what named it. */
export interface EniConfigChoice {
  readonly name: string;
  readonly step: 'external-label' | 'annotation' | 'label' | 'default';
  /** Undefined where no ENIConfig has that name. */
  readonly eniConfig?: EniConfig;
  /** Undefined where it names none, or one that was not read. */
  readonly subnet?: Subnet;
}

const EXTERNAL_LABEL = 'vpc.amazonaws.com/externalEniConfig';

/** Choice by node name; empty without custom networking. */
export const eniConfigResolution = defineFact({
  id: 'eniConfigResolution',
  needs: { nodes: nodesServedByCni, networking, eniConfigs: section('eniConfigs') },
  helps: { subnets: section('subnets') },
  derive: ({ nodes, networking: net, eniConfigs, subnets }): ReadonlyMap<string, EniConfigChoice> => {
    if (!net.settings.customNetworking) return new Map();
    const byName = new Map(eniConfigs.map((c) => [c.name, c]));
    const byId = new Map(subnets?.map((s) => [s.subnetId, s]));
    return new Map(
      nodes.served.map((node) => {
        const named = nameOf(node, net);
        const eniConfig = byName.get(named.name);
        const subnet = eniConfig?.subnetId === undefined ? undefined : byId.get(eniConfig.subnetId);
        return [node.name, { ...named, eniConfig, subnet }];
      }),
    );
  },
});

/** A key that is there with an empty value still decides (`eniconfig.go:GetNodeSpecificENIConfigName`). */
export function nameOf(
  node: Pick<Node, 'labels' | 'annotations'>,
  keys: Pick<Networking, 'eniConfigLabelKey' | 'eniConfigAnnotationKey'>,
): Pick<EniConfigChoice, 'name' | 'step'> {
  const external = node.labels[EXTERNAL_LABEL];
  if (external !== undefined) return { name: external, step: 'external-label' };
  const annotation = node.annotations[keys.eniConfigAnnotationKey];
  if (annotation !== undefined) return { name: annotation, step: 'annotation' };
  const label = node.labels[keys.eniConfigLabelKey];
  if (label !== undefined) return { name: label, step: 'label' };
  return { name: 'default', step: 'default' };
}
