import * as v from 'valibot';
import { things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { eniConfigResolution } from '../facts/eni-config-resolution.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import type { Subnet } from '../snapshot/ec2.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { eniConfigFixInputs, moveEniConfig } from './fixes/eni-config.ts';
import { nodeResources } from './support/resources.ts';

const evidence = v.object({
  eniConfig: v.string(),
  subnetId: v.string(),
  reason: v.picklist(['no-subnet', 'not-found', 'other-vpc', 'not-available']),
  /** VPC of that subnet, and of the cluster; null where not known. */
  vpcId: v.nullable(v.string()),
  clusterVpcId: v.nullable(v.string()),
  nodes: v.number(),
});
type Evidence = v.InferOutput<typeof evidence>;

const ZONE_LABEL = 'topology.kubernetes.io/zone';

const WORDS: Readonly<Record<Evidence['reason'], string>> = {
  'no-subnet': 'names no subnet',
  'not-found': 'names a subnet that does not exist',
  'other-vpc': 'names a subnet of another VPC',
  'not-available': 'names a subnet that is not available',
};

export const CUS003 = defineCheck({
  code: 'CUS003',
  title: 'ENIConfig points at a missing or foreign subnet',
  severity: 'error',
  grain: 'cluster',
  patterns: ['custom', 'custom+sgp'],
  modes: ['secondary', 'prefix'],
  needs: {
    nodes: nodesServedByCni,
    choices: eniConfigResolution,
    configs: section('eniConfigs'),
    known: section('subnets'),
    cluster: section('cluster'),
  },
  helps: eniConfigFixInputs,
  partialOk: ['nodes', 'choices', 'configs', 'cluster'],
  explains: ['HLT001', 'HLT002', 'HLT003', 'ADD002'],
  evidence,
  evaluate: (from) => {
    const { nodes, choices, configs, known, cluster } = from;
    const byId = new Map(known.map((s) => [s.subnetId, s]));
    return configs.flatMap((config): Draft<Evidence>[] => {
      const subnet = byId.get(config.subnetId ?? '');
      const reason = reasonOf(config.subnetId, subnet, cluster.vpcId);
      if (!reason) return [];
      const users = nodes.served.filter((n) => choices.get(n.name)?.eniConfig?.name === config.name);
      const names = users.map((n) => n.name);
      const [zone, ...more] = new Set(users.flatMap((n) => n.labels[ZONE_LABEL] ?? []));
      return [
        {
          key: config.name,
          subReason: reason,
          severity: names.length > 0 ? 'error' : 'warning',
          confidence: users.some((n) => n.ready !== 'True') ? 'observed' : 'derived',
          resources: [{ kind: 'eniconfig', id: config.name }, ...nodeResources(names)],
          scope: { nodes: names },
          evidence: {
            eniConfig: config.name,
            subnetId: config.subnetId ?? '',
            reason,
            vpcId: subnet?.vpcId ?? null,
            clusterVpcId: cluster.vpcId ?? null,
            nodes: names.length,
          },
          fixes:
            // one that no node uses yet is meant for the zone it is named after
            (zone ?? known.some((s) => s.availabilityZone === config.name)) && more.length === 0 && cluster.vpcId
              ? moveEniConfig(from, config.name, zone ?? config.name, names, cluster.vpcId)
              : [],
        },
      ];
    });
  },
  summary: (e) =>
    `ENIConfig ${e.eniConfig} ${WORDS[e.reason]}${e.subnetId === '' ? '' : ` (${e.subnetId}${e.vpcId && e.reason === 'other-vpc' ? ` in ${e.vpcId}, the cluster is in ${e.clusterVpcId}` : ''})`}; ${
      e.nodes === 0 ? 'no node uses it yet' : `${things(e.nodes, 'node')} use${e.nodes === 1 ? 's' : ''} it`
    }`,
  explanation: {
    why: 'EC2 refuses every interface these nodes ask for. With custom networking aws-node then does not become ready, the node stays NotReady, and nothing starts on it.',
    how: 'no-subnet: the ENIConfig names none. not-found: EC2 knows no such subnet. other-vpc: it lies in another VPC than the cluster. not-available: its state is not "available". A warning while no node resolves to it. Subnets shared into the account are in order when they are of the VPC.',
    fix: "Point the ENIConfig at a subnet of the cluster's VPC in the zone of its nodes, then restart aws-node there.",
    verify: 'kubectl get eniconfig -o yaml names subnets of the VPC, and the nodes become Ready within a minute.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/cni-custom-network.html',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/302',
    ],
  },
});

function reasonOf(
  id: string | undefined,
  subnet: Subnet | undefined,
  vpcId: string | undefined,
): Evidence['reason'] | undefined {
  if (!id) return 'no-subnet';
  if (!subnet) return 'not-found';
  if (vpcId !== undefined && subnet.vpcId !== vpcId) return 'other-vpc';
  return subnet.state === 'available' ? undefined : 'not-available';
}
