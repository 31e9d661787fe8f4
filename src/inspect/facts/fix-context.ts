/** What the commands of fixes need to know: names, region, how the CNI was installed. Unknown parts leave commands out, not blank. */
import type { Addon, Cluster } from '../snapshot/aws.ts';
import type { Subnet } from '../snapshot/ec2.ts';
import type { Cni, Node } from '../snapshot/kubernetes.ts';
import { cniAddon } from './addon.ts';
import { defineCertainFact, section } from './define-fact.ts';
import { type Networking, networking } from './networking.ts';

export interface FixContext {
  readonly cluster?: Cluster;
  readonly region?: string;
  readonly cni?: Cni;
  readonly addon?: Addon;
  readonly networking?: Networking;
}

export const fixContext = defineCertainFact({
  id: 'fixContext',
  helps: {
    cluster: section('cluster'),
    cni: section('cni'),
    addon: cniAddon,
    networking,
    subnets: section('subnets'),
    nodes: section('nodes'),
  },
  derive: ({ cluster, cni, addon, networking: net, subnets, nodes }): FixContext => ({
    cluster,
    region: cluster?.region ?? regionOfSubnets(subnets) ?? regionOfNodes(nodes),
    cni,
    addon,
    networking: net,
  }),
});

/** `eu-west-1a` → `eu-west-1`; Local Zones (`us-west-2-lax-1a`) begin with their region too. */
function regionOfSubnets(subnets: readonly Subnet[] | undefined): string | undefined {
  const zone = subnets?.[0]?.availabilityZone;
  return zone === undefined ? undefined : /^[a-z]+(?:-[a-z]+)+-\d+/.exec(zone)?.[0];
}

function regionOfNodes(nodes: readonly Node[] | undefined): string | undefined {
  const label = 'topology.kubernetes.io/region';
  return nodes?.find((n) => n.labels[label])?.labels[label];
}
