import * as v from 'valibot';
import { parseGoBool } from '../../calc/ipamd/index.ts';

import { some, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { demand } from '../facts/demand.ts';
import { fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { nodeInstances } from '../facts/node-instances.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { podSubnets } from '../facts/pod-subnets.ts';
import { closedAcl } from '../facts/support/network-acls.ts';
import { routesOf } from '../facts/support/routes-of.ts';
import { ANYWHERE, lies, type Route, rangesOf, routesOut } from '../facts/support/routing-paths.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { sameRoutes } from './fixes/routes.ts';

const evidence = v.object({
  nodeSubnetId: v.string(),
  podSubnetId: v.string(),
  nodeRouteTableId: v.string(),
  podRouteTableId: v.string(),
  /** The pods' subnet follows the main table of the VPC. */
  main: v.boolean(),
  missing: v.array(v.object({ destination: v.string(), target: v.string() })),
  /** Network ACL of the pods' subnet where it holds something back that the nodes' lets through; null where it does not, or was not read. */
  networkAclId: v.nullable(v.string()),
  /** Packets of pods to these networks leave the node with a pod's address. */
  untranslated: v.boolean(),
  nodes: v.number(),
  pods: v.nullable(v.number()),
});
type Evidence = v.InferOutput<typeof evidence>;

const SNAT = 'AWS_VPC_K8S_CNI_EXTERNALSNAT';
const EXCLUDE = 'AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS';

export const RTE002 = defineCheck({
  code: 'RTE002',
  title: 'Pod subnet lacks routes its node subnet has',
  severity: 'warning',
  worst: 'error',
  grain: 'subnet',
  modes: ['secondary', 'prefix'],
  needs: {
    networking,
    nodes: nodesServedByCni,
    at: nodeInstances,
    draws: podSubnets,
    tables: section('routeTables'),
  },
  helps: { acls: section('networkAcls'), demand, fix: fixContext },
  partialOk: ['networking', 'nodes', 'at', 'draws'],
  explains: ['RTE001'],
  evidence,
  evaluate: ({ networking: net, nodes, at, draws, tables, acls, demand: pods, fix }) => {
    if (net.unresolved.includes(SNAT)) return [];
    const externalSnat = parseGoBool(net.env[SNAT] ?? '') ?? false;
    const excluded = rangesOf(net.env[EXCLUDE]);
    // strict branch pods keep their address wherever they send to
    const strict = net.settings.podEni && net.settings.enforcingMode !== 'standard';
    const pairs = new Map<string, { home: string; pods: string; nodes: string[] }>();
    for (const { name } of nodes.served) {
      const home = at.get(name)?.subnetId;
      for (const id of home === undefined ? [] : (draws.byNode.get(name) ?? [])) {
        if (id === home) continue;
        const pair = pairs.get(`${home} ${id}`) ?? { home: home!, pods: id, nodes: [] };
        pairs.set(`${home} ${id}`, pair);
        pair.nodes.push(name);
      }
    }
    const drafts: Draft<Evidence>[] = [];
    for (const pair of pairs.values()) {
      const [home, own] = [routesOf(tables, pair.home), routesOf(tables, pair.pods)];
      if (!home || !own) continue;
      const branch = pair.nodes.reduce((n, name) => n + (pods?.get(name)?.branch ?? 0), 0);
      const missing = home.routeTableId === own.routeTableId ? [] : lacking(routesOut(home), routesOut(own));
      const keepsAddress = (r: Route) =>
        externalSnat || (strict && branch > 0) || excluded.some((c) => lies(r.destination, c));
      const untranslated = missing.some(keepsAddress);
      if (missing.length === 0) continue;
      drafts.push({
        key: `${pair.pods}/${pair.home}`,
        severity: !untranslated
          ? 'info'
          : externalSnat && missing.some((r) => r.destination === ANYWHERE)
            ? 'error'
            : 'warning',
        confidence: 'derived',
        resources: [
          { kind: 'subnet', id: pair.pods },
          { kind: 'subnet', id: pair.home },
        ],
        scope: { subnets: [pair.pods] },
        evidence: {
          nodeSubnetId: pair.home,
          podSubnetId: pair.pods,
          nodeRouteTableId: home.routeTableId,
          podRouteTableId: own.routeTableId,
          main: !own.subnetIds.includes(pair.pods),
          missing: missing.map((r) => ({ destination: r.destination, target: r.target ?? '' })),
          networkAclId: closedAcl(acls, pair.pods, pair.home) ?? null,
          untranslated,
          nodes: pair.nodes.length,
          pods: pods ? pair.nodes.reduce((n, name) => n + (pods.get(name)?.addressed ?? 0), 0) + branch : null,
        },
        fixes: sameRoutes(fix, pair.pods, home, own, missing),
        explains: untranslated ? ['RTE001'] : [],
      });
    }
    return drafts;
  },
  summary: (e) => {
    const who = `${things(e.nodes, 'node')}${e.pods === null ? '' : ` with ${things(e.pods, 'pod')}`}`;
    return `${e.podSubnetId}, from which pods of ${who} take addresses, has no route to ${some(
      e.missing.map((r) => `${r.destination} (${r.target})`),
    )}, which ${e.nodeSubnetId} of their nodes has; it follows ${e.main ? 'the main table' : 'table'} ${e.podRouteTableId}${e.networkAclId === null ? '' : `, and its network ACL ${e.networkAclId} holds things back that theirs lets through`}${
      e.untranslated
        ? ''
        : `. Pods themselves leave with the address of their node: only what comes from there to pods finds no way back`
    }`;
  },
  explanation: {
    why: 'A new subnet for pods falls to the main route table of the VPC. Routes to peers, transit gateways and other sites are missing there, so answers and connections of pods end at the border of the VPC, while the node itself reaches everything.',
    how: 'For every pair of a node subnet and a subnet its pods take addresses from: the routes out of the VPC that the first has and the second has neither as they are nor within a wider one to the same target. An error where it is the default route and external SNAT is on; a warning where pods send there with addresses of their own (external SNAT, a range excluded from SNAT, branch ENIs in strict mode); information otherwise. A network ACL that differs is told beside.',
    fix: "Give the pods' subnet the route table of the nodes' subnet, or the missing routes.",
    verify: 'vpccni inspect no longer names the pair; a pod answers from the other network.',
    references: [
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/1359',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/527',
      'https://docs.aws.amazon.com/eks/latest/best-practices/custom-networking.html',
    ],
  },
});

/** Routes for which the other table has neither the same destination nor a wider one to the same target. */
function lacking(wanted: readonly Route[], has: readonly Route[]): Route[] {
  return wanted.filter(
    (r) =>
      !has.some(
        (h) => h.destination === r.destination || (h.target === r.target && lies(r.destination, h.destination)),
      ),
  );
}
