import type { InstanceType } from '../../calc/catalog/instance-type.ts';
import type { Instance, NetworkInterface } from '../snapshot/ec2.ts';
import type { Node } from '../snapshot/kubernetes.ts';
import { defineFact, section } from './define-fact.ts';
import { instanceLimits } from './instance-limits.ts';

/** A node with the machine under it. */
export interface NodeInstance {
  readonly node: Node;
  /** Undefined where EC2 was not read or does not know it. */
  readonly instance?: Instance;
  /** From the instance, else from the node's label. */
  readonly instanceType?: string;
  readonly limits?: InstanceType;
  readonly zone?: string;
  /** Subnet of its primary ENI. */
  readonly subnetId?: string;
}

/** All nodes by name, whatever their platform. */
export const nodeInstances = defineFact({
  id: 'nodeInstances',
  needs: { nodes: section('nodes'), limitsOf: instanceLimits },
  helps: { instances: section('instances'), enis: section('networkInterfaces') },
  derive: ({ nodes, limitsOf, instances, enis }): ReadonlyMap<string, NodeInstance> => {
    const byId = new Map(instances?.map((i) => [i.instanceId, i]));
    const primaries = primariesOf(enis ?? []);
    return new Map(
      nodes.map((node) => {
        const instance = node.instanceId === undefined ? undefined : byId.get(node.instanceId);
        const primary = node.instanceId === undefined ? undefined : primaries.get(node.instanceId);
        const instanceType = instance?.instanceType ?? labelled(node, INSTANCE_TYPE_LABELS);
        return [
          node.name,
          {
            node,
            instance,
            instanceType,
            limits: instanceType === undefined ? undefined : limitsOf(instanceType),
            zone: labelled(node, ZONE_LABELS) ?? instance?.availabilityZone ?? primary?.availabilityZone,
            subnetId: instance?.subnetId ?? primary?.subnetId,
          },
        ];
      }),
    );
  },
});

const INSTANCE_TYPE_LABELS = ['node.kubernetes.io/instance-type', 'beta.kubernetes.io/instance-type'];
const ZONE_LABELS = ['topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone'];

function labelled(node: Node, keys: readonly string[]): string | undefined {
  for (const key of keys) if (node.labels[key]) return node.labels[key];
  return undefined;
}

/** Primary ENIs by instance id. */
function primariesOf(enis: readonly NetworkInterface[]): ReadonlyMap<string, NetworkInterface> {
  const primaries = new Map<string, NetworkInterface>();
  for (const eni of enis) if (isPrimary(eni)) primaries.set(eni.attachment!.instanceId!, eni);
  return primaries;
}

export function isPrimary(eni: NetworkInterface): boolean {
  const a = eni.attachment;
  return a?.instanceId !== undefined && a.deviceIndex === 0 && a.networkCardIndex === 0;
}
