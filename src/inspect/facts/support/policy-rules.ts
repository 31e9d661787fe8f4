/** Rules of NetworkPolicies as the controller and the agent of aws-node read them (aws-network-policy-agent fw_rule_processor.go). */
import { contains, containsAddress, parseCidr, parseIpv4 } from '../../../calc/cidr.ts';
import type { Service } from '../../snapshot/control.ts';
import type { Selector } from '../../snapshot/kubernetes.ts';
import type { NetworkPolicy, PolicyRule } from '../../snapshot/policies.ts';
import { matches } from './label-selector.ts';

export type Direction = 'ingress' | 'egress';

/** A rule with the policy it stands in and its place there. */
export interface PlacedRule {
  readonly policy: NetworkPolicy;
  readonly rule: PolicyRule;
  readonly at: number;
}

/** Rules of one direction, where the policy is about that direction. */
export function rulesOf(policy: NetworkPolicy, direction: Direction): readonly PlacedRule[] {
  if (policy.directions?.[direction] === undefined) return [];
  return (policy[direction] ?? []).map((rule, at) => ({ policy, rule, at }));
}

/** IPv4 ranges a rule allows; every one where it names no peer. */
export function rangesOf(rule: PolicyRule): readonly { readonly cidr: string; readonly except: readonly string[] }[] {
  if (rule.peers.length === 0) return [{ cidr: '0.0.0.0/0', except: [] }];
  return rule.peers.flatMap((p) => (p.cidr === undefined ? [] : [{ cidr: p.cidr, except: p.except ?? [] }]));
}

/** Whether one IPv4 range holds another, or is the same. */
export function holds(outer: string, inner: string): boolean {
  const [a, b] = [parseCidr(outer), parseCidr(inner)];
  return a !== undefined && b !== undefined && contains(a, b);
}

export function holdsAddress(cidr: string, address: string): boolean {
  const [range, value] = [parseCidr(cidr), parseIpv4(address)];
  return range !== undefined && value !== undefined && containsAddress(range, value);
}

/** Protocol and port pairs, a range counting as one; empty for every port. */
export function portPairs(rule: PolicyRule): readonly string[] {
  return rule.ports.map((p) => `${p.protocol} ${p.port ?? '*'}-${p.endPort ?? ''}`);
}

export function coversPort(rule: PolicyRule, port: number): boolean {
  if (rule.ports.length === 0) return true;
  return rule.ports.some((p) => {
    if (p.port === undefined) return true;
    const first = Number(p.port);
    return first === port || (p.endPort !== undefined && first <= port && port <= p.endPort);
  });
}

const NAME_LABEL = 'kubernetes.io/metadata.name';

/** Namespaces a peer is about: one by name, all, or unknown, where it selects by labels that are not read. */
export function namespaceOfPeer(
  policy: NetworkPolicy,
  peer: PolicyRule['peers'][number],
): { readonly name: string } | 'all' | 'unknown' {
  const { namespaceSelector: selector } = peer;
  if (!selector) return { name: policy.namespace };
  if (isEmpty(selector)) return 'all';
  const { [NAME_LABEL]: name, ...rest } = selector.matchLabels;
  return name !== undefined && Object.keys(rest).length === 0 && selector.matchExpressions.length === 0
    ? { name }
    : 'unknown';
}

export function isEmpty(selector: Selector): boolean {
  return Object.keys(selector.matchLabels).length === 0 && selector.matchExpressions.length === 0;
}

/**
 * Whether an egress rule lets pods dial this Service by its ClusterIP: the range holds it, or the Service's own selector
 * satisfies the peer's (amazon-network-policy-controller-k8s pkg/resolvers/endpoints.go). Unknown namespaces count as the right ones.
 */
export function allowsService({ policy, rule }: PlacedRule, service: Service): boolean {
  if (rule.peers.length === 0) return true;
  return rule.peers.some((peer) => {
    if (peer.cidr !== undefined)
      return service.clusterIps.some(
        (ip) => holdsAddress(peer.cidr!, ip) && !(peer.except ?? []).some((x) => holdsAddress(x, ip)),
      );
    const where = namespaceOfPeer(policy, peer);
    if (typeof where !== 'string' && where.name !== service.namespace) return false;
    return !peer.podSelector || isEmpty(peer.podSelector) || matches(peer.podSelector, service.selector);
  });
}
