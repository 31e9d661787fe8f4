import * as v from 'valibot';
import { parseGoBool } from '../../calc/ipamd/index.ts';
import type { Fix } from '../contract/finding.ts';
import { listed, some, things, verb } from '../contract/words.ts';
import { type ClosedSubnet, closedSubnets } from '../facts/closed-subnets.ts';
import { section } from '../facts/define-fact.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { type NodeInstance, nodeInstances } from '../facts/node-instances.ts';
import { type NodesByPlatform, nodesServedByCni } from '../facts/platforms.ts';
import { podSubnets } from '../facts/pod-subnets.ts';
import { addTo, groupBy } from '../facts/support/group-by.ts';
import { routesOf } from '../facts/support/routes-of.ts';
import { named } from '../shell.ts';
import type { RouteTable } from '../snapshot/ec2.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { sameRoutes } from './fixes/routes.ts';
import { setSettings } from './fixes/settings.ts';
import { makeEndpoints, missingEndpoints } from './fixes/vpc-endpoints.ts';
import { aws } from './support/commands.ts';
import { nodeResources } from './support/resources.ts';

const evidence = v.object({
  /** Those of which the same is true, by one setting, or for want of the same endpoints. */
  subnets: v.array(v.string()),
  routeTableId: v.string(),
  /** Target of 0.0.0.0/0. */
  target: v.string(),
  externalSnat: v.boolean(),
  nodes: v.array(v.string()),
  reason: v.picklist(['external-snat-igw', 'no-public-ip', 'blackhole', 'no-endpoints']),
  /** Endpoints that nodes without a way out need and the VPC has not. */
  endpoints: v.array(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;

const SNAT = 'AWS_VPC_K8S_CNI_EXTERNALSNAT';
const ANYWHERE = '0.0.0.0/0';
/** Endpoints that aws-node has its credentials from. */
const CREDENTIALS = new Set(['sts', 'eks-auth']);
/** What comes of an aws-node that reaches neither its image nor EC2. */
const STOPPED = ['HLT001', 'HLT002', 'HLT003', 'ADD002'];

export const RTE001 = defineCheck({
  code: 'RTE001',
  title: 'Pods have no way out',
  severity: 'error',
  grain: 'subnet',
  modes: ['secondary', 'prefix'],
  needs: {
    networking,
    nodes: nodesServedByCni,
    at: nodeInstances,
    draws: podSubnets,
    tables: section('routeTables'),
    instances: section('instances'),
  },
  helps: {
    endpoints: section('vpcEndpoints'),
    podIdentity: section('podIdentity'),
    closed: closedSubnets,
    cni: section('cni'),
    fix: fixContext,
  },
  partialOk: ['networking', 'nodes', 'at', 'draws'],
  explains: ['SGP011', 'HLT001', 'HLT002', 'HLT003', 'ADD002', 'IAM005'],
  evidence,
  evaluate: (from, { gapsOf }) => {
    const { networking: net, nodes, at, draws, tables, closed, endpoints, cni, fix } = from;
    if (net.unresolved.includes(SNAT)) return [];
    const externalSnat = parseGoBool(net.env[SNAT] ?? '') ?? false;
    const bySubnet = new Map<string, string[]>();
    for (const { name } of nodes.served) {
      const home = at.get(name)?.subnetId;
      const leavesFrom = externalSnat ? (draws.byNode.get(name) ?? []) : home === undefined ? [] : [home];
      for (const id of leavesFrom) addTo(bySubnet, id, name);
    }
    const routed = [...bySubnet].flatMap(([subnetId, names]): Draft<Evidence>[] => {
      const table = routesOf(tables, subnetId);
      const route = table?.routes.find((r) => r.destination === ANYWHERE);
      if (!table || !route) return [];
      const toInternet = route.target?.startsWith('igw-') ?? false;
      const bare = names.filter((n) => {
        const instance = at.get(n)?.instance;
        return instance !== undefined && instance.publicIp === undefined;
      });
      const reason =
        route.state === 'blackhole'
          ? 'blackhole'
          : toInternet && externalSnat
            ? 'external-snat-igw'
            : toInternet && bare.length > 0
              ? 'no-public-ip'
              : undefined;
      if (!reason) return [];
      const hit = reason === 'no-public-ip' ? bare : names;
      return [
        {
          key: subnetId,
          subReason: reason,
          confidence: 'derived',
          // without external SNAT the node translates for ordinary pods, and pods on branch ENIs are a matter of their own
          explains: reason === 'external-snat-igw' ? ['SGP011'] : [],
          resources: [{ kind: 'subnet', id: subnetId }, ...nodeResources(hit)],
          scope: { subnets: [subnetId], nodes: hit },
          evidence: {
            subnets: [subnetId],
            routeTableId: table.routeTableId,
            target: route.target ?? '',
            externalSnat,
            nodes: hit,
            reason,
            endpoints: [],
          },
          fixes:
            reason === 'external-snat-igw'
              ? setSettings(
                  fix,
                  `Let aws-node translate to the node's address: ${SNAT}=false`,
                  { set: { [SNAT]: 'false' } },
                  {
                    mind: 'Nodes need a public address then, or a route to a NAT gateway; peers see node addresses instead of pod addresses.',
                  },
                )
              : reason === 'no-public-ip'
                ? [
                    {
                      title: 'Give new nodes of this subnet a public address',
                      commands: [
                        aws(
                          fix,
                          'ec2',
                          'modify-subnet-attribute',
                          '--subnet-id',
                          named('subnet', subnetId),
                          '--map-public-ip-on-launch',
                        ),
                      ],
                      changes: 'Instances launched there from now on get one; present nodes have to be replaced.',
                      effect: 'node-replacement',
                      risk: 'Where nodes shall not be public, move them to a subnet with a route to a NAT gateway instead. A launch template may say otherwise.',
                    },
                  ]
                : [
                    {
                      title: `See what became of ${route.target ?? 'the target'} and put another in its place`,
                      commands: [
                        aws(
                          fix,
                          'ec2',
                          'describe-route-tables',
                          '--route-table-ids',
                          named('route-table', table.routeTableId),
                          '--query',
                          'RouteTables[0].Routes',
                        ),
                      ],
                      changes:
                        'Nothing: it shows the routes. Replace the default route by one to a NAT gateway or an appliance that lives.',
                      effect: 'immediate',
                    },
                  ],
        },
      ];
    });
    const wanted = neededOf(from);
    const seen = endpoints && gapsOf('endpoints').length === 0 && closed ? closed : [];
    const lacking = seen.flatMap((subnet) => {
      const missing = missingEndpoints(wanted, endpoints ?? [], subnet);
      return missing.length > 0 ? [{ subnet, missing }] : [];
    });
    // an endpoint is one for the whole VPC
    const shut = [...groupBy(lacking, (l) => l.missing.join()).values()].map((members): Draft<Evidence> => {
      const [{ subnet, missing }] = members as [(typeof members)[number]];
      const subnets = members.map((m) => m.subnet);
      const names = subnets.flatMap((m) => m.nodes);
      // some endpoints show that it is closed on purpose; none, that its route was forgotten
      const opened = missing.length === wanted.length ? subnets.flatMap((m) => shareWay(from, m)) : [];
      const on = new Set(names);
      const here = (cni?.pods ?? []).filter((p) => p.node !== undefined && on.has(p.node));
      // aws-node that is ready reaches EC2 somehow: a proxy, or what was there when it started
      const works = here.length > 0 && here.every((p) => p.ready);
      return {
        key: missing.join('+'),
        subReason: 'no-endpoints',
        severity: works ? 'warning' : 'error',
        confidence: 'derived',
        explains: [...(works ? [] : STOPPED), ...(missing.some((m) => CREDENTIALS.has(m)) ? ['IAM005'] : [])],
        resources: [...subnets.map((m) => ({ kind: 'subnet' as const, id: m.subnetId })), ...nodeResources(names)],
        scope: { subnets: subnets.map((m) => m.subnetId), nodes: names },
        evidence: {
          subnets: subnets.map((m) => m.subnetId),
          routeTableId: subnet.table.routeTableId,
          target: '',
          externalSnat,
          nodes: names,
          reason: 'no-endpoints',
          endpoints: [...missing],
        },
        fixes: [...opened, ...makeEndpoints(fix, missing, subnets, closed ?? [])],
      };
    });
    return [...asOne(routed), ...shut];
  },
  unjudged: ({ closed, nodes }, { gapsOf }) => {
    const of = nodes.served.length;
    if (!closed) return { count: of, of, what: 'node', gaps: gapsOf('closed') };
    const shut = closed.reduce((n, c) => n + c.nodes.length, 0);
    const gaps = gapsOf('endpoints');
    return shut === 0 || gaps.length === 0 ? undefined : { count: shut, of, what: 'node', gaps };
  },
  summary: (e) => {
    if (e.reason === 'no-endpoints')
      return `${things(e.nodes.length, 'node')} (${some(e.nodes)}) in ${some(e.subnets)} ${verb(e.nodes.length, 'has', 'have')} no route out of the VPC (${e.routeTableId}), and the VPC no endpoint for ${listed(e.endpoints)}`;
    const via = `${things(e.nodes.length, 'node')} (${some(e.nodes)}) send${e.nodes.length === 1 ? 's' : ''} what leaves the VPC through ${some(e.subnets)}`;
    if (e.reason === 'blackhole') return `${via}, whose default route to ${e.target} leads nowhere (${e.routeTableId})`;
    return e.reason === 'external-snat-igw'
      ? `${via} with pod addresses untranslated (${SNAT}=true), straight to ${e.target}: the internet cannot answer them`
      : `${via} to ${e.target}, without a public address: nothing comes back`;
  },
  explanation: {
    why: 'Pods start and have addresses, but image pulls, calls of AWS and of anything outside time out, which looks like a fault of each of those.',
    how: "external-snat-igw: external SNAT is on, so pods keep their addresses, and the default route of the pods' subnet goes to an internet gateway, which translates public addresses only. no-public-ip: it is off, the default route of the node's subnet goes to an internet gateway, and the node has no public address. blackhole: the default route's target is gone. The main route table counts for a subnet without one of its own. A subnet without any default route may be closed on purpose and is judged only by no-endpoints: its nodes have no route out of the VPC, nor to another network, and the VPC lacks an endpoint (with private DNS, or a gateway in that table) for ecr.api, ecr.dkr, s3 or ec2, for sts where IRSA and for eks-auth where Pod Identity gives aws-node its role; a warning where aws-node is ready all the same.",
    fix: 'Give the subnet a route to a NAT gateway, or the nodes public addresses with SNAT on the node; a closed subnet the endpoints its nodes need.',
    verify: 'A pod on the node reaches an address outside the VPC.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/external-snat.html',
      'https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html',
      'amazon-vpc-cni-k8s README.md',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/777',
    ],
  },
});

/** One setting is at the bottom of all that leave by a gateway with addresses of pods, one dead route of all that share its table. */
function asOne(drafts: readonly Draft<Evidence>[]): Draft<Evidence>[] {
  const keyOf = ({ subReason, key, evidence: e }: Draft<Evidence>) =>
    subReason === 'external-snat-igw' ? e.target : subReason === 'blackhole' ? e.routeTableId : key;
  return [...groupBy(drafts, (d) => `${d.subReason}/${keyOf(d)}`).values()].map((members): Draft<Evidence> => {
    const [first] = members as [Draft<Evidence>];
    const subnets = members.flatMap((m) => m.evidence.subnets);
    const nodes = [...new Set(members.flatMap((m) => m.evidence.nodes))];
    return {
      ...first,
      key: keyOf(first),
      resources: [...subnets.map((id) => ({ kind: 'subnet' as const, id })), ...nodeResources(nodes)],
      scope: { subnets, nodes },
      evidence: { ...first.evidence, subnets, nodes },
    };
  });
}

/** The default route of another subnet with nodes, through a gateway that lives. */
function shareWay(
  {
    nodes,
    at,
    tables,
    fix,
  }: { nodes: NodesByPlatform; at: ReadonlyMap<string, NodeInstance>; tables: readonly RouteTable[]; fix: FixContext },
  { subnetId, table }: ClosedSubnet,
): Fix[] {
  for (const { name } of nodes.served) {
    const open = routesOf(tables, at.get(name)?.subnetId ?? '');
    const way = open?.routes.find(
      (r) => r.destination === ANYWHERE && r.state !== 'blackhole' && /^(?:nat|tgw)-/.test(r.target ?? ''),
    );
    if (open && way) return sameRoutes(fix, subnetId, open, table, [way], 'another subnet of nodes');
  }
  return [];
}

/** AWS's list for private clusters; credentials by the way aws-node gets its role. */
function neededOf({
  cni,
  podIdentity,
}: {
  readonly cni?: { readonly serviceAccountRoleArn?: string };
  readonly podIdentity?: readonly unknown[];
}): readonly string[] {
  return [
    ...['ecr.api', 'ecr.dkr', 's3', 'ec2'],
    ...(cni?.serviceAccountRoleArn ? ['sts'] : []),
    ...((podIdentity?.length ?? 0) > 0 ? ['eks-auth'] : []),
  ];
}
