import * as v from 'valibot';
import { parseCidr } from '../../calc/cidr.ts';
import { parseGoBool } from '../../calc/ipamd/index.ts';
import { some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { nodeInstances } from '../facts/node-instances.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { behaves } from '../facts/support/cni-release.ts';
import { routesOf } from '../facts/support/routes-of.ts';
import { ANYWHERE, isToPeer, lies, rangesOf, routesOut } from '../facts/support/routing-paths.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { setSettings } from './fixes/settings.ts';

const evidence = v.object({
  peers: v.array(v.object({ cidr: v.string(), target: v.string(), routeTableId: v.string() })),
  excluded: v.array(v.string()),
  cniVersion: v.nullable(v.string()),
  /** Before v1.8.0 peers reach pods on secondary ENIs only where their range is left out. */
  unreachable: v.boolean(),
});
type Evidence = v.InferOutput<typeof evidence>;
type Peer = Evidence['peers'][number];

const SNAT = 'AWS_VPC_K8S_CNI_EXTERNALSNAT';
const EXCLUDE = 'AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS';
/** More ranges in one variable are no setting a reader checks by eye. */
const MOST = 20;

export const RTE003 = defineCheck({
  code: 'RTE003',
  title: 'Peers see node addresses instead of pod addresses',
  severity: 'info',
  worst: 'error',
  grain: 'cluster',
  modes: ['secondary', 'prefix'],
  needs: {
    networking,
    nodes: nodesServedByCni,
    at: nodeInstances,
    tables: section('routeTables'),
    vpc: section('vpc'),
  },
  helps: { fix: fixContext },
  partialOk: ['networking', 'nodes', 'at', 'vpc'],
  evidence,
  evaluate: ({ networking: net, nodes, at, tables, vpc, fix }): Draft<Evidence>[] => {
    if (net.unresolved.includes(SNAT) || net.unresolved.includes(EXCLUDE)) return [];
    if (parseGoBool(net.env[SNAT] ?? '') ?? false) return [];
    const excluded = rangesOf(net.env[EXCLUDE]);
    const own = vpc.cidrs.map((c) => c.cidr);
    const peers = new Map<string, Peer>();
    for (const { name } of nodes.served) {
      const home = at.get(name)?.subnetId;
      const table = home === undefined ? undefined : routesOf(tables, home);
      for (const { destination: cidr, target } of table ? routesOut(table) : [])
        if (isToPeer(target) && cidr !== ANYWHERE && ![...excluded, ...own].some((c) => lies(cidr, c)))
          peers.set(cidr, { cidr, target: target!, routeTableId: table!.routeTableId });
    }
    if (peers.size === 0) return [];
    const told = [...peers.values()].sort((a, b) => firstOf(a.cidr) - firstOf(b.cidr));
    const unreachable = !behaves(net.cniVersion, 'peersReachPods');
    const ranges = [...excluded, ...told.map((p) => p.cidr)];
    return [
      {
        key: 'aws-node',
        severity: unreachable ? 'error' : 'info',
        confidence: 'derived',
        resources: [{ kind: 'daemonset', id: 'kube-system/aws-node' }],
        scope: {},
        evidence: { peers: told, excluded: [...excluded], cniVersion: net.cniVersion ?? null, unreachable },
        fixes:
          ranges.length > MOST
            ? []
            : setSettings(
                fix,
                `Send pod addresses to ${things(told.length, 'peer range')} as they are`,
                { set: { [EXCLUDE]: ranges.join(',') } },
                {
                  mind: 'The other side sees pod addresses from then on: its routes, firewalls and allow-lists must know the ranges of pods first.',
                },
              ),
      },
    ];
  },
  summary: (e) =>
    `what pods send to ${some(e.peers.map((p) => `${p.cidr} (${p.target})`))} leaves with the address of their node, since ${EXCLUDE} ${
      e.excluded.length === 0 ? 'is not set' : `names other ranges`
    }${
      e.unreachable
        ? `; before v1.8.0 (this is ${e.cniVersion}) ${verb(e.peers.length, 'that network', 'these networks')} cannot open connections to pods on secondary ENIs`
        : ''
    }`,
  explanation: {
    why: 'Firewalls, allow-lists and logs on the other side that are written for the ranges of pods do not match: they see the node. Whoever expects pod addresses there looks for the fault in the wrong place.',
    how: "External SNAT is off, and the route tables of the nodes' subnets lead to peering connections, transit, VPN or Direct Connect gateways, for ranges that AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS does not contain. Default routes are left out. Information, since it is often meant so; an error before v1.8.0, where answers of pods on secondary ENIs to such networks are lost.",
    fix: 'Name the ranges in AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS, once the other side knows the ranges of pods.',
    verify: 'The other side sees a pod address; vpccni inspect no longer names the range.',
    references: [
      'amazon-vpc-cni-k8s README.md',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/44',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/390',
      'https://docs.aws.amazon.com/eks/latest/userguide/external-snat.html',
    ],
  },
});

function firstOf(cidr: string): number {
  return parseCidr(cidr)?.first ?? 0;
}
