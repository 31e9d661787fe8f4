import * as v from 'valibot';
import { CLUSTER_TAG_PREFIX, ROLE_TAG } from '../../calc/ipamd/index.ts';
import { changeSettings } from '../cni-settings.ts';
import { listed, subnetText, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { eniOwners } from '../facts/eni-owners.ts';
import { fixContext } from '../facts/fix-context.ts';
import { addressesOn } from '../facts/leaked-enis.ts';
import { networking } from '../facts/networking.ts';
import { podSubnets } from '../facts/pod-subnets.ts';
import { behaves } from '../facts/support/cni-release.ts';
import { named } from '../shell.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { aws } from './support/commands.ts';
import { subnetResource } from './support/resources.ts';

const evidence = v.object({
  subnetId: v.string(),
  zone: v.string(),
  cidr: v.string(),
  /** Addresses that each other cluster of the VPC holds there, 0 for one that may take some. */
  clusters: v.array(v.object({ name: v.string(), addresses: v.number() })),
  /** True where the release of aws-node looks at cluster tags. */
  tagWorks: v.boolean(),
});
type Evidence = v.InferOutput<typeof evidence>;

export const SUB008 = defineCheck({
  code: 'SUB008',
  title: 'Discovery subnet is open to every cluster in the VPC',
  severity: 'warning',
  grain: 'subnet',
  patterns: ['default', 'sgp'],
  modes: ['secondary', 'prefix'],
  needs: { networking, draws: podSubnets, subnets: section('subnets'), owners: eniOwners, cluster: section('cluster') },
  helps: { fix: fixContext },
  partialOk: true,
  evidence,
  evaluate: ({ networking: net, draws, subnets, owners, cluster, fix }) => {
    if (net.settings.customNetworking || !net.settings.subnetDiscovery) return [];
    const tagWorks = behaves(net.cniVersion, 'subnetTagValues');
    return subnets.flatMap((subnet): Draft<Evidence>[] => {
      const tagged = (subnet.tags[ROLE_TAG] ?? '') !== '' && subnet.tags[ROLE_TAG] !== '0';
      const closed = Object.keys(subnet.tags).some((key) => key.startsWith(CLUSTER_TAG_PREFIX));
      if (!tagged || (closed && tagWorks) || !draws.nodesOf.has(subnet.subnetId)) return [];
      const held = new Map<string, number>();
      for (const { cluster: other, eni } of owners.values())
        if (other !== undefined && other !== cluster.name && eni.vpcId === subnet.vpcId)
          held.set(other, (held.get(other) ?? 0) + (eni.subnetId === subnet.subnetId ? addressesOn(eni) : 0));
      if (held.size === 0) return [];
      const inUse = [...held.values()].some((n) => n > 0);
      const tag = aws(
        fix,
        'ec2',
        'create-tags',
        '--resources',
        named('subnet', subnet.subnetId),
        '--tags',
        `Key=${CLUSTER_TAG_PREFIX}${named('cluster', cluster.name)},Value=shared`,
      );
      const setName =
        net.settings.clusterName === ''
          ? changeSettings(fix.cluster, fix.cni, fix.addon, { set: { CLUSTER_NAME: cluster.name } }).commands
          : [];
      return [
        {
          key: subnet.subnetId,
          // that another cluster stands in the VPC is common, and not yet a fault
          severity: inUse ? 'warning' : 'info',
          confidence: inUse ? 'observed' : 'derived',
          resources: [subnetResource(subnet)],
          scope: { subnets: [subnet.subnetId] },
          evidence: {
            subnetId: subnet.subnetId,
            zone: subnet.availabilityZone,
            cidr: subnet.cidr,
            clusters: [...held]
              .map(([name, addresses]) => ({ name, addresses }))
              .sort((a, b) => b.addresses - a.addresses),
            tagWorks,
          },
          fixes: tagWorks
            ? [
                {
                  title: `Keep ${subnet.subnetId} for this cluster`,
                  commands: [...setName, tag],
                  changes:
                    'aws-node of other clusters that knows their own name makes no further ENIs there; what they hold stays until their nodes go.',
                  effect: 'minutes',
                  risk: 'Other clusters lose the subnet: give them one of their own first. Before v1.22, and without CLUSTER_NAME, their aws-node does not look at the tag.',
                },
              ]
            : [],
        },
      ];
    });
  },
  summary: (e) =>
    `${subnetText(e)} is tagged ${ROLE_TAG} for every cluster: ${listed(e.clusters.map((c) => (c.addresses > 0 ? `${c.name} holds ${things(c.addresses, 'address', 'addresses')} there` : `${c.name} of the same VPC may take some`)))}${e.tagWorks ? '' : '; this release of aws-node does not look at cluster tags'}`,
  explanation: {
    why: 'The tag names no cluster. Another cluster that scales out drains the subnet your pods count on, and nothing in your own cluster changed.',
    how: "A subnet that this cluster's nodes discover by kubernetes.io/role/cni, without a tag cni.networking.k8s.aws/cluster/NAME, in which ENIs of other clusters hold addresses; information where another cluster stands in the VPC and holds none there. Without another cluster in the VPC it stays silent. Before v1.22 cluster tags have no effect.",
    fix: 'Tag the subnet for this cluster and set CLUSTER_NAME on aws-node; give the other clusters subnets of their own.',
    verify: 'vpccni subnets shows who holds the subnet.',
    references: [
      'amazon-vpc-cni-k8s pkg/awsutils/awsutils.go isSubnetValidForENICreation',
      'amazon-vpc-cni-k8s CHANGELOG.md v1.22.1',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2904',
    ],
  },
});
