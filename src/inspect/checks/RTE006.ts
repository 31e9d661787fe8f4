import * as v from 'valibot';
import { parseGoBool } from '../../calc/ipamd/index.ts';
import type { Fix } from '../contract/finding.ts';
import { some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { nodeInstances } from '../facts/node-instances.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { aclOf, openPorts, type Ports } from '../facts/support/network-acls.ts';
import { wayOutOf } from '../facts/support/ways-out.ts';
import type { NetworkAcl } from '../snapshot/routing.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { letThrough } from './fixes/network-acls.ts';
import { setSettings } from './fixes/settings.ts';
import { nodeResources } from './support/resources.ts';

const evidence = v.object({
  reason: v.picklist(['snat-ports', 'node-ports']),
  /** Null for node-ports. */
  networkAclId: v.nullable(v.string()),
  subnets: v.array(v.string()),
  /** Of 1024–65535, what answers from the internet may come in on. */
  open: v.array(v.string()),
  setting: v.string(),
  nodes: v.number(),
  /** Services that nodes serve by a port of theirs; 0 for snat-ports. */
  services: v.number(),
});
type Evidence = v.InferOutput<typeof evidence>;

const RANDOM = 'AWS_VPC_K8S_CNI_RANDOMIZESNAT';
const SNAT = 'AWS_VPC_K8S_CNI_EXTERNALSNAT';
const NODE_PORTS = 'AWS_VPC_CNI_NODE_PORT_SUPPORT';
/** Source ports of iptables' --random and --random-fully. */
const RANDOMISED: Ports = { from: 1024, to: 65535 };
/** net.ipv4.ip_local_port_range of Linux: what pods use on their own. */
const LOCAL: Ports = { from: 32768, to: 60999 };

export const RTE006 = defineCheck({
  code: 'RTE006',
  title: 'Network ACL does not fit randomised SNAT ports',
  severity: 'warning',
  grain: 'subnet',
  modes: ['secondary', 'prefix'],
  needs: {
    networking,
    nodes: nodesServedByCni,
    at: nodeInstances,
    acls: section('networkAcls'),
    tables: section('routeTables'),
  },
  helps: { services: section('services'), fix: fixContext },
  partialOk: ['networking', 'nodes', 'at'],
  evidence,
  evaluate: ({ networking: net, nodes, at, acls, tables, services, fix }) => {
    const drafts: Draft<Evidence>[] = [];
    const unread = (name: string) => net.unresolved.includes(name);
    const translated = !unread(SNAT) && !unread(RANDOM) && !(parseGoBool(net.env[SNAT] ?? '') ?? false);
    const random = net.env[RANDOM] || 'prng';
    if (translated && (random === 'prng' || random === 'hashrandom')) {
      const byAcl = new Map<NetworkAcl, { subnets: Set<string>; nodes: string[] }>();
      for (const { name } of nodes.served) {
        const home = at.get(name)?.subnetId;
        const acl = home === undefined ? undefined : aclOf(acls, home);
        // nothing comes back where nothing goes out
        if (!acl || (wayOutOf(tables, home!) ?? 'none') === 'none') continue;
        const group = byAcl.get(acl) ?? { subnets: new Set(), nodes: [] };
        byAcl.set(acl, group);
        group.subnets.add(home!);
        group.nodes.push(name);
      }
      for (const [acl, group] of byAcl) {
        const open = openPorts(acl, RANDOMISED);
        // an ACL that lets nothing in from the internet means it
        if (open.length === 0 || covers(open, RANDOMISED)) continue;
        drafts.push({
          key: acl.networkAclId,
          subReason: 'snat-ports',
          confidence: 'derived',
          resources: [
            ...[...group.subnets].map((id) => ({ kind: 'subnet' as const, id })),
            ...nodeResources(group.nodes),
          ],
          scope: { subnets: [...group.subnets], nodes: group.nodes },
          evidence: {
            reason: 'snat-ports',
            networkAclId: acl.networkAclId,
            subnets: [...group.subnets],
            open: open.map(text),
            setting: `${RANDOM}=${random}`,
            nodes: group.nodes.length,
            services: 0,
          },
          fixes: [
            ...(covers(open, LOCAL)
              ? setSettings(
                  fix,
                  `Keep the ports of pods: ${RANDOM}=none`,
                  { set: { [RANDOM]: 'none' } },
                  {
                    mind: 'Two pods of a node that open a connection at the same moment may then clash on a port, and one of them waits.',
                  },
                )
              : []),
            ...widen(fix, acl),
          ],
        });
      }
    }
    const byNodePort = (services ?? []).filter(usesNodePort);
    if (!unread(NODE_PORTS) && parseGoBool(net.env[NODE_PORTS] ?? '') === false && byNodePort.length > 0)
      drafts.push({
        key: 'aws-node',
        subReason: 'node-ports',
        confidence: 'derived',
        resources: [{ kind: 'daemonset', id: 'kube-system/aws-node' }],
        scope: {},
        evidence: {
          reason: 'node-ports',
          networkAclId: null,
          subnets: [],
          open: [],
          setting: `${NODE_PORTS}=${net.env[NODE_PORTS]}`,
          nodes: nodes.served.length,
          services: byNodePort.length,
        },
        fixes: setSettings(fix, `Set ${NODE_PORTS}=true`, { set: { [NODE_PORTS]: 'true' } }),
      });
    return drafts;
  },
  unjudged: ({ networking: net, nodes }, { gapsOf }) => {
    const gaps = parseGoBool(net.env[NODE_PORTS] ?? '') === false ? gapsOf('services') : [];
    return gaps.length === 0 ? undefined : { count: nodes.served.length, of: nodes.served.length, what: 'node', gaps };
  },
  summary: (e) =>
    e.reason === 'node-ports'
      ? `${e.setting}, while ${things(e.services, 'Service')} ${verb(e.services, 'is', 'are')} served by a port of the nodes: packets to pods on further ENIs of a node get no answer`
      : `${e.networkAclId} lets answers from the internet in on ports ${some(e.open)} only, while connections of pods on ${things(e.nodes, 'node')} leave by any port of 1024–65535 (${e.setting}): some of them get no answer`,
  explanation: {
    why: 'Every so many connections of pods to the outside time out for no visible reason, and the next try works.',
    how: 'snat-ports: aws-node translates with random source ports (AWS_VPC_K8S_CNI_RANDOMIZESNAT is prng, the default, or hashrandom, and external SNAT is off), and the network ACL of a node subnet lets TCP from everywhere in on a part of 1024–65535 only. An ACL that lets all of it in, or nothing of it, is left alone; rules for narrower ranges of addresses do not count. node-ports: AWS_VPC_CNI_NODE_PORT_SUPPORT is off while Services of type NodePort, or load balancers with instances as targets, exist.',
    fix: 'Let 1024–65535 in, or set AWS_VPC_K8S_CNI_RANDOMIZESNAT=none where the ports of pods pass.',
    verify: 'aws ec2 describe-network-acls shows the rule; connections no longer time out.',
    references: [
      'amazon-vpc-cni-k8s README.md',
      'amazon-vpc-cni-k8s pkg/networkutils/network.go buildIptablesSNATRules',
      'https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html',
    ],
  },
});

function usesNodePort(s: {
  readonly type: string;
  readonly targetType?: string;
  readonly ports: readonly { readonly nodePort?: number }[];
}): boolean {
  if (s.type === 'NodePort') return true;
  return s.type === 'LoadBalancer' && s.targetType !== 'ip' && s.ports.some((p) => p.nodePort !== undefined);
}

function covers(open: readonly Ports[], wanted: Ports): boolean {
  return open.some((p) => p.from <= wanted.from && p.to >= wanted.to);
}

function text(p: Ports): string {
  return p.from === p.to ? String(p.from) : `${p.from}–${p.to}`;
}

/** A rule before the first that refuses everybody, and after those that refuse somebody: the first that matches decides. */
function widen(fix: FixContext, acl: NetworkAcl): Fix[] {
  const added = letThrough(fix, { acl, way: 'in', ports: RANDOMISED, cidr: '0.0.0.0/0' });
  if (!added) return [];
  return [
    {
      title: `Let answers in on all ports of ${text(RANDOMISED)}`,
      commands: [added.command],
      changes: `Adds rule ${added.rule} to ${acl.networkAclId}, before the one that refuses everybody, for all of its ${things(acl.subnetIds.length, 'subnet')}. Security groups still decide what reaches the nodes.`,
      effect: 'immediate',
      risk: 'Services that listen on these ports are then guarded by security groups alone.',
    },
  ];
}
