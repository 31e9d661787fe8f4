import * as v from 'valibot';
import { parseGoInt } from '../../calc/ipamd/index.ts';
import type { Fix } from '../contract/finding.ts';
import { count, some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { type Networking, networking } from '../facts/networking.ts';
import { nodeInstances } from '../facts/node-instances.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { podSubnets } from '../facts/pod-subnets.ts';
import { behaves } from '../facts/support/cni-release.ts';
import { aclOf, holdsBackTooBig } from '../facts/support/network-acls.ts';
import { routesOf } from '../facts/support/routes-of.ts';
import type { VpcPeering } from '../snapshot/routing.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { lookAtAcl } from './fixes/routes.ts';
import { setSettings } from './fixes/settings.ts';

const evidence = v.object({
  reason: v.picklist(['pod-above-eni', 'path', 'no-icmp']),
  /** Of pods, and of their ENIs. */
  podMtu: v.number(),
  eniMtu: v.number(),
  /** With the most each carries; null for a peering of which it is not known whether it leads to another Region. */
  paths: v.array(v.object({ target: v.string(), kind: v.string(), mtu: v.nullable(v.number()) })),
  /** ACLs of the pods' and nodes' subnets that hold back "too large" (ICMP type 3, code 4). */
  networkAcls: v.array(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;
type Path = Evidence['paths'][number];

const ENI_MTU = 'AWS_VPC_ENI_MTU';
const POD_MTU = 'POD_MTU';
/** ENI and pods unless set otherwise (networkutils.GetEthernetMTU). */
const DEFAULT_MTU = 9001;
/** What paths carry, by AWS's own pages on each. */
const CARRIES = { tgw: 8500, vpn: 1500, peering: 8500 } as const;

export const RTE004 = defineCheck({
  code: 'RTE004',
  title: 'MTU is larger than a path the pods use',
  severity: 'info',
  worst: 'warning',
  grain: 'cluster',
  needs: { networking, nodes: nodesServedByCni, at: nodeInstances, tables: section('routeTables') },
  helps: {
    draws: podSubnets,
    acls: section('networkAcls'),
    peerings: section('vpcPeerings'),
    cluster: section('cluster'),
    fix: fixContext,
  },
  partialOk: ['networking', 'nodes', 'at'],
  evidence,
  evaluate: ({ networking: net, nodes, at, tables, draws, acls, peerings, cluster, fix }) => {
    const mtus = mtusOf(net);
    if (!mtus) return [];
    const { podMtu, eniMtu } = mtus;
    const draft = (reason: Evidence['reason'], part: Partial<Evidence>, fixes: readonly Fix[]): Draft<Evidence> => ({
      key: 'aws-node',
      subReason: reason,
      severity: reason === 'path' ? 'info' : 'warning',
      confidence: reason === 'path' ? 'heuristic' : 'derived',
      resources: [{ kind: 'daemonset', id: 'kube-system/aws-node' }],
      scope: {},
      evidence: { reason, podMtu, eniMtu, paths: [], networkAcls: [], ...part },
      fixes,
    });
    if (podMtu > eniMtu)
      return [draft('pod-above-eni', {}, lower(fix, net, eniMtu, 'Pods started from then on send packets that fit.'))];
    const subnets = new Set(
      nodes.served.flatMap(({ name }) => [
        ...(at.get(name)?.subnetId ? [at.get(name)!.subnetId!] : []),
        ...(draws?.byNode.get(name) ?? []),
      ]),
    );
    const paths = new Map<string, Path>();
    for (const id of subnets)
      for (const { target, state } of routesOf(tables, id)?.routes ?? []) {
        const path = state === 'blackhole' ? undefined : pathOf(target ?? '', peerings, cluster?.region);
        if (path && (path.mtu ?? 0) < podMtu) paths.set(path.target, path);
      }
    const told = [...paths.values()].sort(byMtu);
    const narrowest = told[0]?.mtu ?? null;
    if (narrowest === null) return [];
    const deaf = [...new Set([...subnets].flatMap((id) => (acls && aclOf(acls, id)) ?? []))].filter(holdsBackTooBig);
    const fits = lower(fix, net, narrowest, `Pods started from then on send at most ${narrowest} bytes at a time.`);
    if (deaf.length === 0) return [draft('path', { paths: told }, fits)];
    const ids = deaf.map((a) => a.networkAclId).sort();
    return [draft('no-icmp', { paths: told, networkAcls: ids }, [...fits, ...ids.map((id) => lookAtAcl(fix, id))])];
  },
  unjudged: ({ tables, nodes, networking: net }, { gapsOf }) => {
    const mtus = mtusOf(net);
    const peered = tables.some((t) => t.routes.some((r) => r.target?.startsWith('pcx-')));
    const gaps = [...gapsOf('peerings'), ...gapsOf('cluster')];
    if (!peered || gaps.length === 0 || (mtus?.podMtu ?? 0) <= CARRIES.peering) return undefined;
    return { count: nodes.served.length, of: nodes.served.length, what: 'node', gaps };
  },
  summary: (e) => {
    if (e.reason === 'pod-above-eni')
      return `${POD_MTU}=${e.podMtu} is above ${ENI_MTU}=${e.eniMtu}: pods send packets that their ENI does not take`;
    const paths = some(e.paths.map((p) => `${p.kind} ${p.target} (${p.mtu === null ? 'not known' : count(p.mtu)})`));
    return `pods send up to ${count(e.podMtu)} bytes at a time, more than ${things(e.paths.length, 'path')} of their subnets ${verb(e.paths.length, 'carries', 'carry')}: ${paths}${
      e.reason === 'no-icmp'
        ? `; ${some(e.networkAcls)} ${verb(e.networkAcls.length, 'holds', 'hold')} back the ICMP messages by which they would learn it`
        : '; path MTU discovery copes with it as a rule'
    }`;
  },
  explanation: {
    why: 'Small requests work and large transfers stall: TLS handshakes, uploads, image pulls through a VPN.',
    how: "The MTU of pods (POD_MTU, else AWS_VPC_ENI_MTU, else 9001) against what the routes of the nodes' and pods' subnets lead to: 8,500 bytes for transit gateways and peerings with another Region, 1,500 for VPN and Direct Connect gateways. pod-above-eni, a warning: POD_MTU exceeds AWS_VPC_ENI_MTU. no-icmp, a warning: such a path, and a network ACL without a rule for ICMP type 3 code 4. path, information: such a path alone, since senders learn of it.",
    fix: 'Set POD_MTU to what the narrowest path carries, and let ICMP type 3 code 4 in.',
    verify: 'In a new pod: ip link show eth0 shows the MTU; tracepath to the far side ends.',
    references: [
      'amazon-vpc-cni-k8s README.md',
      'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/network_mtu.html',
      'https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html',
      'https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-limits.html',
    ],
  },
});

/** Undefined where a value comes from an object that was not read, or is none: then aws-node does not start (CFG001). */
function mtusOf(net: Networking): { readonly podMtu: number; readonly eniMtu: number } | undefined {
  if ([ENI_MTU, POD_MTU].some((name) => net.unresolved.includes(name))) return undefined;
  const eniMtu = net.env[ENI_MTU] ? parseGoInt(net.env[ENI_MTU]) : DEFAULT_MTU;
  const asked = net.env[POD_MTU] && behaves(net.cniVersion, 'podMtu') ? parseGoInt(net.env[POD_MTU]) : eniMtu;
  return eniMtu === undefined || asked === undefined ? undefined : { podMtu: asked, eniMtu };
}

function pathOf(
  target: string,
  peerings: readonly VpcPeering[] | undefined,
  region: string | undefined,
): Path | undefined {
  if (target.startsWith('tgw-')) return { target, kind: 'transit gateway', mtu: CARRIES.tgw };
  if (target.startsWith('vgw-')) return { target, kind: 'VPN or Direct Connect gateway', mtu: CARRIES.vpn };
  if (!target.startsWith('pcx-')) return undefined;
  const path = { target, kind: 'peering' };
  const peering = peerings?.find((p) => p.peeringId === target);
  const regions = peering ? [peering.requester.region, peering.accepter.region] : [];
  if (region === undefined || regions.length === 0 || regions.includes(undefined)) return { ...path, mtu: null };
  return regions.some((r) => r !== region) ? { ...path, mtu: CARRIES.peering } : undefined;
}

/** The narrowest first, what is not known last. */
function byMtu(a: Path, b: Path): number {
  const most = Number.POSITIVE_INFINITY;
  const [x, y] = [a.mtu ?? most, b.mtu ?? most];
  return x === y ? (a.target < b.target ? -1 : 1) : x - y;
}

/** Releases before v1.16.4 know the MTU of ENIs alone. */
function lower(fix: FixContext, net: Networking, mtu: number, more: string): Fix[] {
  const variable = behaves(net.cniVersion, 'podMtu') ? POD_MTU : ENI_MTU;
  return setSettings(fix, `Set ${variable}=${mtu}`, { set: { [variable]: String(mtu) } }, { more });
}
